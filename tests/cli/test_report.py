# SPDX-License-Identifier: Apache-2.0
"""`linas report`: one page that needs nothing else."""
import html.parser
import re
import unittest
import xml.etree.ElementTree

from support import OBJECTIVES, SPACE, CommandTest

VOID = {"meta"}


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
        self.assertEqual(set(pictures), {"front", "hypervolume", "predicted-0", "predicted-1"})
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
        self.assertEqual(set(self.pictures(text)), {"front", "hypervolume", "predicted-0"})


if __name__ == "__main__":
    unittest.main()
