# SPDX-License-Identifier: Apache-2.0
"""Results: pictures, tables, other tools' formats."""
import contextlib
import importlib
import io
import math
import sys
import types
import unittest
import xml.etree.ElementTree

import linas
from linas import _picture
from linas.imports import from_configspace, from_nni
from support import FolderTest, measure, needs, search, small

SVG = "{http://www.w3.org/2000/svg}"


def done(**settings):
    made = search(**settings)
    made.run(lambda config: measure(config) if config["ks"][0] != 7 else {"top1": math.nan,
                                                                         "latency": 1.0})
    return made


class Sequences(unittest.TestCase):
    def test_results(self):
        results = done().evaluations
        self.assertIsInstance(results[:3], linas.Results)
        self.assertEqual((len(results[:3]), results[-1].id), (3, results[29].id))
        self.assertIn("30 evaluations", repr(results))
        self.assertRegex(repr(results[0]), r"Evaluation\(0: ")
        with self.assertRaises(KeyError):
            results.front({"energy": (0, 1)})
        with self.assertRaises(KeyError):
            results.best("energy")
        with self.assertRaises(ValueError):
            results[:0].best("top1")

    def test_snapshots(self):
        made = search()
        before = made.evaluations
        made.run(measure)
        self.assertEqual((len(before), len(made.evaluations)), (0, 30))

    def test_dicts(self):
        rows = done().evaluations.to_dicts()
        self.assertEqual(list(rows[0]), ["id", "outcome", "top1", "latency", "ks[0]", "ks[1]",
                                         "ks[2]", "ks[3]", "d"])
        self.assertIn(rows[0]["d"], (2, 3, 4))

    def test_matrices(self):
        made = done()
        genomes, measures = made.evaluations.genomes, made.evaluations.measures
        self.assertEqual((genomes.shape, measures.shape), ((30, 5), (30, 2)))
        for one, genome, values in zip(made.evaluations, genomes, measures):
            self.assertEqual(tuple(genome), one.genome)
            self.assertEqual(math.isnan(values[0]), not one.ok)
            if one.ok:
                self.assertEqual(list(values), [one["top1"], one["latency"]])
        self.assertEqual(made.evaluations[:0].genomes.shape, (0, 5))
        predictor = linas.Predictor(made.space, model="ridge")
        front = made.front()
        predictor.fit(front.genomes, [row[0] for row in front.measures])

    @needs("pandas")
    def test_pandas(self):
        made = done()
        frame = made.front().to_pandas()
        self.assertEqual(len(frame), len(made.front()))
        self.assertEqual(frame["top1"].max(), made.front()[0]["top1"])
        self.assertEqual(len(linas.Results(small(), made.objectives, []).to_pandas()), 0)

    @needs("optuna")
    def test_optuna(self):
        optuna = importlib.import_module("optuna")
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        made = done()
        study = made.evaluations.to_optuna()
        self.assertEqual(len(study.trials), 30)
        self.assertEqual({tuple(trial.values) for trial in study.best_trials},
                         {(one["top1"], one["latency"]) for one in made.front()})
        shallow = next(t for t, e in zip(study.trials, made.evaluations) if e.config["d"] == 2)
        self.assertNotIn("ks[3]", shallow.params)


