# SPDX-License-Identifier: Apache-2.0
"""Journals: resuming, also after a violent end, and reading fronts from them."""
import csv
import io
import json
import signal
import unittest

from support import SPACE, CommandTest


class Resume(CommandTest):
    def whole(self, *more):
        """The journal of an uninterrupted run."""
        self.journal.unlink(missing_ok=True)
        self.good(*self.search_words("good", "--evaluations", "60", *more))
        return self.journal.read_bytes()

    def test_needs_a_journal_that_is_there(self):
        self.refused(1, "run.jsonl", *self.search_words("good", "--resume"))

    def test_without_resume_a_journal_is_kept(self):
        before = self.whole()
        self.refused(1, "run.jsonl", *self.search_words("good", "--evaluations", "60"))
        self.assertEqual(self.journal.read_bytes(), before)

    def test_of_a_finished_search(self):
        before = self.whole()
        run = self.good(*self.search_words("good", "--evaluations", "60", "--resume"))
        self.assertIn("evaluations: 60\n", run.stdout)
        self.assertEqual(self.journal.read_bytes(), before)

    def test_of_every_prefix_of_lines(self):
        for tactic in ("linas", "nsga2", "random"):
            words = ("--tactic", tactic, "--population", "12")
            before = self.whole(*words)
            lines = before.splitlines(keepends=True)
            for count in range(1, len(lines), 7):
                self.journal.write_bytes(b"".join(lines[:count]))
                self.good(*self.search_words("good", "--evaluations", "60", "--resume", *words))
                self.assertEqual(self.journal.read_bytes(), before, (tactic, count))

    def test_of_a_torn_line(self):
        before = self.whole()
        for cut in (1, 10, 60):
            self.journal.write_bytes(before[:len(before) // 2 - cut])
            self.good(*self.search_words("good", "--evaluations", "60", "--resume"))
            self.assertEqual(self.journal.read_bytes(), before, cut)

    def test_after_kill(self):
        before = self.whole()
        for count in (3, 21, 40):
            self.journal.unlink()
            process = self.start(*self.search_words("slow", "--evaluations", "60",
                                                    argument=["0.01"]))
            self.wait_for_evaluations(process, count)
            self.interrupt(process, signal.SIGKILL)
            self.assertNotEqual(self.journal.read_bytes(), before)
            self.good(*self.search_words("good", "--evaluations", "60", "--resume"))
            self.assertEqual(self.journal.read_bytes(), before, count)

    def test_of_another_search(self):
        self.whole()
        words = self.search_words("good", "--evaluations", "60", "--resume")
        other = [word if word != "latency:min:ms" else "latency:max:ms" for word in words]
        self.refused(1, "", *other)
        self.write("space.json", SPACE)
        path = self.write("other.json", SPACE.replace("7", "9"))
        other = [path if str(word).endswith("space.json") else word for word in words]
        self.refused(1, "", *other)

    def test_one_writer(self):
        process = self.start(*self.search_words("slow", "--evaluations", "60", argument=["0.05"]))
        self.wait_for_evaluations(process, 2)
        self.refused(1, "run.jsonl", *self.search_words("good", "--evaluations", "60", "--resume"))
        self.assertIsNone(process.poll())

    def test_damage_is_told_with_its_line(self):
        lines = self.whole().splitlines(keepends=True)
        lines[5] = b'{"type":"evaluation","id":\n'
        self.journal.write_bytes(b"".join(lines))
        self.refused(1, "line 6", *self.search_words("good", "--evaluations", "60", "--resume"))
        self.refused(1, "line 6", "front", self.journal)

    def test_unwritable(self):
        words = self.search_words("good")
        words[words.index("--journal") + 1] = "no/such/folder/run.jsonl"
        self.refused(1, "no/such/folder/run.jsonl", *words)


class Front(CommandTest):
    @classmethod
    def setUpClass(cls):
        cls.text = None

    def setUp(self):
        super().setUp()
        if Front.text is None:
            self.good(*self.search_words("error", "--evaluations", "80"))
            Front.text = self.journal.read_bytes()
        self.journal.write_bytes(Front.text)

    def points(self):
        return [(line["values"]["top1"], line["values"]["latency"], line)
                for line in self.evaluations() if line["status"] == "ok"]

    @staticmethod
    def best(points):
        return [p for p in points if not any(
            q[0] >= p[0] and q[1] <= p[1] and q[:2] != p[:2] for q in points)]

    def members(self, *more):
        return json.loads(self.good("front", self.journal, "--json", *more).stdout)

    def test_json(self):
        members = self.members()
        best = self.best(self.points())
        self.assertEqual({(m["values"]["top1"], m["values"]["latency"]) for m in members},
                         {p[:2] for p in best})
        values = [m["values"]["top1"] for m in members]
        self.assertEqual(values, sorted(values, reverse=True))
        lines = {line["id"]: line for line in self.evaluations()}
        for member in members:
            self.assertEqual(list(member), ["id", "values", "config", "genome"])
            self.assertEqual(member["values"], lines[member["id"]]["values"])
            self.assertEqual(member["genome"], lines[member["id"]]["genome"])
            self.assertEqual(member["config"]["d"], 2 + member["genome"][4])

    def test_csv(self):
        members = self.members()
        rows = list(csv.reader(io.StringIO(self.good("front", self.journal, "--csv").stdout)))
        self.assertEqual(rows[0], ["top1", "latency", "ks[0]", "ks[1]", "ks[2]", "ks[3]", "d"])
        self.assertEqual(len(rows), 1 + len(members))
        for row, member in zip(rows[1:], members):
            self.assertEqual(list(map(float, row[:2])), list(member["values"].values()))
            self.assertEqual(list(map(int, row[2:])),
                             member["config"]["ks"] + [member["config"]["d"]])

    def test_table(self):
        lines = self.good("front", self.journal).stdout.splitlines()
        self.assertEqual(len(lines), 1 + len(self.members()))
        self.assertEqual(lines[0].split("  ")[-1], "configuration")
        self.assertIn("top1 (%)", lines[0])
        self.assertIn("latency (ms)", lines[0])
        at = lines[0].index("configuration")
        for line in lines[1:]:
            self.assertRegex(line[at:], r"\Aks=[357-](,[357-]){3} d=[234]\Z")
            self.assertEqual(line[at:].count("-"), 4 - int(line[-1]))  # inactive ones

    def test_search_prints_the_same_table(self):
        run = self.good(*self.search_words("good", "--evaluations", "80", "--resume"))
        self.assertTrue(run.stdout.endswith("\n\n" + self.good("front", self.journal).stdout))
        self.assertRegex(run.stdout, r"\Astopped: .+\nevaluations: 80\nhypervolume: [\d.]+ "
                                     r"\(reference point: top1 [\d.]+, latency [\d.]+\)\nfront: ")

    def test_limits(self):
        def check(keep, *words):
            limits = [part for word in words for part in ("--limit", word)]
            best = self.best([p for p in self.points() if keep(p)])
            self.assertEqual({(m["values"]["top1"], m["values"]["latency"])
                              for m in self.members(*limits)}, {p[:2] for p in best})
        check(lambda p: p[1] <= 2.7, "latency<=2.7")
        check(lambda p: p[1] >= 2.7, "latency>=2.7")
        check(lambda p: p[0] >= 72, "top1>=72")
        check(lambda p: p[0] <= 72, "top1<=72")
        check(lambda p: 2 <= p[1] <= 3 and p[0] >= 71, "latency<=3", "latency>=2", "top1>=71")
        check(lambda p: False, "latency<=0")
        values = [m["values"]["top1"] for m in self.members("--limit", "top1<=72")]
        self.assertEqual(values, sorted(values, reverse=True))

    def test_best(self):
        members = self.members()
        self.assertEqual(self.members("--best", "top1"), members[:1])
        self.assertEqual(self.members("--best", "latency"), members[-1:])
        within = self.members("--best", "top1", "--limit", "latency<=2.7")
        self.assertEqual(within[0]["values"]["top1"],
                         max(p[0] for p in self.points() if p[1] <= 2.7))
        self.assertEqual(len(self.good("front", self.journal, "--best", "top1").stdout.split("\n")),
                         3)

    def test_nothing_within(self):
        self.refused(1, "no feasible sub-network within these limits", "front", self.journal,
                     "--limit", "latency<=0")
        self.refused(1, "no feasible sub-network within these limits", "front", self.journal,
                     "--limit", "latency<=0", "--best", "top1", "--json")
        self.assertEqual(self.good("front", self.journal, "--limit", "latency<=0", "--csv").stdout,
                         "top1,latency,ks[0],ks[1],ks[2],ks[3],d\n")

    def test_bad_use(self):
        self.refused(1, "the journal has no objective 'energy'", "front", self.journal, "--best",
                     "energy")
        self.refused(1, "the journal has no objective 'energy'", "front", self.journal, "--limit",
                     "energy<=3")
        self.refused(2, "limit 'energy' is not of the form", "front", self.journal, "--limit",
                     "energy")
        self.refused(1, "none.jsonl", "front", "none.jsonl")
        self.refused(1, "", "front", self.write("empty", ""))
        self.refused(1, "", "front", self.write("text", "hello\n"))

    def test_of_a_running_search(self):
        self.journal.unlink()
        process = self.start(*self.search_words("slow", "--evaluations", "60", argument=["0.05"]))
        self.wait_for_evaluations(process, 3)
        self.assertTrue(self.members())

    def test_limits_of_the_search(self):
        self.journal.unlink()
        self.good(*self.search_words("good", "--evaluations", "60", "--limit", "latency<=2.7"))
        self.assertLessEqual(max(m["values"]["latency"] for m in self.members()), 2.7)
        wider = self.members("--limit", "latency<=3.3")
        self.assertGreater(max(m["values"]["latency"] for m in wider), 2.7)

    def test_text_values_are_quoted(self):
        table = self.write("t.csv", 'act,m\n"a,""b",1\n"c\nd",2\nplain,3\n')
        self.journal.unlink()
        self.good("search", "--table", table, "--variables", "act", "--objective", "m:max:\u00b5s",
                  "--evaluations", "3", "--journal", self.journal)
        self.assertEqual(self.members()[0]["config"], {"act": "plain"})
        member = self.members("--limit", "m<=1")[0]
        self.assertEqual(member["config"], {"act": 'a,"b'})
        self.assertEqual(self.good("front", self.journal, "--csv", "--limit", "m<=1").stdout,
                         'm,act\n1,"a,""b"\n')
        self.assertEqual(self.good("front", self.journal).stdout,
                         "m (\u00b5s)  configuration\n     3  act=plain\n")


if __name__ == "__main__":
    unittest.main()
