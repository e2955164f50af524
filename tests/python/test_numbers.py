# SPDX-License-Identifier: Apache-2.0
"""Arrays in and out, Pareto functions, metrics, predictors and the engine."""
import importlib
import math
import unittest
from array import array

import linas
from linas import arrays, metrics, pareto
from support import have, measure, needs, small

numpy = importlib.import_module("numpy") if have("numpy") else None


class Arrays(unittest.TestCase):
    def test_matrix(self):
        rows = linas.Matrix(array("i", range(6)), 2)
        self.assertEqual((rows.shape, len(rows), rows.tolist()), ((3, 2), 3, [[0, 1], [2, 3], [4, 5]]))
        self.assertEqual(rows[-1].tolist(), [4, 5])
        self.assertEqual(rows[1:].tolist(), [[2, 3], [4, 5]])
        self.assertEqual(rows[::2].tolist(), [[0, 1], [4, 5]])
        with self.assertRaises(IndexError):
            rows[3]
        rows[0][0] = 9
        self.assertEqual(rows.data[0], 9)

    def test_borrowed_without_a_copy(self):
        values = array("d", [1.0, 2.0])
        for given in (values, memoryview(values), linas.Matrix(values, 2)):
            self.assertEqual(arrays.borrow(given, "d").address, values.buffer_info()[0])
        self.assertEqual(arrays.borrow([[1, 2], (3, 4)], "i").keep.tolist(), [1, 2, 3, 4])
        self.assertEqual(arrays.borrow(memoryview(bytes(8)).cast("d"), "d").numbers, 1)
        self.assertEqual(arrays.borrow(array("f", [0.5]), "d").keep.tolist(), [0.5])

    @needs("numpy")
    def test_numpy(self):
        values = numpy.arange(6, dtype=numpy.int32).reshape(3, 2)
        self.assertEqual(arrays.borrow(values, "i").address, values.ctypes.data)
        values.setflags(write=False)
        self.assertEqual(arrays.borrow(values, "i").address, values.ctypes.data)
        turned = arrays.borrow(values.T, "i")
        self.assertEqual(turned.keep.tolist(), [[0, 2, 4], [1, 3, 5]])
        wide = arrays.borrow(values.astype(numpy.int64), "i")
        self.assertEqual((wide.numbers, wide.keep.dtype), (6, numpy.int32))
        with self.assertRaises(TypeError):
            arrays.borrow(numpy.zeros(2), "i")
        with self.assertRaises(ValueError):
            arrays.borrow(numpy.array([2**40]), "i")
        rows = small().sample(4)
        view = numpy.asarray(rows)
        self.assertEqual((view.shape, view.dtype), ((4, 5), numpy.int32))
        view[0, 0] = 2
        self.assertEqual(rows[0][0], 2)
        self.assertEqual(view.__array_interface__["data"][0], rows.data.buffer_info()[0])

    @needs("numpy")
    def test_numpy_everywhere(self):
        points = numpy.array([[1.0, 2.0], [2.0, 1.0], [2.0, 2.0]])
        self.assertEqual(numpy.asarray(pareto.rank(points)).tolist(), [0, 0, 1])
        self.assertEqual(pareto.hypervolume(points, numpy.array([3.0, 3.0])), 3.0)
        space = linas.Space({"a": linas.Choice(numpy.array([1, 2, 3]))})
        self.assertEqual(space.genome({"a": numpy.int64(2)}), (1,))
        means = numpy.empty(3)
        predictor = linas.Predictor(space, model="ridge").fit([[0], [1], [2]], points[:, 0])
        self.assertIs(predictor.predict(numpy.array([[0], [1], [2]]), out=means), means)
        self.assertEqual(means.tolist(), predictor.predict([[0], [1], [2]]).tolist())
        with self.assertRaises(ValueError):
            predictor.predict([[0]], out=means)
        with self.assertRaises(TypeError):
            predictor.predict([[0]], out=numpy.empty(1, dtype=numpy.float32))


class Pareto(unittest.TestCase):
    def test_compare(self):
        self.assertEqual(pareto.compare([1, 1], [1, 2]), -1)
        self.assertEqual(pareto.compare([1, 2], [1, 1]), 1)
        self.assertEqual(pareto.compare([1, 2], [2, 1]), 0)
        with self.assertRaises(ValueError):
            pareto.compare([1], [1, 2])

    def test_rank_and_crowding(self):
        points = [[1, 3], [2, 2], [3, 1], [3, 3]]
        self.assertEqual(pareto.rank(points).tolist(), [0, 0, 0, 1])
        self.assertEqual(pareto.crowding(points[:3]).tolist(), [math.inf, 2.0, math.inf])
        self.assertEqual((len(pareto.rank([])), len(pareto.crowding([]))), (0, 0))
        with self.assertRaises(linas.ArgumentError):
            pareto.rank([[math.nan, 1]])
        with self.assertRaises(ValueError):
            pareto.rank([[1, 2], [1]])

    def test_hypervolume(self):
        self.assertEqual(pareto.hypervolume([[1, 2], [2, 1]], [3, 3]), 3.0)
        self.assertEqual(pareto.hypervolume([], [3, 3]), 0.0)
        with self.assertRaises(ValueError):
            pareto.hypervolume([[1, 2]], [3, 3, 3])

    def test_archive(self):
        archive = pareto.Archive(2)
        archive.set_reference((5.0, 5.0))
        self.assertEqual(archive.hypervolume, 0.0)
        self.assertTrue(archive.add([2, 2], 5))
        self.assertTrue(archive.add([1, 3], 6))
        self.assertFalse(archive.add([3, 3], 7))
        self.assertTrue(archive.add([2, 1], 8))
        self.assertEqual(list(archive), [((1.0, 3.0), 6), ((2.0, 1.0), 8)])
        self.assertEqual(archive[-1], ((2.0, 1.0), 8))
        with self.assertRaises(IndexError):
            archive[2]
        with self.assertRaises(ValueError):
            archive.add([1, 2, 3])


