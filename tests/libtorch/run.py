# SPDX-License-Identifier: Apache-2.0
"""The host on LibTorch, shortened. usage: run.py PROGRAM. Needs linas in PYTHONPATH.
Last line: N passed, N failed"""
import json
import pathlib
import re
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "examples" / "pytorch"))

import linas  # noqa: E402
import torch  # noqa: E402
from elastic import design, measure, network  # noqa: E402

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "mobilenet"
LINE = re.compile(r"([\d.]+) million MACs in ([\d.]+) ms, ([\d.]+) G/s: (\{.*\})")


class Host(unittest.TestCase):
    def run_host(self, *words):
        return subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, check=False,
                              timeout=900)

    def test_search(self):
        run = self.run_host("--side", 96, "--evaluations", 8)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        rows = [LINE.fullmatch(line) for line in run.stdout.splitlines()]
        self.assertTrue(rows and all(rows), run.stdout)
        work = [float(row[1]) for row in rows]
        latencies = [float(row[2]) for row in rows]
        self.assertEqual((work, latencies), (sorted(work, reverse=True), sorted(latencies, reverse=True)))
        self.assertGreater(latencies[-1], 0.5)
        space = linas.preset("ofa-mobilenetv3")
        for row in rows:
            config = json.loads(row[4])
            self.assertIn(config, space)
            net = network.Network(design.MOBILENETV3, config)
            self.assertEqual(round(1e6 * float(row[1])), measure.macs(net, torch.zeros(1, 3, 96, 96)))
            self.assertAlmostEqual(float(row[1]) / float(row[2]), float(row[3]), delta=1e-3)

    def test_bad_use(self):
        for words in (["--side"], ["--side", 0], ["--what", 3], ["--evaluations", "x"]):
            run = self.run_host(*words)
            self.assertEqual((run.returncode, run.stdout), (1, ""))
            self.assertIn("usage:", run.stderr)


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=2).result
    failed = len(result.failures) + len(result.errors)
    print("%d passed, %d failed" % (result.testsRun - failed, failed))
    sys.exit(1 if failed else 0)
