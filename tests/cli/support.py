# SPDX-License-Identifier: Apache-2.0
"""What the command's tests share."""
import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
EVALUATOR = HERE / "evaluator.py"
OBJECTIVES = ["--objective", "top1:max:%", "--objective", "latency:min:ms"]
SPACE = ('{"ks":{"count":4,"vars":[3,5,7],"active_if":{"variable":"d","stages":[4]}},'
         '"d":{"vars":[2,3,4],"ordered":true}}')


def data(name):
    """A file of the real measurements, or None."""
    folder = os.environ.get("LINAS_TEST_DATA") or os.environ.get("LINAS_DEFAULT_DATA", "")
    path = pathlib.Path(folder) / name
    return path if folder and path.exists() else None


class CommandTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.journal = self.folder / "run.jsonl"

    def write(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def arguments(self, words):
        wrapper = shlex.split(os.environ.get("LINAS_TEST_WRAPPER", ""))
        return [*wrapper, os.environ["LINAS_COMMAND"], *map(str, words)]

    def linas(self, *words, env=None, timeout=60, **more):
        """Runs the command to its end."""
        return subprocess.run(self.arguments(words), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False, timeout=timeout, cwd=self.folder,
                              env=dict(os.environ, **(env or {})), **more)

    def start(self, *words):
        process = subprocess.Popen(self.arguments(words), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   cwd=self.folder)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def good(self, *words, **more):
        run = self.linas(*words, **more)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run

    def refused(self, status, message, *words):
        """It must fail with that status and one line that holds the message."""
        run = self.linas(*words)
        self.assertEqual(run.returncode, status, run.stderr + run.stdout)
        self.assertEqual(run.stderr.count("\n"), 1, run.stderr)
        self.assertRegex(run.stderr, r"\Alinas: ")
        self.assertIn(message, run.stderr)
        self.assertEqual(run.stdout, "")

    def evaluator(self, mode, *arguments):
        words = [sys.executable, "-S", "-E", str(EVALUATOR), mode, *map(str, arguments)]
        return " ".join(shlex.quote(word) for word in words)

    def search_words(self, mode, *more, argument=(), objectives=OBJECTIVES):
        space = self.write("space.json", SPACE)
        return ["search", "--space", space, "--evaluator", self.evaluator(mode, *argument),
                *objectives, "--journal", self.journal, *more]

    def evaluations(self, path=None):
        """The evaluation lines of a journal, in order."""
        text = (path or self.journal).read_text(encoding="utf-8")
        lines = [json.loads(line) for line in text.split("\n")[:-1]]
        self.assertIn("linas", lines[0])
        return [line for line in lines if line.get("type") == "evaluation"]

    def wait_for_evaluations(self, process, count):
        until = time.monotonic() + 30
        while time.monotonic() < until and process.poll() is None:
            if self.journal.exists() and \
                    self.journal.read_bytes().count(b'"type":"evaluation"') >= count:
                return
            time.sleep(0.005)
        self.fail("the journal did not grow to %d evaluations" % count)

    def interrupt(self, process, number=signal.SIGINT):
        process.send_signal(number)
        output = process.communicate(timeout=30)
        return process.returncode, *output
