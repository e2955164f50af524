# SPDX-License-Identifier: Apache-2.0
"""Searching a table."""
import itertools
import json
import os
import shutil
import subprocess
import unittest

from support import OBJECTIVES, CommandTest, data


def grid_text(hole=None):
    """All of 5 x 4 x 3 configurations but those with sum `hole`."""
    lines = ["a,b,c,top1,latency"]
    for a, b, c in itertools.product(range(5), range(4), range(3)):
        if a + b + c != hole:
            lines.append("%d,%d,%d,%.3f,%.3f" % (a, b, c, 70 + a + b / 2 + c / 3 - a * b / 9,
                                                 1 + a / 2 + b / 3 + c / 5))
    return "\n".join(lines) + "\n"


class Table(CommandTest):
    def search(self, text, *more, variables="a,b,c", objectives=OBJECTIVES, **options):
        path = self.write("t.csv", text)
        return self.linas("search", "--table", path, "--variables", variables, *objectives,
                          "--journal", self.journal, *more, **options)

    def genomes(self):
        return [tuple(line["genome"]) for line in self.evaluations()]

    def space(self):
        with open(self.journal, encoding="utf-8") as journal:
            return json.loads(journal.readline())["linas"]["space"]

    def values(self, text, variables="a"):
        """The value list that the search makes of a column."""
        objectives = ["--objective", "m:max"]
        self.journal.unlink(missing_ok=True)
        run = self.search(text, "--evaluations", "1", variables=variables, objectives=objectives)
        self.assertEqual(run.returncode, 0, run.stderr)
        return self.space()[variables]["vars"]

    def test_front(self):
        run = self.search(grid_text(), "--evaluations", "60")
        self.assertEqual(run.returncode, 0, run.stderr)
        rows = [list(map(float, line.split(","))) for line in grid_text().split("\n")[1:-1]]
        best = {(top1, latency) for *_, top1, latency in rows
                if not any(t >= top1 and l <= latency and (t, l) != (top1, latency)
                           for *_, t, l in rows)}
        found = json.loads(self.good("front", self.journal, "--json").stdout)
        self.assertEqual({(m["values"]["top1"], m["values"]["latency"]) for m in found}, best)
        self.assertEqual(len(self.genomes()), 60)
        self.assertEqual(len(set(self.genomes())), 60)

    def test_survival_is_kept_by_the_journal(self):
        run = self.search(grid_text(), "--evaluations", "20", "--survival", "reference")
        self.assertEqual(run.returncode, 0, run.stderr)
        run = self.search(grid_text(), "--evaluations", "30", "--resume")
        self.assertEqual(run.returncode, 1, run.stderr)
        self.assertIn("survival", run.stderr)
        run = self.search(grid_text(), "--evaluations", "30", "--resume", "--survival", "reference")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(len(set(self.genomes())), 30)

    def test_measures_are_those_of_the_row(self):
        run = self.search(grid_text(), "--evaluations", "20")
        self.assertEqual(run.returncode, 0, run.stderr)
        rows = {tuple(map(int, line.split(",")[:3])): tuple(map(float, line.split(",")[3:]))
                for line in grid_text().split("\n")[1:-1]}
        for line in self.evaluations():
            self.assertEqual((line["values"]["top1"], line["values"]["latency"]),
                             rows[tuple(line["genome"])])

    def test_all_tactics_and_exhaustion(self):
        for tactic in ("linas", "nsga2", "random"):
            self.journal.unlink(missing_ok=True)
            run = self.search(grid_text(hole=4), "--evaluations", "1000", "--tactic", tactic,
                              "--population", "10")
            self.assertEqual(run.returncode, 0, run.stderr)
            rows = grid_text(hole=4).count("\n") - 1
            self.assertEqual(len(set(self.genomes())), rows, tactic)
            self.assertNotIn(4, {sum(genome) for genome in self.genomes()})

    def test_limits(self):
        run = self.search(grid_text(), "--evaluations", "60", "--limit", "latency<=2.5",
                          "--limit", "top1>=71")
        self.assertEqual(run.returncode, 0, run.stderr)
        members = json.loads(self.good("front", self.journal, "--json").stdout)
        self.assertTrue(members)
        for member in members:
            self.assertLessEqual(member["values"]["latency"], 2.5)
            self.assertGreaterEqual(member["values"]["top1"], 71)

    def test_limits_that_nothing_keeps(self):
        run = self.search(grid_text(), "--evaluations", "10", "--limit", "latency<=0.5")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("front: 0", run.stdout)

    def test_values_of_columns(self):
        self.assertEqual(self.values("a,m\n7,1\n3,2\n5,3\n3,4\n"), [3, 5, 7])
        self.assertEqual(self.values("a,m\n-1,1\n+2,2\n010,3\n"), [-1, 2, 10])
        self.assertEqual(self.values("a,m\n0.50,1\n.25,2\n1e0,3\n0.5,4\n"), [0.25, 0.5, 1.0])
        self.assertEqual(self.values("a,m\n2,1\n0.5,2\n"), [0.5, 2.0])
        self.assertEqual(self.values("a,m\n-0.0,1\n0.0,2\n"), [0.0])
        self.assertEqual(self.values("a,m\nrelu,1\nelu,2\nrelu,3\n"), ["relu", "elu"])
        self.assertEqual(self.values("a,m\n3,1\nnone,2\n"), ["3", "none"])
        self.assertEqual(self.values("a,m\n9223372036854775808,1\n1,2\n"), [1.0, 2.0**63])
        self.assertEqual(self.values("a,m\n0x10,1\n1,2\n"), ["0x10", "1"])

    def test_ordinal(self):
        run = self.search(grid_text(), "--evaluations", "5", "--ordinal", "a,c")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual([bool(self.space()[name].get("ordered")) for name in "abc"],
                         [True, False, True])

    def test_brackets_in_names(self):
        run = self.search("ks[0],ks[1],m\n3,3,1\n5,5,2\n", "--evaluations", "2",
                          variables="ks[0],ks[1]", objectives=["--objective", "m:max"])
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(list(self.space()), ["ks.0", "ks.1"])

    def test_range_of_columns(self):
        run = self.search(grid_text(), "--evaluations", "5", variables="a..c")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(list(self.space()), ["a", "b", "c"])

    def test_spellings_of_csv(self):
        for text in (b"\xef\xbb\xbfa,m\r\n1,2\r\n3,4\r\n", b"a,m\r1,2\r3,4\r", b"a,m\n1,2\n3,4",
                     b'"a","m"\n"1","2"\n"3","4"\n', b"\na , m\n\n 1,\t2 \n3 ,4\n\n",
                     b'a,"x\n""y"", z",m\n1,,2\n3,"\r\n",4\n'):
            self.assertEqual(self.values(text), [1, 3], text)
        self.assertEqual(self.values('a,m\n"p, ""q""",1\n"r\ns",2\n" ",3\n'),
                         ['p, "q"', "r\ns", " "])

    def test_bad_csv(self):
        def bad(message, text, **more):
            run = self.search(text, variables=more.pop("variables", "a"),
                              objectives=["--objective", "m:max"], **more)
            self.assertEqual(run.returncode, 1, run.stderr)
            self.assertEqual(run.stderr.count("\n"), 1, run.stderr)
            self.assertIn("linas: ", run.stderr)
            self.assertIn(message, run.stderr)
            self.assertFalse(self.journal.exists())
        bad("t.csv: is empty", "")
        bad("t.csv: is empty", "\n\n")
        bad("t.csv: has a header line but no rows", "a,m\n")
        bad("t.csv: no column is named 'a'", "b,m\n1,2\n")
        bad("t.csv: no column is named 'm'", "a,n\n1,2\n")
        bad("t.csv: two columns are named 'a'", "a,m,a\n1,2,3\n")
        bad("t.csv: two columns are named 'm'", "a,m,m\n1,2,3\n")
        bad("line 3: 1 cells, but the header has 2", "a,m\n1,2\n3\n")
        bad("line 3: 3 cells, but the header has 2", "a,m\n1,2\n3,4,5\n")
        bad("line 4: 1 cells, but the header has 2", 'a,m\n"x\ny",2\n3\n')
        for value in ("nan", "NaN", "inf", "-Infinity", "", "abc", "1,", "1e999", "0x10", "1.5ms"):
            text = 'a,m\n1,2\n3,"%s"\n' % value
            bad("line 3: '%s' in column 'm' is not a finite number" % value, text)
        bad("line 3: 'nan' in column 'a' is not a finite number", "a,m\n1,2\nnan,4\n")
        bad("line 2: no value in column 'a'", "a,m\n,2\n3,4\n")
        bad("line 2: a quote that is never closed", 'a,m\n"1,2\n3,4\n')
        bad("line 3: a quote inside an unquoted cell", 'a,m\n1,2\n3",4\n')
        bad("line 2: text after a closing quote", 'a,m\n"1"x,2\n')
        bad("zero byte", "a,m\n1,2\0\n")
        bad("variable 'a' is given twice", "a,m\n1,2\n", variables="a,a")
        bad("'m' is both a variable and an objective", "a,m\n1,2\n", variables="a,m")
        bad("column 'b' stands after 'a'", "a,b,m\n1,1,2\n", variables="b..a")
        bad("no column is named 'z'", "a,b,m\n1,1,2\n", variables="a..z")

    def test_missing_file(self):
        self.refused(1, "cannot read 'none.csv': No such file", "search", "--table", "none.csv",
                     "--variables", "a", *OBJECTIVES)
        self.refused(1, "cannot read '.': Is a directory", "search", "--table", ".",
                     "--variables", "a", *OBJECTIVES)

    def test_repeated_rows(self):
        run = self.search("a,m\n1,5\n2,6\n1,7\n2,6\n1,5\n", "--evaluations", "2", variables="a",
                          objectives=["--objective", "m:max"])
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("repeat an earlier configuration: 3, with other measures: 1", run.stderr)
        self.assertEqual({(line["genome"][0], line["values"]["m"]) for line in self.evaluations()},
                         {(0, 5), (1, 6)})

    def test_one_objective_and_three(self):
        self.assertEqual(self.search(grid_text(), "--evaluations", "15",
                                     objectives=OBJECTIVES[:2]).returncode, 0)
        self.assertEqual(len(json.loads(self.good("front", self.journal, "--json").stdout)), 1)
        self.journal.unlink()
        text = "a,b,x,y,z\n" + "".join("%d,%d,%d,%d,%d\n" % (a, b, a, b, 9 - a * b)
                                       for a in range(5) for b in range(5))
        run = self.search(text, "--evaluations", "25", variables="a,b", objectives=[
            "--objective", "x:min", "--objective", "y:min", "--objective", "z:min"])
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_sparse_table_is_told(self):
        lines = ["%s,m" % ",".join("v%d" % i for i in range(40))]
        for row in range(8):
            lines.append(",".join(str((row * 7 + i) % 5) for i in range(40)) + ",%d" % row)
        run = self.search("\n".join(lines) + "\n", variables="v0..v39",
                          objectives=["--objective", "m:max"])
        self.assertIn("the search may not find its rows", run.stderr)


