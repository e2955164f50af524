# SPDX-License-Identifier: Apache-2.0
"""`linas report`: one page that needs nothing else."""
import html.parser
import json
import math
import re
import unittest
import xml.etree.ElementTree

from support import OBJECTIVES, SPACE, CommandTest

VOID = {"meta"}


def kendall_tau(pairs):
    """Tau-b, by its definition."""
    both, one, other = 0, 0, 0
    for i, (a, b) in enumerate(pairs):
        for c, d in pairs[:i]:
            both += ((a > c) - (a < c)) * ((b > d) - (b < d))
            one += a != c
            other += b != d
    return both / math.sqrt(one * other)


class Balanced(html.parser.HTMLParser):
    """Every element is closed, and nothing is fetched."""

    def __init__(self):
        super().__init__()
        self.open, self.wrong = [], []

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attributes:
            if name in ("src", "href", "onclick") or "url(" in (value or ""):
                self.wrong.append("%s %s=%s" % (tag, name, value))
        if tag in ("script", "link", "iframe", "img"):
            self.wrong.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append("/" + tag)


class Report(CommandTest):
    def search(self, name="run.jsonl", seed=1, *more):
        self.write("space.json", SPACE)
        return self.good("search", "--space", "space.json", "--evaluator", self.evaluator("good"),
                         *OBJECTIVES, "--evaluations", 40, "--seed", seed, "--journal", name,
                         *more).stdout

    def page(self, *journals):
        self.good("report", *journals, "-o", "page.html")
        text = (self.folder / "page.html").read_text(encoding="utf-8")
        parser = Balanced()
        parser.feed(text)
        self.assertEqual((parser.open, parser.wrong), ([], []))
        return text

    def pictures(self, text):
        found = re.findall(r"<svg.*?</svg>", text, re.S)
        return {tree.get("id"): tree for tree in map(xml.etree.ElementTree.fromstring, found)}

    def test_one_run(self):
        self.search()
        text = self.page("run.jsonl")
        pictures = self.pictures(text)
        self.assertEqual(set(pictures), {"front", "hypervolume", "predicted-0", "predicted-1",
                                         "quality-0", "quality-1"})
        points = [one for one in pictures["front"] if one.tag == "circle"]
        self.assertEqual(len(points), 40)
        best = [one for one in points if "best" in one.get("class")]
        front = self.good("front", "run.jsonl", "--csv").stdout.splitlines()[1:]
        self.assertEqual(len(best), len(front))
        self.assertIn('"ks":[', best[0].find("title").text)
        line = next(one for one in pictures["front"] if one.get("class") == "front")
        self.assertEqual(len(line.get("points").split()), len(front))
        self.assertIn("prefers-color-scheme:dark", text)
        self.assertIn('<td>seed</td><td>1</td>', text)
        self.assertNotIn('class="mean"', text)

    def test_places(self):
        """Everything is inside its frame; the hypervolume never falls, and ends at the search's."""
        told = re.search(r"hypervolume: ([\d.]+)", self.search())[1]
        pictures = self.pictures(self.page("run.jsonl"))
        for picture in pictures.values():
            for one in picture:
                if one.tag == "circle":
                    self.assertTrue(70 <= float(one.get("cx")) <= 625)
                    self.assertTrue(12 <= float(one.get("cy")) <= 352)
        line = next(one for one in pictures["hypervolume"] if one.get("class") == "line")
        heights = [float(point.split(",")[1]) for point in line.get("points").split()]
        self.assertEqual(heights, sorted(heights, reverse=True))
        self.assertEqual(len(heights), 40)
        ended = line.find("title").text.rsplit(": ", 1)[1]
        self.assertAlmostEqual(float(ended) / float(told), 1, places=8)

    def predictor(self, text, objective=0):
        """Rows of the table, (measured, predicted) in order of the ids, points of the two lines."""
        table = re.findall(r'<table class="predictor">.*?</table>', text, re.S)[objective]
        rows = [[float(cell) for cell in re.findall(r'<td class="n">(-?[\d.]+|-?nan)', row)]
                for row in table.split("<tr>")[2:]]
        pictures = self.pictures(text)
        points = [[float(part) for part in one.find("title").text.split(", predicted ")]
                  for one in pictures["predicted-%d" % objective] if one.tag == "circle"]
        lines = [one.get("points").split() for one in pictures["quality-%d" % objective]
                 if "quality" in (one.get("class") or "")]
        return rows, points, lines

    def test_predictors(self):
        """One fit an iteration, on what was known; qualities are those of the points shown."""
        self.search()
        self.check_predictors()

    def test_predictors_of_answers_in_disorder(self):
        self.write("space.json", SPACE)
        self.good("search", "--space", "space.json", "--evaluator", self.evaluator("backwards", 2),
                  "--jobs", 2, *OBJECTIVES, "--evaluations", 40, "--journal", "run.jsonl")
        self.check_predictors()

    def check_predictors(self):
        with open(self.folder / "run.jsonl", encoding="utf-8") as journal:
            lines = [json.loads(line) for line in journal]
        starts = [line["first_id"] for line in lines if line.get("type") == "proposals"][1:]
        text = self.page("run.jsonl")
        for objective in (0, 1):
            rows, points, qualities = self.predictor(text, objective)
            self.assertEqual([len(one) for one in qualities], [len(starts)] * 2)
            self.assertEqual((rows[0][0], rows[-1][0]), (starts[0], starts[-1]))
            self.assertTrue({row[0] for row in rows} <= set(starts))
            self.assertEqual(len(points), 40 - starts[0])
            for known, _, tau, error in rows:
                following = points[int(known) - starts[0]:][:20]
                self.assertAlmostEqual(tau, kendall_tau(following), delta=0.02)
                wanted = 100 * sum(abs(p - m) / abs(m) for m, p in following) / len(following)
                self.assertAlmostEqual(error, wanted, delta=0.02)

    def test_noise_is_not_predicted(self):
        """What is fitted does not know what it predicts."""
        rows = ["a,b,c,m"] + ["%d,%d,%d,%.9f" % (a, b, c, math.sin(1e5 * (a + 7 * b + 49 * c) ** 2))
                              for a in range(7) for b in range(7) for c in range(7)]
        self.write("t.csv", "\n".join(rows) + "\n")
        self.good("search", "--table", "t.csv", "--variables", "a..c", "--objective", "m:max",
                  "--evaluations", 80, "--tactic", "random", "--journal", "noise.jsonl")
        rows, points, _ = self.predictor(self.page("noise.jsonl"))
        self.assertGreater(len(points), 40)
        self.assertLess(abs(kendall_tau(points)), 0.3)
        self.assertLess(sum(row[2] for row in rows) / len(rows), 0.3)

    def test_runs_compared(self):
        for seed in (1, 2, 3):
            self.search("run%d.jsonl" % seed, seed)
        text = self.page("run1.jsonl", "run2.jsonl", "run3.jsonl")
        kinds = [one.get("class") for one in self.pictures(text)["hypervolume"]]
        self.assertEqual([kinds.count(kind) for kind in ("line", "mean", "band")], [3, 1, 1])
        self.assertEqual(text.count('class="settings"'), 3)

    def test_failures_and_markup(self):
        header = "a<b,top1,latency\n"
        self.write("t.csv", header + "".join("%d,%d,%d\n" % (i, i, i * i) for i in range(6)))
        self.good("search", "--table", "t.csv", "--variables", "a<b", *OBJECTIVES, "--evaluations",
                  6, "--journal", "<i>.jsonl")
        text = self.page("<i>.jsonl")
        self.assertIn("a&lt;b", text)
        self.assertNotIn("<i>", text)

    def test_standard_output(self):
        self.search()
        self.assertEqual(self.good("report", "run.jsonl").stdout, self.page("run.jsonl"))

    def test_refused(self):
        self.refused(2, "needs a journal", "report")
        self.refused(2, "unknown option", "report", "--more")
        self.refused(2, "-o needs", "report", "x", "-o")
        self.refused(1, "none.jsonl", "report", "none.jsonl")
        self.search()
        self.refused(1, "cannot write", "report", "run.jsonl", "-o", "no/such/folder.html")
        self.write("t.csv", "a,m\n1,2\n2,3\n")
        self.good("search", "--table", "t.csv", "--variables", "a", "--objective", "m:max",
                  "--evaluations", 2, "--journal", "other.jsonl")
        self.refused(1, "other objectives", "report", "run.jsonl", "other.jsonl")
        text = self.page("other.jsonl")
        self.assertEqual(set(self.pictures(text)), {"front", "hypervolume", "predicted-0", "quality-0"})


if __name__ == "__main__":
    unittest.main()