class Pictures(unittest.TestCase):
    def circles(self, results, kind):
        tree = xml.etree.ElementTree.fromstring(results.to_svg())
        return [one for one in tree.iter(SVG + "circle") if one.get("class") == kind]

    def test_trade_off(self):
        made = done()
        measured = [one for one in made.evaluations if one.ok]
        self.assertEqual(len(self.circles(made.evaluations, "all")), len(measured))
        front = self.circles(made.evaluations, "front")
        self.assertEqual(len(front), len(made.front()))
        self.assertIn("latency", front[0].find(SVG + "title").text)
        for one in self.circles(made.evaluations, "all"):
            self.assertTrue(0 <= float(one.get("cx")) <= 560 and 0 <= float(one.get("cy")) <= 360)

    def test_others(self):
        one = linas.Search(small(), [linas.Minimize("a<b")], evaluations=5)
        one.run(lambda config: {"a<b": float(config["d"])})
        self.assertEqual(len(self.circles(one.evaluations, "all")), 5)
        self.assertEqual(len(self.circles(one.evaluations[:0], "all")), 0)
        self.assertIn("a&lt;b", one._repr_html_())
        two = linas.Search(small(), [linas.Maximize("a"), linas.Minimize("a<b")], evaluations=5)
        two.run(lambda config: {"a": 1.0, "a<b": float(config["d"])})
        self.assertEqual(len(self.circles(two.evaluations, "all")), 5)
        self.assertEqual(done()._repr_svg_(), done().evaluations._repr_svg_())

    def test_ticks(self):
        self.assertEqual(_picture.ticks(0.0, 10.0), [0, 2, 4, 6, 8, 10])
        self.assertEqual(_picture.ticks(3.0, 3.0), [3.0])
        self.assertTrue(all(-0.03 <= tick <= 0.021 for tick in _picture.ticks(-0.03, 0.021)))


class Progress(unittest.TestCase):
    def test_bar(self):
        class Bar:
            made = []

            def __init__(self, total, unit):
                self.total, self.count = total, 0
                self.made.append(self)

            def set_postfix_str(self, text, refresh):
                self.text = text

            def update(self, step):
                self.count += step

            def close(self):
                self.closed = True
        fake = types.ModuleType("tqdm.auto")
        fake.tqdm = Bar
        before = {name: sys.modules.get(name) for name in ("tqdm", "tqdm.auto")}
        sys.modules.update({"tqdm": types.ModuleType("tqdm"), "tqdm.auto": fake})
        try:
            search().run(measure, bar=True)
            search().run(measure, bar=False)
        finally:
            for name, module in before.items():
                if module is None:
                    del sys.modules[name]
                else:
                    sys.modules[name] = module
        (bar,) = Bar.made
        self.assertEqual((bar.total, bar.count, bar.closed), (30, 30, True))
        self.assertIn("hypervolume", bar.text)


    @needs("tqdm")
    def test_tqdm(self):
        with contextlib.redirect_stderr(io.StringIO()) as shown:
            search().run(measure, bar=True)
        self.assertIn("30/30", shown.getvalue())