class Reproducible(CommandTest):
    def journal_of(self, name, *more, env=None):
        table = self.write("t.csv", grid_text())
        journal = self.folder / name
        self.good("search", "--table", table, "--variables", "a,b,c", *OBJECTIVES,
                  "--evaluations", "40", "--journal", journal, *more, env=env)
        return journal.read_bytes()

    def test_same_seed_same_bytes(self):
        first = self.journal_of("1", "--seed", "5")
        self.assertEqual(self.journal_of("2", "--seed", "5"), first)
        self.assertNotEqual(self.journal_of("3", "--seed", "6"), first)
        self.assertEqual(self.journal_of("4", "--seed", "1"), self.journal_of("5"))

    def test_foreign_locale(self):
        env = {"LC_ALL": "fr_FR.UTF-8"}
        if shutil.which("localedef"):
            made = subprocess.run(["localedef", "-i", "fr_FR", "-f", "UTF-8",
                                   str(self.folder / "fr_FR.UTF-8")], capture_output=True,
                                  check=False)
            if made.returncode == 0:
                env["LOCPATH"] = str(self.folder)
        self.assertEqual(self.journal_of("1", env=env), self.journal_of("2"))


class NasBench201(CommandTest):
    def test_search(self):
        table = data("nb201_cifar10.csv")
        if not table:
            self.skipTest("no data at hand")
        run = self.good("search", "--table", table, "--variables", "op0,op1,op2,op3,op4,op5",
                        "--objective", "cifar10_test_acc_pct:max:%",
                        "--objective", "lat_raspi4_ms:min:ms", "--journal", self.journal,
                        "--evaluations", os.environ.get("LINAS_TEST_EVALUATIONS", "100"))
        self.assertIn("cifar10_test_acc_pct (%)  lat_raspi4_ms (ms)  configuration", run.stdout)
        self.assertNotIn("failed", run.stdout)
        member = json.loads(self.good("front", self.journal, "--best", "cifar10_test_acc_pct",
                                      "--json").stdout)[0]
        self.assertGreater(member["values"]["cifar10_test_acc_pct"], 92)


if __name__ == "__main__":
    unittest.main()
