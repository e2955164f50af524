# SPDX-License-Identifier: Apache-2.0
"""Progress, and `linas spaces`."""
import json
import os
import pty
import re
import subprocess
import unittest

from support import SPACE, CommandTest


class Progress(CommandTest):
    def on_terminal(self, words):
        """What the command writes on a terminal as its standard error."""
        leader, follower = pty.openpty()
        with subprocess.Popen(self.arguments(words), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=follower, cwd=self.folder) as process:
            os.close(follower)
            seen = b""
            while True:
                try:
                    part = os.read(leader, 4096)
                except OSError:
                    break
                if not part:
                    break
                seen += part
            output = process.stdout.read().decode()
        os.close(leader)
        return process.returncode, output, seen.decode()

    def test_piped_is_plain(self):
        run = self.good(*self.search_words("good", "--evaluations", "50"))
        for text in (run.stdout, run.stderr):
            self.assertNotRegex(text, "[\r\x1b]")
        lines = run.stderr.splitlines()
        self.assertEqual(len(lines), 10)
        for count, line in enumerate(lines, 1):
            self.assertRegex(line, r"\A%d/50 measured, hypervolume [\d.e+]+, front \d+, [\d.e+]+/s, "
                                   r".+ left\Z" % (5 * count))

    def test_terminal_gets_one_line(self):
        status, output, seen = self.on_terminal(self.search_words(
            "slow", "--evaluations", "20", argument=["0.03"]))
        self.assertEqual(status, 0, seen)
        self.assertNotIn("\n", seen)
        self.assertGreater(len(re.findall(r"\r\d+/20 measured", seen)), 2)
        self.assertTrue(seen.endswith("\r"))
        self.assertNotRegex(output, "[\r\x1b]")

    def test_messages_have_lines_of_their_own(self):
        _, _, seen = self.on_terminal(self.search_words("dying", "--evaluations", "10"))
        lines = seen.split("\r\n")
        self.assertEqual(len(lines), 2)
        self.assertRegex(lines[0], r"(\A|\r)linas: warning: evaluation 2 failed: [^\r]*\Z")

    def test_front_size_and_budget_of_one(self):
        run = self.good(*self.search_words("good", "--evaluations", "1"))
        self.assertIn("1/1 measured", run.stderr)
        self.assertIn("front: 1\n", run.stdout)


class Spaces(CommandTest):
    def test_list(self):
        rows = self.good("spaces").stdout.splitlines()
        self.assertEqual(rows[0].split()[:4], ["name", "variables", "raw", "effective"])
        names = [row.split()[0] for row in rows[1:]]
        self.assertIn("ofa-mobilenetv3", names)
        listed = json.loads(self.good("spaces", "--json").stdout)
        self.assertEqual([space["name"] for space in listed], names)
        for space in listed:
            self.assertEqual(list(space), ["name", "variables", "raw", "effective", "text"])
            self.assertGreater(space["variables"], 0)
            self.assertGreaterEqual(space["raw"] * 1.0000001, space["effective"] or 0)

    def test_every_preset_as_json_is_a_space(self):
        for listed in json.loads(self.good("spaces", "--json").stdout):
            text = self.good("spaces", listed["name"], "--json").stdout
            path = self.write("space.json", text)
            self.assertEqual(self.good("spaces", path, "--json").stdout, text)
            self.assertEqual(self.good("spaces", path).stdout,
                             self.good("spaces", listed["name"]).stdout)

    def test_one(self):
        text = self.good("spaces", "ofa-mobilenetv3").stdout
        self.assertIn("45 variables", text)
        self.assertRegex(text, r"\nks +20 +(ordinal|categorical) +3 5 7\n")
        self.assertRegex(self.good("spaces", self.write("s.json", SPACE)).stdout,
                         r"\A5 variables; configurations: 243, distinct sub-networks: 117\n\n")

    def test_bad(self):
        self.refused(1, "'nothing' is neither a file nor a preset", "spaces", "nothing")
        self.refused(1, "bad.json: line 1, column ", "spaces", self.write("bad.json", "{"))
        self.refused(1, "cannot read '.'", "spaces", ".")


if __name__ == "__main__":
    unittest.main()