class Imports(FolderTest):
    def test_dynas(self):
        path = self.folder / "results.csv"
        path.write_text(
            "Sub-network,Date,Model Parameters,Latency (ms), MACs,Top-1 Acc (%)\n"
            "\"{'wid': None, 'ks': [3, 5, 3, 3], 'd': [2], 'r': [224]}\",2022-01-01,1,10.5,3,70.1\n"
            "\"{'wid': None, 'ks': [7, 7, 7, 7], 'd': [4], 'r': [224]}\",2022-01-01,1,20.5,3,72.5\n")
        objectives = {"Top-1 Acc (%)": linas.Maximize("top1", "%"),
                      "MACs": linas.Minimize("macs"),
                      "Latency (ms)": linas.Minimize("latency", "ms")}
        results = linas.read_dynas_csv(path, small(), objectives)
        self.assertEqual([one.values for one in results],
                         [{"top1": 70.1, "macs": 3, "latency": 10.5},
                          {"top1": 72.5, "macs": 3, "latency": 20.5}])
        self.assertEqual(results[0].config, {"ks": [3, 5, 3, 3], "d": 2})
        self.assertEqual(len(results.front()), 2)
        with self.assertRaisesRegex(KeyError, "Energy"):
            linas.read_dynas_csv(path, small(), {"Energy": linas.Minimize("e")})
        for bad in ("nonsense", "{'ks': [3]}", "__import__('os')", "{'ks': [9]*4, 'd': [2]}"):
            path.write_text('Sub-network,top1\n"%s",1\n' % bad)
            with self.assertRaisesRegex(ValueError, "line 2"):
                linas.read_dynas_csv(path, small(), {"top1": linas.Maximize("top1")})

    def test_nni(self):
        groups = from_nni('{"lr": {"_type": "loguniform", "_value": [0.001, 0.1]},'
                          ' "n": {"_type": "randint", "_value": [2, 5]},'
                          ' "q": {"_type": "quniform", "_value": [0, 1, 0.5]},'
                          ' "op": {"_type": "choice", "_value": ["none", {"_name": "conv",'
                          ' "k": {"_type": "choice", "_value": [3, 5]}}]}}', steps=3)
        self.assertEqual(groups["n"].values, [2, 3, 4])
        self.assertEqual(groups["q"].values, [0, 0.5, 1])
        self.assertEqual(len(groups["lr"].values), 3)
        space = linas.Space(groups)
        self.assertEqual(space.active_config((0, 0, 0, 0, 0))["op/conv/k"], None)
        self.assertEqual(space.active_config((0, 0, 0, 1, 1))["op/conv/k"], 5)
        self.assertEqual(linas.Space.from_nni({"b": {"_type": "choice", "_value": [True, 1]}})
                         .groups[0].values, ("True", "1"))
        with self.assertRaises(TypeError):
            from_nni({"x": {"_type": "normal", "_value": [0, 1]}})

    def fake_configspace(self):
        """What the package's objects look like, for machines without it."""
        def make(kind, **facts):
            return type(kind, (), facts)()
        parameters = [make("CategoricalHyperparameter", name="op", choices=("none", "conv")),
                      make("OrdinalHyperparameter", name="size", sequence=("s", "m", "l")),
                      make("UniformIntegerHyperparameter", name="k", lower=1, upper=3, log=False),
                      make("UniformFloatHyperparameter", name="lr", lower=0.01, upper=1.0, log=True),
                      make("Constant", name="one", value=1)]
        by_name = {one.name: one for one in parameters}
        equals = make("EqualsCondition", child=by_name["k"], parent=by_name["op"], value="conv")
        inside = make("InCondition", child=by_name["lr"], parent=by_name["op"], values=["conv"])
        above = make("GreaterThanCondition", child=by_name["lr"], parent=by_name["k"], value=2)
        both = make("AndConjunction", components=[inside, above])
        return types.SimpleNamespace(get_hyperparameters=lambda: parameters,
                                     conditions=[equals, both])

    def check_configspace(self, given):
        space = linas.Space.from_configspace(given, steps=3)
        by_name = {group.name: group for group in space.groups}
        self.assertEqual(by_name["k"].values, (1, 2, 3))
        self.assertEqual(by_name["size"].order, linas.Order.ORDINAL)
        self.assertEqual([round(value, 6) for value in by_name["lr"].values], [0.01, 0.1, 1.0])
        config = {"op": "conv", "size": "s", "k": 2, "lr": by_name["lr"].values[1], "one": 1}
        self.assertIsNone(space.active_config(config)["lr"])
        self.assertIsNone(space.active_config({**config, "op": "none"})["k"])
        self.assertIsNotNone(space.active_config({**config, "k": 3})["lr"])

    def test_configspace_shaped(self):
        self.check_configspace(self.fake_configspace())
        with self.assertRaisesRegex(TypeError, "Odd"):
            from_configspace(types.SimpleNamespace(
                get_hyperparameters=lambda: [type("Odd", (), {"name": "o"})()], conditions=[]))

    @needs("ConfigSpace")
    def test_configspace(self):
        given = importlib.import_module("ConfigSpace")
        space = given.ConfigurationSpace()
        op = given.CategoricalHyperparameter("op", ["none", "conv"])
        k = given.UniformIntegerHyperparameter("k", 1, 3)
        lr = given.UniformFloatHyperparameter("lr", 0.01, 1.0, log=True)
        space.add([op, k, lr, given.OrdinalHyperparameter("size", ["s", "m", "l"]),
                   given.Constant("one", 1)])
        space.add([given.EqualsCondition(k, op, "conv"),
                   given.AndConjunction(given.InCondition(lr, op, ["conv"]),
                                        given.GreaterThanCondition(lr, k, 2))])
        self.check_configspace(space)


if __name__ == "__main__":
    unittest.main()