class Predictors(unittest.TestCase):
    def setUp(self):
        self.space = small()
        self.rows = self.space.sample(60)
        self.targets = [measure(self.space.config(row))["top1"] for row in self.rows]

    def test_models(self):
        for model in ("auto", "ridge", "svr", "gp", linas.Model.RIDGE):
            with linas.Predictor(self.space, model=model, target="raw") as predictor:
                means = predictor.fit(self.rows, self.targets).predict(self.rows)
                self.assertGreater(metrics.kendall_tau(means, self.targets), 0.9)
                self.assertEqual(predictor.quality.rows, 60)
                mean, deviation = predictor.predict_with_deviation(self.rows)
                self.assertEqual((mean, len(deviation)), (means, 60))

    def test_configurations(self):
        predictor = linas.Predictor(self.space, linas.PredictorOptions(model="ridge"), seed=3)
        self.assertEqual(predictor.options.seed, 3)
        configs = [self.space.config(row) for row in self.rows]
        one = predictor.fit(configs, self.targets).predict(configs)
        self.assertEqual(one, predictor.fit(self.rows, self.targets).predict(self.rows))

    def test_saved(self):
        predictor = linas.Predictor(self.space, model="ridge").fit(self.rows, self.targets)
        again = linas.Predictor.load(self.space, predictor.save())
        self.assertEqual(predictor.predict(self.rows), again.predict(self.rows))
        with self.assertRaises(linas.FormatError):
            linas.Predictor.load(linas.Space({"a": [1, 2]}), predictor.save())

    def test_errors(self):
        predictor = linas.Predictor(self.space)
        with self.assertRaises(linas.StateError) as error:
            predictor.predict(self.rows)
        self.assertEqual(error.exception.status, linas.Status.NOT_FITTED)
        with self.assertRaises(ValueError):
            predictor.fit(self.rows, [1.0])
        with self.assertRaisesRegex(ValueError, "ridge"):
            linas.Predictor(self.space, model="tree")

    def test_own(self):
        predictor = linas.CustomPredictor(self.space, lambda genomes, targets: None,
                                          lambda genomes: [float(sum(row)) for row in genomes])
        predictor.fit(self.rows, self.targets)
        self.assertEqual(list(predictor.predict(self.rows)), [float(sum(row)) for row in self.rows])
        wrong = linas.CustomPredictor(self.space, lambda genomes, targets: None, lambda genomes: [])
        wrong.fit(self.rows, self.targets)
        with self.assertRaisesRegex(ValueError, "0 predictions"):
            wrong.predict(self.rows)
        with self.assertRaises(NotImplementedError):
            predictor.save()

    def test_metrics(self):
        self.assertEqual(metrics.rmse([1, 2], [1, 4]), math.sqrt(2))
        self.assertEqual(metrics.mape([1, 2], [1, 4]), 50)
        self.assertAlmostEqual(metrics.spearman([1, 2, 3], [3, 2, 1]), -1)
        self.assertTrue(math.isnan(metrics.kendall_tau([], [])))
        with self.assertRaises(ValueError):
            metrics.rmse([1], [1, 2])


class Engine(unittest.TestCase):
    def evaluate(self, space, rows):
        values = [measure(space.config(row)) for row in rows]
        return [[-one["top1"], one["latency"]] for one in values]

    def test_generations(self):
        space = small()
        engine = linas.NSGA2(space, linas.NSGA2Options(population=10, seed=2, mutation="step"))
        engine.seed([{"ks": [3, 3, 3, 3], "d": 2}])
        rows = engine.ask()
        self.assertEqual(rows[0].tolist(), [0, 0, 0, 0, 0])
        self.assertEqual(rows, engine.ask())
        engine.tell(self.evaluate(space, rows))
        self.assertEqual((engine.generation, len(engine), engine.population), (1, 10, 10))
        state = engine.save()
        rows = engine.ask()
        other = linas.NSGA2(space, linas.NSGA2Options(population=10, seed=2, mutation="step"))
        other.load(state)
        self.assertEqual(other.ask(), rows)
        best = engine.individuals()[0]
        self.assertEqual((best.rank, len(best.objectives)), (0, 2))
        with self.assertRaises(linas.FormatError):
            other.load(b"nonsense")

    def test_constraints(self):
        engine = linas.NSGA2(small(), linas.NSGA2Options(population=6, constraints=1))
        rows = engine.ask()
        with self.assertRaises(ValueError):
            engine.tell(self.evaluate(small(), rows), [[0.0]])
        engine.tell(self.evaluate(small(), rows), [[0.0]] * len(rows))
        self.assertEqual(len(engine), 6)

    def test_reference_directions(self):
        space = small()
        engine = linas.NSGA2(space, linas.NSGA2Options(population=10, objectives=3,
                                                       survival="reference", divisions=2))
        for _ in range(3):
            rows = [space.config(row) for row in engine.ask()]
            engine.tell([[-one["top1"], one["latency"], abs(one["top1"] - 70)]
                         for one in map(measure, rows)])
        self.assertEqual(len(engine), 10)
        self.assertLessEqual(max(one.crowding for one in engine.individuals()), 0.0)
        with self.assertRaises(linas.ArgumentError):
            linas.NSGA2(space, linas.NSGA2Options(survival="reference", objectives=3, divisions=2**31))


if __name__ == "__main__":
    unittest.main()
