# SPDX-License-Identifier: Apache-2.0
"""The demo, shortened, as a user runs it. usage: run.py PROGRAM. Last line: N passed, N failed"""
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "fashion"


class Demo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.holder.name)
        cls.first = cls.run_demo("--journal", cls.folder / "run.jsonl")

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    @classmethod
    def run_demo(cls, *words, quick=True):
        arguments = [PROGRAM, *(["--quick"] if quick else []), *map(str, words)]
        environment = dict(os.environ, LINAS_FASHION_CACHE=str(cls.folder / "cache"))
        return subprocess.run(arguments, cwd=cls.folder, capture_output=True, text=True,
                              env=environment, stdin=subprocess.DEVNULL, timeout=600, check=False)

    def good(self, *words):
        run = self.run_demo(*words)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run

    def front(self):
        with open(self.folder / "front.csv", encoding="ascii") as file:
            return [{name: float(value) for name, value in row.items()}
                    for row in csv.DictReader(file)]

    def test_1_it_trains_and_searches(self):
        self.assertEqual(self.first.returncode, 0, self.first.stderr)
        self.assertIn("trained the super-network", self.first.stdout)
        self.assertIn("30 sub-networks measured", self.first.stdout)
        for text in (self.first.stdout, self.first.stderr):
            self.assertNotRegex(text, "[\r\x1b]")
        self.assertRegex(self.first.stderr, r"training +\d+ %")
        self.assertRegex(self.first.stderr, r"searching +\d+ %")
        for name in ("largest", "smallest", "front 1"):
            self.assertRegex(self.first.stdout, r"(?m)^%s +\d+\.\d\d +\d+\.\d\d +0\.\d+" % name)

    def test_2_the_front_is_one(self):
        rows = [(row["validation_accuracy_pct"], row["latency_ms"]) for row in self.front()]
        self.assertGreater(len(rows), 1)
        for a in rows:
            for b in rows:
                self.assertFalse(a != b and a[0] >= b[0] and a[1] <= b[1], (a, b))

    def test_2_the_files_agree(self):
        rows = self.front()
        with open(self.folder / "front.jsonl", encoding="ascii") as file:
            lines = [json.loads(line) for line in file]
        self.assertEqual(sorted((l["validation_accuracy"], l["test_accuracy"], l["latency_ms"],
                                 l["macs"]) for l in lines),
                         sorted((r["validation_accuracy_pct"], r["test_accuracy_pct"],
                                 r["latency_ms"], r["macs"]) for r in rows))
        for line in lines:
            self.assertEqual(sorted(line["config"]), ["d", "e", "ks"])
        picture = xml.etree.ElementTree.parse(self.folder / "front.svg").getroot()
        members = [e for e in picture.iter() if e.get("class") == "member"]
        self.assertEqual(len(members), len(rows))

    def test_2_the_front_was_measured(self):
        with open(self.folder / "run.jsonl", encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        measured = {(l["values"]["accuracy"], round(l["values"]["latency"], 6))
                    for l in lines if l.get("type") == "evaluation"}
        for row in self.front():
            self.assertIn((row["validation_accuracy_pct"], row["latency_ms"]), measured)

    def test_3_weights_are_kept_and_journals_continued(self):
        before = (self.folder / "run.jsonl").read_bytes()
        run = self.good("--journal", self.folder / "run.jsonl")
        self.assertIn("trained weights from", run.stdout)
        self.assertNotIn("training", run.stderr)
        self.assertEqual((self.folder / "run.jsonl").read_bytes(), before)

    def test_4_damaged_weights_are_trained_anew(self):
        path, = (self.folder / "cache").glob("*.weights")
        whole = path.read_bytes()
        path.write_bytes(whole[:1000] + b"?" + whole[1001:])
        run = self.good()
        self.assertIn("is damaged; training anew", run.stderr)
        self.assertEqual(path.read_bytes(), whole)

    def test_5_comparison(self):
        lines = self.good("--compare").stdout.splitlines()
        table = [line.split() for line in lines if line.startswith(("linas", "nsga2", "random"))]
        self.assertEqual([row[:2] for row in table], [[t, s] for t in ("linas", "nsga2", "random")
                                                      for s in ("1", "2", "3", "mean")])
        for block in range(0, 12, 4):
            volumes = [float(row[2]) for row in table[block:block + 4]]
            self.assertAlmostEqual(sum(volumes[:3]) / 3, volumes[3], delta=1e-3)
        union = float(lines[-1].split()[-1])
        self.assertGreaterEqual(union + 1e-3, max(float(row[2]) for row in table))

    def test_5_table(self):
        self.good("--table", self.folder / "table.csv")
        with open(self.folder / "table.csv", encoding="ascii") as file:
            rows = list(csv.reader(file))
        self.assertEqual(rows[0][12:], ["accuracy_pct", "latency_us", "latency_spread", "macs",
                                        "parameters"])
        self.assertEqual(len({tuple(row[:12]) for row in rows[1:]}), 8)
        # The largest's: as the search's report has it, and by hand.
        self.assertEqual(rows[-1][:12], ["5"] * 3 + ["6"] * 6 + ["3"] * 3)
        largest = next(l.split() for l in self.first.stdout.splitlines() if l.startswith("largest"))
        self.assertEqual(rows[-1][12], largest[1])
        self.assertEqual(rows[-1][15:], ["4647088", "167242"])
        self.assertEqual(rows[1][15:], ["135688", "3762"])

    def test_6_bad_use(self):
        for words in (["--evaluations", "0"], ["--evaluations", "ten"], ["--threads", "17"],
                      ["--tactic", "best"], ["--epochs", "nan"], ["--seed"], ["--what"]):
            run = self.run_demo(*words, quick=False)
            self.assertEqual(run.returncode, 2, words)
            self.assertEqual(run.stderr.count("\n"), 1, run.stderr)
        run = self.run_demo("--data", self.folder)
        self.assertEqual(run.returncode, 1)
        self.assertIn("package dataset-fashion-mnist", run.stderr)


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=2).result
    failed = len(result.failures) + len(result.errors)
    print("%d passed, %d failed" % (result.testsRun - failed, failed))
    sys.exit(1 if failed else 0)
