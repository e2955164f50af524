# SPDX-License-Identifier: Apache-2.0
"""Searches that take earlier measurements over."""
import json

from support import OBJECTIVES, SPACE, CommandTest
from test_table import grid_text


class Import(CommandTest):
    def setUp(self):
        super().setUp()
        self.space = self.write("space.json", SPACE)
        self.earlier = self.folder / "earlier.jsonl"

    def search(self, *more, mode="good", objectives=OBJECTIVES, argument=()):
        return ["search", "--space", self.space, "--evaluator", self.evaluator(mode, *argument),
                *objectives, *more]

    def measure_earlier(self, *more):
        self.good(*self.search("--evaluations", "30", "--journal", self.earlier, *more))

    def lines(self, kind):
        with open(self.journal, encoding="utf-8") as journal:
            return [line for line in map(json.loads, journal) if line.get("type") == kind]

    def test_journal_goes_on(self):
        self.measure_earlier()
        run = self.good(*self.search("--import", self.earlier, "--evaluations", "10", "--seed", "7",
                                     "--journal", self.journal))
        self.assertIn("evaluations: 10, imported: 30\n", run.stdout)
        imported, = self.lines("import")
        self.assertEqual(len(imported["genomes"]), 30)
        measured = [line["genome"] for line in self.lines("evaluation")]
        self.assertEqual(len(measured), 10)
        self.assertFalse([genome for genome in measured if genome in imported["genomes"]])
        whole = self.journal.read_bytes()
        front = json.loads(self.good("front", self.journal, "--json").stdout)
        self.assertTrue([member for member in front if member["id"] < 30])
        # Resumed from after the import it is the same search.
        lines = whole.splitlines(keepends=True)
        self.journal.write_bytes(b"".join(lines[:4]))
        self.good(*self.search("--evaluations", "10", "--seed", "7", "--journal", self.journal,
                               "--resume"))
        self.assertEqual(self.journal.read_bytes(), whole)

    def test_one_objective(self):
        log = self.folder / "asked"
        self.measure_earlier()
        run = self.good(*self.search("--import", self.earlier, "--import-only", "top1", "--journal",
                                     self.journal, "--evaluations", "25", mode="spared",
                                     argument=(log,)))
        self.assertIn("evaluations: 25\n", run.stdout)
        asked = [json.loads(line) for line in log.read_text().splitlines()]
        known = [request for request in asked if "known" in request]
        self.assertGreaterEqual(len(known), 20)
        for request in known:
            self.assertEqual(list(request["known"]), ["top1"])
        for line in self.lines("evaluation"):
            self.assertEqual(line["status"], "ok")
            self.assertEqual(line["values"]["top1"], 70 + sum(
                gene / (1 + index) for index, gene in enumerate(line["genome"])))

    def test_what_is_not_known_must_be_answered(self):
        self.measure_earlier()
        run = self.linas(*self.search("--import", self.earlier, "--import-only", "latency",
                                      "--evaluations", "5", mode="silent_on_top1"))
        self.assertEqual(run.returncode, 1, run.stderr)
        self.assertIn("no value of 'top1'", run.stderr)

    def test_csv(self):
        rows = self.write("known.csv", "ks0,ks[1],ks.2,ks3,d,top1,energy\n"
                          "3,5,3,3,4,71.5,1\n7,7,3,3,2,,2\n3,3,3,3,3.0,70,3\n")
        self.good(*self.search("--import", rows, "--evaluations", "5", "--journal", self.journal))
        imported, = self.lines("import")
        self.assertEqual(imported["genomes"], [[0, 1, 0, 0, 2], [0, 0, 0, 0, 1]])
        self.assertEqual(imported["values"], {"top1": [71.5, 70], "latency": [None, None]})

    def test_front_as_csv_comes_back(self):
        self.measure_earlier()
        rows = self.write("front.csv", self.good("front", self.earlier, "--csv").stdout)
        run = self.good(*self.search("--import", rows, "--evaluations", "3"))
        self.assertIn("imported: %d\n" % (len(rows.read_text().splitlines()) - 1), run.stdout)

    def test_several_files(self):
        first = self.write("a.csv", "ks0,ks1,ks2,ks3,d,top1\n3,3,3,3,4,71\n")
        second = self.write("b.csv", "latency,d,ks0,ks1,ks2,ks3\n5,4,3,3,3,3\n")
        run = self.good(*self.search("--import", first, "--import", second, "--evaluations", "3"))
        self.assertIn("imported: 1\n", run.stdout)

    def test_table(self):
        table = self.write("t.csv", grid_text().replace("a,b,c", "k[0],k[1],c"))
        words = ["search", "--table", table, "--variables", "k[0],k[1],c", *OBJECTIVES]
        self.good(*words, "--evaluations", "20", "--journal", self.earlier)
        for source in (self.earlier, table):
            run = self.good(*words, "--evaluations", "5", "--seed", "9", "--import", source)
            self.assertRegex(run.stdout, r"evaluations: (5, imported: 20|0, imported: 60)\n")

    def test_bad_files(self):
        def refused(text, message, *more):
            rows = self.write("known.csv", text)
            self.refused(1, message, *self.search("--import", rows, *more))
        head = "ks0,ks1,ks2,ks3,d,top1\n"
        refused("ks0,ks1,ks2,d,top1\n3,3,3,4,71\n", "no column 'ks[3]'")
        refused(head + "3,3,3,3,4,71\n3,4,3,3,4,71\n", "line 3: '4' in column 'ks1'")
        refused(head + "3,3,3,3,4,nan\n", "line 2: 'nan' in column 'top1'")
        refused("ks0,ks1,ks2,ks3,d,energy\n3,3,3,3,4,1\n", "none of the search's objectives")
        refused(head + "3,3,3,3,4,71\n", "'energy' of --import-only", "--import-only", "energy")
        refused(head, "no rows")
        refused("{\"linas\":7}\n", "known.csv")
        self.refused(1, "none.csv", *self.search("--import", "none.csv"))

    def test_other_journals(self):
        self.good("search", "--space", self.write("other.json", '{"k":{"count":3,"vars":[1,2]}}'),
                  "--evaluator", self.evaluator("good"), *OBJECTIVES, "--evaluations", "5",
                  "--journal", self.earlier)
        self.refused(1, "another space", *self.search("--import", self.earlier))
        self.earlier.unlink()
        self.measure_earlier()
        self.refused(1, "'latency' is in 'ms' there, not in 'us'",
                     *self.search("--import", self.earlier, objectives=[
                         "--objective", "top1:max:%", "--objective", "latency:min:us"]))

    def test_bad_use(self):
        self.refused(2, "--import-only needs --import", *self.search("--import-only", "top1"))
        self.refused(2, "excludes --resume", *self.search(
            "--import", "x", "--resume", "--journal", self.journal))
