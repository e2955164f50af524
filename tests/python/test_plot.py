# SPDX-License-Identifier: Apache-2.0
"""Pictures in matplotlib: their structure, drawn without a display."""
import importlib
import json
import math
import os
import subprocess
import sys
import unittest

import linas
from linas import plot
from support import OBJECTIVES, FolderTest, measure, needs, search, small


def done(**settings):
    """A search of which some evaluations failed."""
    def choosy(config):
        if config["ks"][0] == 7:
            raise linas.Failed("too large")
        return measure(config)
    made = search(**settings)
    made.run(choosy)
    return made


def texts(axes):
    return [one.get_text() for one in axes.get_legend().get_texts()]


class Import(unittest.TestCase):
    def test_matplotlib_is_imported_when_asked_for(self):
        code = "import linas.plot, sys; sys.exit('matplotlib' in sys.modules)"
        run = subprocess.run([sys.executable, "-c", code], check=False, env=dict(os.environ))
        self.assertEqual(run.returncode, 0)


@needs("matplotlib")
class Plot(FolderTest):
    def setUp(self):
        super().setUp()
        importlib.import_module("matplotlib").use("Agg")
        self.pyplot = importlib.import_module("matplotlib.pyplot")
        self.addCleanup(self.pyplot.close, "all")

    def test_front(self):
        made = done()
        axes = plot.front(made)
        measured = [one for one in made.evaluations if one.ok]
        (dots,) = axes.collections
        self.assertEqual([tuple(point) for point in dots.get_offsets()],
                         [(one["latency"], one["top1"]) for one in measured])
        turns = [turn for turn, one in enumerate(made.evaluations, 1) if one.ok]
        self.assertEqual(list(dots.get_array()), turns)
        (line,) = axes.lines
        self.assertEqual(list(zip(line.get_xdata(), line.get_ydata())),
                         sorted((one["latency"], one["top1"]) for one in made.front()))
        self.assertEqual(line.get_linestyle(), "-")
        self.assertEqual((axes.get_xlabel(), axes.get_ylabel()), ("latency (ms)", "top1 (%)"))
        self.assertEqual([one.get_ylabel() for one in axes.figure.axes[1:]], ["evaluation"])
        turned = plot.front(made, x="top1", y="latency")
        self.assertEqual((turned.get_xlabel(), turned.get_ylabel()), ("top1 (%)", "latency (ms)"))
        with self.assertRaises(KeyError):
            plot.front(made, x="energy")

    def test_axes_are_used_and_returned(self):
        made = done(remeasure=5)
        for draw in (plot.front, plot.hypervolume, plot.quality, plot.values, plot.outcomes,
                     plot.drift):
            axes = self.pyplot.figure().add_subplot()
            self.assertIs(draw(made, axes), axes)
            self.assertIs(draw(made, ax=axes), axes)
            self.assertIsNot(draw(made), axes)
        axes = self.pyplot.figure().add_subplot()
        self.assertIs(plot.predicted(made, ax=axes), axes)

    def test_one_objective(self):
        made = linas.Search(small(), [linas.Minimize("latency")], evaluations=20)
        made.run(lambda config: {"latency": measure(config)["latency"]})
        axes = plot.front(made)
        (line,) = axes.lines
        self.assertEqual(list(line.get_xdata()), list(range(1, 21)))
        self.assertEqual(list(line.get_ydata()), sorted(line.get_ydata(), reverse=True))
        self.assertEqual(line.get_ydata()[-1], made.front()[0]["latency"])
        self.assertEqual(axes.get_xlabel(), "evaluations")

    def test_three_objectives(self):
        goals = [*OBJECTIVES, linas.Minimize("d")]
        made = linas.Search(small(), goals, evaluations=20)
        made.run(lambda config: {**measure(config), "d": config["d"]})
        axes = plot.front(made, x="d")
        (line,) = axes.lines
        self.assertEqual(len(line.get_xdata()), len(made.front()))
        self.assertEqual((line.get_linestyle(), axes.get_xlabel()), ("None", "d"))

    def test_hypervolume(self):
        made = done()
        axes = plot.hypervolume(made)
        (line,) = axes.lines
        trace = list(line.get_ydata())
        self.assertEqual((len(trace), trace), (30, sorted(trace)))
        self.assertAlmostEqual(trace[-1], made.hypervolume)
        point = {"top1": 0.0, "latency": 1000.0}
        (line,) = plot.hypervolume(made, reference=point).lines
        self.assertAlmostEqual(line.get_ydata()[-1],
                               made.evaluations.hypervolume(list(point.values())))
        self.assertIsNone(axes.get_legend())

    def test_runs_compared(self):
        runs = [done(seed=1), done(seed=2, reference={"top1": 50.0, "latency": 90.0}),
                done(seed=3, evaluations=20)]
        axes = plot.hypervolume(runs, labels=["a", "b", "c"])
        self.assertEqual(set(texts(axes)), {"a", "b", "c", "mean", "95 % interval"})
        *lines, mean = axes.lines
        self.assertEqual([len(one.get_xdata()) for one in lines], [30, 30, 20])
        worst = [min(run.reference["top1"] for run in runs),
                 max(run.reference["latency"] for run in runs)]
        for line, run in zip(lines, runs):
            self.assertAlmostEqual(line.get_ydata()[-1], run.evaluations.hypervolume(worst))
        last = [line.get_ydata()[19] for line in lines]
        self.assertAlmostEqual(mean.get_ydata()[-1], sum(last) / 3)
        (band,) = axes.collections
        box = band.get_paths()[0].vertices
        at_20 = sorted({y for x, y in box if x == 20})
        deviation = math.sqrt(sum((one - sum(last) / 3) ** 2 for one in last) / 2)
        self.assertAlmostEqual(at_20[-1] - at_20[0], 2 * 4.30 * deviation / math.sqrt(3), places=6)
        other = linas.Search(small(), [linas.Maximize("latency"), linas.Minimize("top1")],
                             evaluations=3)
        other.run(measure)
        with self.assertRaisesRegex(ValueError, "different objectives"):
            plot.hypervolume([runs[0], other])
        with self.assertRaisesRegex(ValueError, "no run"):
            plot.hypervolume([])

    def test_predicted(self):
        made = done(evaluations=60, initial=12, batch=3, predictor="ridge", target="raw")
        axes = plot.predicted(made, "latency")
        (dots,) = axes.collections
        rows = [one for one in made.evaluations if one.ok]
        measured = [one["latency"] for one in rows]
        points = [tuple(point) for point in dots.get_offsets()]
        first = sum(one.id < 12 for one in rows)
        self.assertEqual([x for x, _ in points], measured[first:])
        self.assertEqual(list(dots.get_array()), list(range(first + 1, len(rows) + 1)))
        predictor = linas.Predictor(made.space, model="ridge", target="raw")
        for start in (12, 15, 57):
            place = sum(one.id < start for one in rows)
            later = [one for one in rows[place:] if one.id < start + 3]
            predictor.fit([one.genome for one in rows[:place]], measured[:place])
            self.assertEqual([y for _, y in points[place - first:place - first + len(later)]],
                             list(predictor.predict([one.genome for one in later])))
        self.assertIn("latency (ms)", axes.get_title())
        (even,) = axes.lines
        self.assertEqual(list(even.get_xdata()), list(even.get_ydata()))
        other = plot.predicted(made, "latency", model="gp").collections[0].get_offsets()
        self.assertNotEqual([y for _, y in points], [y for _, y in other])
        with self.assertRaises(KeyError):
            plot.predicted(made, "energy")

    def test_predicted_from_a_journal(self):
        path = self.folder / "run.jsonl"
        with done(evaluations=40, journal=path, predictor="svr", seed=2**63 + 1) as made:
            told = plot.predicted(made).collections[0].get_offsets().tolist()
        self.assertEqual(plot.predicted(path).collections[0].get_offsets().tolist(), told)
        results = linas.open_journal(path).evaluations
        self.assertGreater(len(plot.predicted(results).collections[0].get_offsets()), 10)

    def test_quality(self):
        made = done(evaluations=60, predictor="ridge")
        axes = plot.quality(made)
        names = ["top1 (%)", "latency (ms)"]
        self.assertEqual(texts(axes), [text for name in names
                                       for text in (name, name + ", of the next 20")])
        for line in axes.lines:
            self.assertGreater(len(line.get_xdata()), 4)
            self.assertTrue(all(-1 <= tau <= 1 for tau in line.get_ydata()))
            self.assertGreater(max(line.get_ydata()), 0.5)
        rows = [one for one in made.evaluations if one.ok]
        place = axes.lines[2].get_xdata()[3]
        predictor = linas.Predictor(made.space, model="ridge")
        predictor.fit([one.genome for one in rows[:place]], [one["latency"] for one in rows[:place]])
        self.assertEqual(axes.lines[2].get_ydata()[3], predictor.quality.kendall_tau)
        told = plot.predicted(made, "latency").collections[0].get_offsets()
        next_20 = told[place - axes.lines[2].get_xdata()[0]:][:20]
        self.assertEqual(axes.lines[3].get_ydata()[3],
                         linas.metrics.kendall_tau(*zip(*next_20.tolist())))

    def test_computed_and_many(self):
        made = linas.Search(small(), [linas.Maximize("top1"), linas.Minimize(
            "latency", compute=lambda config: measure(config)["latency"])], evaluations=110,
            initial=10, batch=1)
        made.run(lambda config: {"top1": measure(config)["top1"]})
        axes = plot.quality(made, model="ridge")
        self.assertEqual(len(axes.lines), 2)
        self.assertEqual(len(axes.lines[0].get_xdata()), 40)
        self.assertNotIn("Predictor of latency", [one.get_title() for one in plot.report(made).axes])

    def test_values(self):
        made = done()
        axes = plot.values(made)
        names = [one.get_text() for one in axes.get_yticklabels()]
        self.assertEqual(names, ["ks = 3", "ks = 5", "ks = 7", "d = 2", "d = 3", "d = 4"])
        best, every = ([bar.get_width() for bar in bars] for bars in axes.containers)
        for widths in (best, every):
            self.assertAlmostEqual(sum(widths[:3]), 100)
            self.assertAlmostEqual(sum(widths[3:]), 100)
        depths = [one.config["d"] for one in made.front()]
        self.assertAlmostEqual(best[5], 100 * depths.count(4) / len(depths))
        kernels = [k for one in made.evaluations if one.ok
                   for k in one.config["ks"][:one.config["d"]]]
        self.assertAlmostEqual(every[0], 100 * kernels.count(3) / len(kernels))

    def test_outcomes(self):
        made = done()
        axes = plot.outcomes(made)
        names = [one.get_text() for one in axes.get_yticklabels()]
        widths = [bar.get_width() for bar in axes.patches]
        self.assertEqual(set(names), {"measured", "failed: too large"})
        self.assertEqual(dict(zip(names, widths))["measured"],
                         sum(one.ok for one in made.evaluations))

    def test_drift(self):
        calls = []

        def warming(config):
            calls.append(config)
            return {**measure(config), "latency": 10.0 + len(calls)}
        made = search(remeasure=5)
        made.run(warming)
        axes = plot.drift(made)
        drift = made.drift("latency")
        last = [line for line in axes.lines if line.get_marker() == "D"][1]
        self.assertAlmostEqual(last.get_ydata()[0], 100 * drift.change)
        self.assertIn("latency (ms), %d times" % drift.measurements,
                      [one.get_text() for one in axes.get_xticklabels()])
        self.assertEqual(set(texts(axes)), {"mean and deviation", "last"})
        self.assertEqual(len(plot.drift(search()).get_xticklabels()), 0)
        with self.assertRaises(TypeError):
            plot.drift(made.evaluations)

    def test_journals_and_results(self):
        path = self.folder / "run.jsonl"
        with done(journal=path, remeasure=5) as made:
            told = made.hypervolume
        for run in (path, str(path), linas.open_journal(path)):
            self.assertAlmostEqual(plot.hypervolume(run).lines[0].get_ydata()[-1], told)
        axes = plot.hypervolume([path, str(path)])
        self.assertEqual(texts(axes)[:2], ["run.jsonl", "run.jsonl"])
        results = linas.open_journal(path).evaluations
        self.assertEqual(len(plot.front(results).collections[0].get_offsets()),
                         sum(one.ok for one in results))
        best = results.front()
        self.assertEqual(len(plot.front(best).collections[0].get_offsets()), len(best))
        self.assertEqual(json.loads(path.read_text().splitlines()[0])["linas"]["seed"], 1)

    def test_empty(self):
        made = search()
        for draw in (plot.front, plot.hypervolume, plot.quality, plot.values, plot.outcomes,
                     plot.predicted):
            draw(made)
            draw(made.evaluations)

    def test_report(self):
        made = done(remeasure=5)
        figure = plot.report([made, done(seed=2)])
        titles = [one.get_title() for one in figure.axes if one.get_title()]
        self.assertEqual(titles, ["Front", "Hypervolume", "Predictor of top1 (%)",
                                  "Predictor of latency (ms)", "Quality of the predictors",
                                  "Values of good sub-networks", "Outcomes", "Spread and drift"])
        path = self.folder / "report.svg"
        figure.savefig(path)
        self.assertGreater(path.stat().st_size, 10000)
        results = plot.report(made.evaluations)
        self.assertNotIn("Spread and drift", [one.get_title() for one in results.axes])
        with self.assertRaisesRegex(ValueError, "no run"):
            plot.report([])


if __name__ == "__main__":
    unittest.main()
