# SPDX-License-Identifier: Apache-2.0
"""Searches from Python: run, ask and tell, exceptions, journals, progress."""
import functools
import json
import signal
import threading
import time
import unittest

import linas
from support import OBJECTIVES, FolderTest, choosy, measure, search, small


class Run(unittest.TestCase):
    def test_front(self):
        made = search(evaluations=117, tactic="random")
        front = made.run(measure)
        self.assertEqual(made.stop_reason, linas.StopReason.EVALUATIONS)
        self.assertEqual(len(made.evaluations), 117)
        everything = [measure(small().config(row)) for row in small().sample(200)]
        best = max(one["top1"] for one in everything)
        self.assertEqual(front[0]["top1"], best)
        self.assertEqual(front, made.evaluations.front())
        self.assertEqual(sorted(front, key=lambda one: -one["top1"]), list(front))
        self.assertEqual(front.best("latency")["latency"],
                         min(one["latency"] for one in everything))

    def test_same_seed_same_search(self):
        one, other, third = search(seed=5), search(seed=5), search(seed=6)
        for made in (one, other, third):
            made.run(measure)
        self.assertEqual(one.evaluations, other.evaluations)
        self.assertNotEqual(one.evaluations, third.evaluations)
        self.assertEqual(one.hypervolume, other.hypervolume)
        self.assertEqual(set(one.reference), {"top1", "latency"})

    def test_hypervolume(self):
        made = search()
        self.assertIsNone(made.reference)
        made.run(measure)
        point = [made.reference["top1"], made.reference["latency"]]
        self.assertAlmostEqual(made.hypervolume, made.evaluations.hypervolume(point))

    def test_failures(self):
        made = search(evaluations=60)
        made.run(choosy, catch=(OSError,))
        reasons = {one.reason for one in made.evaluations}
        self.assertEqual(reasons, {"", "too shallow", "odd", "device away"})
        self.assertEqual({one.outcome.name for one in made.evaluations},
                         {"OK", "FAILED", "INFEASIBLE"})
        self.assertTrue(all(one.config["d"] == 4 for one in made.front()))

    def test_exception_and_going_on(self):
        made = search()
        whole = search()
        whole.run(measure)
        seen = []

        def once_broken(config):
            seen.append(config)
            if len(seen) == 7:
                raise ZeroDivisionError("seventh")
            return measure(config)
        with self.assertRaisesRegex(ZeroDivisionError, "seventh"):
            made.run(once_broken)
        self.assertEqual(len(made.outstanding), 1)
        made.run(once_broken)
        self.assertEqual(seen[6], seen[7])
        self.assertEqual(made.evaluations, whole.evaluations)

    def test_keyboard_interrupt(self):
        # A shell's background jobs start with SIGINT ignored.
        self.addCleanup(signal.signal, signal.SIGINT,
                        signal.signal(signal.SIGINT, signal.default_int_handler))
        made = search()

        def interrupted(config):
            if len(made.evaluations) == 5:
                signal.raise_signal(signal.SIGINT)
            return measure(config)
        with self.assertRaises(KeyboardInterrupt):
            made.run(interrupted)
        self.assertEqual(len(made.evaluations), 5)

    def test_interrupted_between_ask_and_its_result(self):
        """What the library handed out is not lost when the call around it is cut short."""
        made = search()
        ask = made._ask

        def interrupted(*arguments):
            ask(*arguments)
            raise KeyboardInterrupt
        made._ask = interrupted
        with self.assertRaises(KeyboardInterrupt):
            made.ask()
        made._ask = ask
        self.assertEqual([trial.id for trial in made.outstanding], [0])
        self.assertEqual(next(iter(made)).id, 0)

    def test_interrupted_between_tell_and_its_result(self):
        """What the library recorded is not measured again."""
        made = search()
        tell = made._tell

        def interrupted(*arguments):
            tell(*arguments)
            raise KeyboardInterrupt
        made._tell = interrupted
        with self.assertRaises(KeyboardInterrupt):
            made.run(measure)
        made._tell = tell
        self.assertEqual(made.outstanding, ())
        made.run(measure)
        self.assertEqual(len(made.evaluations), 30)

    def test_wrong_measures(self):
        for wrong, message in (({"top1": 1.0}, "latency"),
                               ({"top1": 1.0, "latency": 2.0, "energy": 3.0}, "energy")):
            made = search()
            with self.assertRaisesRegex(ValueError, message):
                made.run(lambda config, wrong=wrong: wrong)

    def test_options(self):
        options = linas.SearchOptions(evaluations=12, tactic=linas.Tactic.NSGA2, population=4)
        self.assertEqual(len(search(options=options, evaluations=12).run(measure)) > 0, True)
        made = search(options=options, seed=9)
        self.assertEqual((made.options.seed, made.options.population), (9, 4))
        with self.assertRaisesRegex(ValueError, "nothing"):
            search(tactic="nothing")
        with self.assertRaises(TypeError):
            search(unknown=1)
        with self.assertRaises(linas.ArgumentError):
            search(evaluations=0)
        with self.assertRaises(linas.ArgumentError):
            linas.Search(small(), [])
        with self.assertRaises(linas.ArgumentError):
            linas.Search(small(), [OBJECTIVES[0], OBJECTIVES[0]])

    def test_every_option_reaches_the_library(self):
        options = linas.SearchOptions(
            tactic="nsga2", seed=2**64 - 1, evaluations=2**40, seconds=1.5, initial=3, batch=4,
            population=6, generations=7, predictor="gp", target="rank", stagnation=8,
            max_failures=9, stagnation_gain=0.25, resume=True, journal="some/where",
            sync_every=10, attempts=11, remeasure=12, drift_limit=0.5,
            survival="reference", deadline=13.5, outstanding=14)
        values = options._as_c()
        self.assertEqual([getattr(values, name) for name in vars(options)],
                         [1, 2**64 - 1, 2**40, 1.5, 3, 4, 6, 7, 4, 3, 8, 9, 0.25, 1, b"some/where",
                          10, 11, 12, 0.5, 1, 13.5, 14])

    def test_import(self):
        first = search(evaluations=30)
        first.run(measure)
        whole = search(evaluations=10)
        self.assertEqual(whole.import_measurements(first.evaluations), 30)
        self.assertEqual(whole.imported, 30)
        self.assertEqual(list(whole.evaluations), list(first.evaluations))
        self.assertEqual(whole.front(), first.front())
        whole.run(measure)
        self.assertEqual(len(whole.evaluations), 40)
        self.assertEqual(len({one.genome for one in whole.evaluations}), 40)
        with self.assertRaises(linas.StateError):
            whole.import_measurements(first.evaluations)

    def test_import_of_one_objective(self):
        first, spared = search(evaluations=60), 0
        first.run(measure)
        made = search(evaluations=30)
        self.assertEqual(made.import_measurements(first.evaluations, ["top1"]), 0)
        for trial in made:
            measures = measure(trial.config)
            self.assertIn(list(trial.known), ([], ["top1"]))
            for name, value in trial.known.items():
                self.assertEqual(measures.pop(name), value)
                spared += 1
            trial.tell(measures)
        self.assertGreaterEqual(spared, 20)
        self.assertTrue(all(one.values == measure(one.config) for one in made.evaluations))
        with self.assertRaises(ValueError):
            search().ask()[0].tell(latency=1.0)

    def test_run_with_what_is_known(self):
        first = search(evaluations=60)
        first.run(measure)
        spared = []

        def thrifty(config, known):
            spared.extend(known)
            self.assertEqual(known, {name: measure(config)[name] for name in known})
            return {name: value for name, value in measure(config).items() if name not in known}
        whole, made = search(), search()
        for one in (whole, made):
            one.import_measurements(first.evaluations, ["top1"])
        whole.run(measure)
        made.run(thrifty)
        self.assertGreaterEqual(len(spared), 20)
        self.assertEqual(set(spared), {"top1"})
        self.assertEqual(made.evaluations, whole.evaluations)

    def test_who_is_told_what_is_known(self):
        """Those with a parameter of that name that can be given by name, and no others."""
        class Device:
            def __call__(self, config, *, known=None):
                told.append(known)
                return measure(config)

            def measure(self, config, known={}):
                return self(config, known=known)
        told = []
        for asked in (Device(), Device().measure,
                      functools.partial(Device().measure, known={"top1": 3.0})):
            search(evaluations=2).run(asked)
        self.assertEqual(told, [{}] * 6)
        for unasked in (measure, lambda config, times=3: measure(config),
                        lambda *known: measure(*known), lambda config, **known: measure(config),
                        lambda known, /: measure(known)):
            search(evaluations=2).run(unasked)
        with self.assertRaises(ValueError):  # dict has no signature
            search(evaluations=2).run(dict)

    def test_import_of_pairs(self):
        made = search()
        config = small().config([0] * small().variables)
        self.assertEqual(made.import_measurements([(config, measure(config))]), 1)
        self.assertEqual(made.evaluations[0].values, measure(config))
        genome = [1] * small().variables
        self.assertEqual(made.import_measurements([(genome, {"top1": 3, "energy": 7})]), 0)
        with self.assertRaises(ValueError):
            made.import_measurements([([0], {"top1": 3})])
        with self.assertRaises(linas.Error):
            made.import_measurements([(genome, {"top1": 3})], ["energy"])

    def test_limits(self):
        objectives = [linas.Maximize("top1"), linas.Minimize("latency", at_most=60.0)]
        made = linas.Search(small(), objectives, evaluations=60)
        front = made.run(measure)
        self.assertTrue(front and all(one["latency"] <= 60 for one in front))
        wide = made.evaluations.front({"latency": (None, 100)})
        self.assertGreater(wide[0]["latency"], 60)
        self.assertEqual(front, made.evaluations.front())

    def test_least_infeasible(self):
        objectives = [linas.Maximize("top1"), linas.Minimize("latency", at_most=1.0)]
        made = linas.Search(small(), objectives, evaluations=200)
        self.assertEqual(len(made.run(measure)), 0)
        self.assertEqual(made.least_infeasible()["latency"], 1.0 + 9 + 9)

    def test_attempts_and_drift(self):
        calls = []

        def warming(config):
            calls.append(config)
            if len(calls) == 3:
                raise linas.TimedOut("slow")
            return {**measure(config), "latency": float(len(calls))}
        made = search(attempts=2, remeasure=5, drift_limit=0.5)
        with self.assertLogs("linas", "WARNING"):
            made.run(warming)
        self.assertTrue(all(one.ok for one in made.evaluations))
        drift = made.drift("latency")
        self.assertGreater(drift.measurements, 2)
        self.assertTrue(drift.exceeded)
        self.assertEqual((drift.id, drift.first), (0, 1.0))
        with self.assertRaises(KeyError):
            made.drift("energy")

    def test_asynchronous(self):
        made = search(outstanding=5, evaluations=60)
        out = made.ask(100)
        self.assertEqual(len(out), 5)
        while out:
            trial = out.pop(len(out) // 2)
            trial.tell(measure(trial.config))
            self.assertTrue(trial.told)
            new = made.ask(100)
            self.assertLessEqual(len(new), 1)
            out += new
        self.assertEqual(len(made.evaluations), 60)
        self.assertEqual(len({one.genome for one in made.evaluations}), 60)

    def test_lost_workers(self):
        made = search(outstanding=3, deadline=1e-3, attempts=1000, remeasure=4)
        lost, other = made.ask(2)
        lost.give_back()
        self.assertEqual(made.outstanding, (other,))
        with self.assertRaises(linas.StateError):
            lost.give_back()
        for trial in made.ask(1):
            self.assertEqual(trial.id, lost.id)
            trial.tell(measure(trial.config))
        late = made.ask(1)[0]
        for _ in range(2):
            time.sleep(0.005)
            made.ask(0)
        self.assertFalse(late.told)  # it may still be answered
        late.tell(measure(late.config))
        self.assertTrue(late.told)
        made = search(outstanding=3, deadline=1e-3)
        slow = made.ask(1)[0]
        time.sleep(0.005)
        made.ask(0)
        self.assertTrue(slow.told)
        self.assertEqual([one.outcome for one in made.evaluations], [linas.Outcome.TIMED_OUT])

    def test_reference(self):
        made = search(reference={"top1": 0.0, "latency": 1000.0})
        self.assertEqual(made.reference, {"top1": 0.0, "latency": 1000.0})
        with self.assertRaises(ValueError):
            search(reference={"top1": 0.0})


class AskAndTell(unittest.TestCase):
    def test_loop(self):
        made = search()
        for trial in made:
            self.assertEqual(trial["d"], trial.config["d"])
            self.assertFalse(trial.told)
            trial.tell(**measure(trial.config))
            self.assertTrue(trial.told)
        self.assertEqual(len(made.evaluations), 30)
        other = search()
        other.run(measure)
        self.assertEqual(made.evaluations, other.evaluations)

    def test_any_order(self):
        made = search(initial=10)
        trials = made.ask(6)
        self.assertEqual([trial.id for trial in trials], list(range(6)))
        for trial in reversed(trials):
            trial.tell(measure(trial.config))
        self.assertEqual([one.id for one in made.evaluations], [5, 4, 3, 2, 1, 0])
        with self.assertRaises(linas.StateError):
            trials[0].tell(top1=1.0, latency=2.0)
        with self.assertRaises(linas.StateError):
            made.tell(99, {"top1": 1.0, "latency": 2.0})

    def test_forgotten(self):
        made = search(initial=3, batch=1)
        with self.assertRaisesRegex(linas.StateError, "trial 0"):
            for _ in made:
                pass

    def test_outcomes(self):
        made = search()
        one, two, three, four, five = made.ask(5)
        one.fail("why\0not")
        two.infeasible()
        three.time_out("slow")
        four.cancel("the power went")
        five.tell(top1=float("nan"), latency=1.0)
        self.assertEqual([(e.outcome.name, e.reason) for e in made.evaluations][:4],
                         [("FAILED", "why not"), ("INFEASIBLE", ""), ("TIMED_OUT", "slow"),
                          ("CANCELLED", "the power went")])
        self.assertEqual(made.evaluations[4].outcome, linas.Outcome.FAILED)
        with self.assertRaises(linas.StateError) as nothing:
            made.least_infeasible()
        self.assertEqual(nothing.exception.status, linas.Status.NOTHING_MEASURED)
        self.assertEqual(len(made.front()), 0)
        self.assertEqual(repr(made.front()), "Front(0)")

    def test_stop(self):
        made = search()
        threading.Thread(target=made.stop).start()
        for trial in made:
            trial.tell(**measure(trial.config))
        self.assertIn(made.stop_reason, (linas.StopReason.REQUESTED,
                                         linas.StopReason.EVALUATIONS))
        self.assertTrue(made.stop_text)

    def test_threads_share_a_search(self):
        made = search(evaluations=200, space=linas.preset("bert-sst2"), tactic="random")

        def work():
            while True:
                trials = made.ask()
                if not trials:
                    return
                trials[0].tell(top1=float(trials[0].id), latency=1.0)
        workers = [threading.Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertEqual(sorted(one.id for one in made.evaluations), list(range(200)))
        self.assertTrue(all(one["top1"] == one.id for one in made.evaluations))


class Callbacks(unittest.TestCase):
    def test_progress(self):
        seen = []
        made = search(progress=seen.append)
        made.run(measure)
        self.assertEqual([one.evaluations for one in seen], list(range(1, 31)))
        self.assertEqual(seen[-1].budget, 30)
        self.assertEqual(seen[-1].hypervolume, made.hypervolume)
        self.assertEqual(len(seen[-1].qualities), 2)
        self.assertGreater(seen[-1].qualities[0].rows, 0)

    def test_progress_raises(self):
        class Enough(BaseException):
            pass

        def progress(now):
            if now.evaluations == 4:
                raise Enough
        made = search(progress=progress)
        with self.assertRaises(Enough):
            made.run(measure)
        self.assertEqual(len(made.evaluations), 4)
        made.run(measure)
        self.assertEqual(len(made.evaluations), 30)

    def computed(self, **how):
        return linas.Search(small(), [linas.Maximize("top1"), linas.Minimize("latency", **how)],
                            evaluations=40)

    def test_computed(self):
        def latency(config):
            return measure(config)["latency"]

        def latencies(genomes):
            return [latency(small().config(row)) for row in genomes]
        one, other = self.computed(compute=latency), self.computed(compute_rows=latencies)
        for made in (one, other):
            made.run(lambda config: {"top1": measure(config)["top1"]})
        self.assertEqual(one.evaluations, other.evaluations)
        self.assertTrue(all(e["latency"] == latency(e.config) for e in one.evaluations))

    def test_computed_raises(self):
        made = self.computed(compute=lambda config: 1 / 0)
        with self.assertRaises(ZeroDivisionError):
            made.run(measure)
        made = self.computed(compute_rows=lambda genomes: [1.0])
        with self.assertRaises(ValueError):
            made.run(lambda config: {"top1": 1.0})

    def test_own_predictor(self):
        calls = []

        def fit(genomes, targets):
            calls.append((genomes.shape, len(targets)))

        def predict(genomes):
            return [float(sum(row)) for row in genomes], [1.0] * len(genomes)
        space = small()
        made = search(space, predictors={"top1": linas.CustomPredictor(space, fit, predict),
                                         "latency": linas.Predictor(space, model="ridge")})
        made.run(measure)
        self.assertTrue(calls and calls[0][0][1] == 5)
        with self.assertRaises(KeyError):
            search(predictors={"energy": linas.Predictor(space)})

    def test_own_predictor_raises(self):
        def broken(genomes, targets):
            raise LookupError("no fit")
        space = small()
        made = search(space, predictors={"top1": linas.CustomPredictor(space, broken, broken)})
        with self.assertRaisesRegex(LookupError, "no fit"):
            made.run(measure)

    def test_feasible_travels(self):
        space = linas.Space({"a": [1, 2, 3], "b": [1, 2, 3]},
                            feasible=lambda config: config["a"] != config["b"])
        made = linas.Search(space, [linas.Maximize("m")], evaluations=20)
        made.run(lambda config: {"m": config["a"] * config["b"]})
        self.assertEqual(len(made.evaluations), 6)
        self.assertEqual(made.stop_reason, linas.StopReason.EXHAUSTED)


class Journals(FolderTest):
    def test_write_read_resume(self):
        path = self.folder / "run.jsonl"
        whole = search()
        whole.run(measure)
        with search(journal=path) as made:
            for trial in made:
                trial.tell(**measure(trial.config))
                if trial.id == 9:
                    break
            with self.assertRaises(linas.JournalError) as locked:
                search(journal=path, resume=True)
            self.assertEqual(locked.exception.status, linas.Status.LOCKED)
            self.assertIsInstance(locked.exception, OSError)
        again = search(journal=path, resume=True)
        self.assertEqual(len(again.evaluations), 10)
        again.run(measure)
        self.assertEqual(again.evaluations, whole.evaluations)
        again.close()
        read = linas.open_journal(path)
        self.assertEqual(read.evaluations, whole.evaluations)
        self.assertEqual(read.front(), whole.front())
        self.assertEqual(read.space, whole.space)
        self.assertEqual(read.hypervolume, whole.hypervolume)
        self.assertEqual([one.label for one in read.objectives], ["top1 (%)", "latency (ms)"])
        self.assertEqual([one.maximize for one in read.objectives], [True, False])
        self.assertEqual(read.header["seed"], 1)

    def test_storage(self):
        storage = linas.MemoryStorage()
        whole = search()
        whole.run(measure)
        with search(storage=storage) as made:
            for trial in made:
                trial.tell(**measure(trial.config))
                if trial.id == 9:
                    break
            made.sync()
        with search(storage=storage, resume=True) as again:
            again.run(measure)
            self.assertEqual(again.evaluations, whole.evaluations)
        read = linas.Journal.from_storage(linas.MemoryStorage(bytes(storage.data)))
        self.assertEqual(read.evaluations, whole.evaluations)

    def test_storage_raises(self):
        class Full(linas.MemoryStorage):
            def append(self, data):
                if b'"evaluation"' in data:
                    raise OSError("full")
                super().append(data)
        with self.assertRaisesRegex(OSError, "full"):
            search(storage=Full()).run(measure)

    def test_limits_of_a_journal(self):
        path = self.folder / "run.jsonl"
        objectives = [linas.Maximize("top1"), linas.Minimize("latency", at_most=60.0)]
        with linas.Search(small(), objectives, evaluations=40, journal=path) as made:
            made.run(measure)
        read = linas.open_journal(path)
        self.assertEqual(read.objectives[1].at_most, 60.0)
        self.assertEqual(read.front(), read.evaluations.front())

    def test_bad_journals(self):
        with self.assertRaises(linas.JournalError):
            linas.open_journal(self.folder / "none")
        path = self.folder / "bad.jsonl"
        path.write_text(json.dumps({"linas": {}}) + "\n")
        with self.assertRaises(linas.FormatError):
            linas.open_journal(path)
        with search(journal=self.folder / "one.jsonl") as made:
            made.run(measure)
        with self.assertRaises(linas.FormatError) as wrong:
            search(journal=self.folder / "one.jsonl", resume=True, seed=2)
        self.assertEqual(wrong.exception.status, linas.Status.MISMATCH)


if __name__ == "__main__":
    unittest.main()
