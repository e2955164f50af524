# SPDX-License-Identifier: Apache-2.0
"""The documents' blocks of Python and of search spaces work as printed."""
import json
import os
import re
import subprocess
import sys
import unittest

import linas
from support import ROOT, FolderTest, have

EVALUATOR_PRELUDE = "def measure(config):\n    return 70.0 + config['d'], 1.0\n"


def blocks(name, language):
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(r"^```%s\n(.*?)^```" % language, text, re.S | re.M)


class Documents(FolderTest):
    def run_python(self, code, given=""):
        return subprocess.run([sys.executable, "-c", code], input=given, capture_output=True,
                              text=True, check=False, cwd=self.folder, env=dict(os.environ))

    def test_package(self):
        """Those of the package's own page, each on its own, and none without output."""
        programs = blocks("bindings/python/README.md", "python")
        self.assertGreaterEqual(len(programs), 4)
        for program in programs:
            if "matplotlib" in program and not have("matplotlib"):
                continue  # test_plot says that it is missing
            run = self.run_python(program)
            self.assertEqual((run.returncode, run.stderr), (0, ""), program)
            self.assertTrue(run.stdout, program)

    def test_evaluator(self):
        """The evaluator in the command's page answers one line for each request."""
        (program,) = blocks("docs/command.md", "python")
        run = self.run_python(EVALUATOR_PRELUDE + program,
                              '{"id":7,"genome":[1],"config":{"d":3}}\n')
        self.assertEqual(json.loads(run.stdout),
                         {"id": 7, "values": {"top1": 73.0, "latency": 1.0}}, run.stderr)

    def test_spaces(self):
        texts = blocks("docs/space-json.md", "json")
        self.assertGreaterEqual(len(texts), 5)
        for text in texts:
            with linas.Space.from_json(text) as space:
                self.assertGreater(space.variables, 0, text)

    def test_docstring(self):
        """The package's own docstring is a program, but for what it measures."""
        code = re.sub(r"^    ", "", linas.__doc__[linas.__doc__.index("    import linas"):],
                      flags=re.M).split("\n\nNothing")[0]
        run = self.run_python(code.replace("...", "1.0") + "\nprint(len(front))")
        self.assertEqual((run.stdout, run.stderr), ("1\n", ""))

    def test_journal_example(self):
        """The journal that docs/journal-format.md prints can be read."""
        path = self.folder / "example.jsonl"
        path.write_text(blocks("docs/journal-format.md", "json")[0], encoding="utf-8")
        read = linas.open_journal(path)
        self.assertEqual([one.outcome.name for one in read.evaluations], ["OK", "FAILED"])


if __name__ == "__main__":
    unittest.main()
