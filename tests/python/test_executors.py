# SPDX-License-Identifier: Apache-2.0
"""Searches on executors: threads and processes, failures, deadlines, workers that are killed."""
import functools
import os
import pathlib
import signal
import sys
import threading
import time
import types
import unittest
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from unittest import mock

import linas
from support import OBJECTIVES, FolderTest, choosy, measure, search, small


def processes(workers=2):
    return ProcessPoolExecutor(workers)


def genomes(made):
    return sorted(one.genome for one in made.evaluations)


def told(made):
    return [(one.genome, one.outcome, one.reason) for one in made.evaluations]


def once(marker):
    """Is this the first call of all processes with it?"""
    try:
        with open(marker, "x", encoding="ascii"):
            return True
    except FileExistsError:
        return False


def killed_once(marker, config):
    if config["d"] == 4 and once(marker):
        os.kill(os.getpid(), signal.SIGKILL)
    return measure(config)


def deadly(config):
    if config["ks"] == [7, 7, 7, 7]:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)  # others are at work when it strikes
    return measure(config)


def always_deadly(_config):
    os.kill(os.getpid(), signal.SIGKILL)


class AtOnce:
    """The smallest executor that can be."""

    num_workers = 1

    def submit(self, function, *arguments, **named):
        future = Future()
        try:
            future.set_result(function(*arguments, **named))
        except BaseException as error:
            future.set_exception(error)
        return future


class Run(unittest.TestCase):
    def test_same_as_without(self):
        """One worker: the same evaluations in the same order."""
        alone, made, threads = search(), search(), search()
        alone.run(measure)
        front = made.run(measure, executor=AtOnce())
        threads.run(measure, executor=ThreadPoolExecutor(1))
        self.assertEqual(made.evaluations, alone.evaluations)
        self.assertEqual(threads.evaluations, alone.evaluations)
        self.assertEqual(front, alone.front())

    def test_everything_once(self):
        """All 117 sub-networks by several workers: batch by batch, and asynchronously."""
        for settings in ({"batch": 4}, {"outstanding": 6}, {"tactic": "random", "outstanding": 6}):
            made = search(evaluations=117, **settings)
            with ThreadPoolExecutor(6) as threads:
                made.run(measure, executor=threads)
            self.assertEqual(len(set(genomes(made))), 117)
            self.assertTrue(all(one.ok for one in made.evaluations))

    def test_all_workers_have_something_to_do(self):
        meeting = threading.Barrier(5)

        def met(config):
            meeting.wait(60)
            return measure(config)
        made = search(evaluations=20, outstanding=5)
        made.run(met, executor=lambda: ThreadPoolExecutor(5))
        self.assertEqual(len(made.evaluations), 20)

    def test_no_more_than_workers(self):
        """Two at once, and a third call only when one has ended."""
        lock, running, most = threading.Lock(), [], []

        def counted(config):
            with lock:
                running.append(config)
                most.append(len(running))
            threading.Event().wait(0.01)
            with lock:
                running.pop()
            return measure(config)
        made = search(outstanding=8)
        made.run(counted, executor=lambda: ThreadPoolExecutor(8), workers=2)
        self.assertLessEqual(max(most), 2)

    def test_processes(self):
        for executor in (processes, ProcessPoolExecutor):
            made = search(evaluations=20, outstanding=2)
            made.run(measure, executor=executor, workers=2)
            self.assertEqual([one.values for one in made.evaluations],
                             [measure(one.config) for one in made.evaluations])
        with processes() as mine:
            for _ in range(2):  # it stays open
                search(evaluations=5).run(measure, executor=mine)

    def test_known(self):
        first = search(evaluations=10)
        first.run(measure)
        made = search(evaluations=40, outstanding=3)
        made.import_measurements(first.evaluations, ["top1"])
        given = []

        def knowing(config, known):
            given.append(known)
            return {name: value for name, value in measure(config).items() if name not in known}
        made.run(knowing, executor=ThreadPoolExecutor(3))
        self.assertTrue(any(given))
        self.assertEqual([one.values for one in made.evaluations],
                         [measure(one.config) for one in made.evaluations])

    def test_workers_are_known_or_said(self):
        unknown = types.SimpleNamespace(submit=AtOnce().submit)
        with self.assertRaisesRegex(ValueError, "workers="):
            search().run(measure, executor=unknown)
        with self.assertRaisesRegex(ValueError, "less than 1"):
            search().run(measure, executor=unknown, workers=0)
        made = search()
        made.run(measure, executor=unknown, workers=3)
        self.assertEqual(len(made.evaluations), 30)

    def test_ray(self):
        """The adapter, on a stand-in for Ray."""
        started = []

        def remote(function=None, **options):
            started.append(options)
            if function is None:
                return remote
            reference = types.SimpleNamespace
            return types.SimpleNamespace(remote=lambda *arguments: reference(
                future=lambda: AtOnce().submit(function, *arguments)))
        ray = types.ModuleType("ray")
        ray.is_initialized, ray.init, ray.remote = lambda: False, lambda: started.append("init"), remote
        with mock.patch.dict(sys.modules, ray=ray):
            for options in ({}, {"num_gpus": 1}):
                made = search()
                made.run(measure, executor=linas.executors.RayExecutor(**options), workers=2)
                self.assertEqual(len(made.evaluations), 30)
        self.assertEqual(started, ["init", {}, "init", {"num_gpus": 1}, {}])


class Failures(unittest.TestCase):
    def test_same_as_without(self):
        alone, made = search(evaluations=60), search(evaluations=60)
        alone.run(choosy, catch=(OSError,))
        made.run(choosy, catch=(OSError,), executor=lambda: processes(1))
        self.assertEqual(told(made), told(alone))
        self.assertEqual({one.reason for one in made.evaluations},
                         {"", "too shallow", "odd", "device away"})

    def test_attempts(self):
        tries = {}

        def flaky(config):
            key = tuple(config["ks"]), config["d"]
            tries[key] = tries.get(key, 0) + 1
            if tries[key] == 1:
                raise linas.Failed("once")
            return measure(config)
        made = search(attempts=2, outstanding=3)
        made.run(flaky, executor=ThreadPoolExecutor(3))
        self.assertTrue(all(one.ok for one in made.evaluations))
        self.assertEqual(set(tries.values()), {2})

    def test_exception_and_going_on(self):
        made = search(outstanding=4)
        calls = []

        def once_broken(config):
            calls.append(config)
            if len(calls) == 7:
                raise ZeroDivisionError("seventh")
            return measure(config)
        with ThreadPoolExecutor(4) as threads:
            with self.assertRaisesRegex(ZeroDivisionError, "seventh"):
                made.run(once_broken, executor=threads)
            self.assertTrue(made.outstanding)
            made.run(once_broken, executor=threads)
        self.assertEqual(len(set(genomes(made))), 30)

    def test_keyboard_interrupt(self):
        self.addCleanup(signal.signal, signal.SIGINT,
                        signal.signal(signal.SIGINT, signal.default_int_handler))
        made = search(outstanding=3)
        calls = []

        def interrupting(config):
            calls.append(config)
            if len(calls) == 9:
                signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            return measure(config)
        with ThreadPoolExecutor(3) as threads:
            with self.assertRaises(KeyboardInterrupt):
                made.run(interrupting, executor=threads)
                while True:  # however long the signal takes
                    threading.Event().wait(1)
            made.run(interrupting, executor=threads)
        self.assertEqual(len(set(genomes(made))), 30)

    def test_not_picklable(self):
        made = search()
        with self.assertRaises(Exception) as caught:
            made.run(lambda config: measure(config), executor=processes)
        self.assertIn("pickle", str(caught.exception))
        made.run(measure, executor=processes)
        self.assertEqual(len(made.evaluations), 30)

    def test_wrong_measures(self):
        with self.assertRaisesRegex(ValueError, "latency"):
            search().run(lambda config: {"top1": 1.0}, executor=ThreadPoolExecutor(1))

    def test_stop(self):
        made = search(outstanding=3, evaluations=100)

        def stopping(config):
            made.stop()
            return measure(config)
        made.run(stopping, executor=ThreadPoolExecutor(3))
        self.assertEqual(made.stop_reason, linas.StopReason.REQUESTED)
        self.assertEqual(made.outstanding, ())

    def test_deadline(self):
        """What is late has timed out, and its worker is busy until it returns."""
        release, stuck = threading.Event(), []
        self.addCleanup(release.set)

        def slow(config):
            if not stuck:
                stuck.append(config)
                release.wait(60)
            return measure(config)
        made = search(outstanding=2, deadline=0.5)
        made.run(slow, executor=ThreadPoolExecutor(2))
        late = [one for one in made.evaluations if one.outcome == linas.Outcome.TIMED_OUT]
        self.assertIn(stuck[0], [one.config for one in late])
        self.assertEqual(len(set(genomes(made))), 30)

    def test_every_worker_is_late(self):
        release = threading.Event()
        self.addCleanup(release.set)

        def slow(config):
            release.wait(60)
            return measure(config)
        made = search(outstanding=2, deadline=0.1)
        with self.assertRaisesRegex(BrokenExecutor, "past its deadline"):
            made.run(slow, executor=ThreadPoolExecutor(2))


class Deaths(FolderTest):
    def test_killed_worker(self):
        """A worker that dies costs nothing: its sub-network is measured by another one."""
        made = search(evaluations=60, outstanding=2)
        made.run(functools.partial(killed_once, str(self.folder / "killed")), executor=processes)
        self.assertTrue((self.folder / "killed").exists())
        self.assertEqual(len(set(genomes(made))), 60)
        self.assertTrue(all(one.ok for one in made.evaluations))

    def test_deadly_sub_network(self):
        """The one that kills its worker whenever it is measured has failed, and no other."""
        pools = []

        def counted():
            pools.append(processes(4))
            return pools[-1]
        made = search(evaluations=40, outstanding=4, tactic="random")
        made.run(deadly, executor=counted)
        failed = [one for one in made.evaluations if not one.ok]
        self.assertEqual([(one.config["ks"], one.reason) for one in failed],
                         [([7, 7, 7, 7], "its worker died")])
        self.assertEqual(len(made.evaluations), 40)
        self.assertLessEqual(len(pools), 4)

    def test_hopeless(self):
        """A function that kills every worker does not use the budget up."""
        made = search(outstanding=2)
        with self.assertRaisesRegex(BrokenExecutor, "one after the other"):
            made.run(always_deadly, executor=processes)
        self.assertLess(len(made.evaluations), 10)

    def test_an_executor_of_the_caller(self):
        made = search(outstanding=2)
        mine = processes()
        self.addCleanup(mine.shutdown)
        measuring = functools.partial(killed_once, str(self.folder / "killed"))
        with self.assertRaisesRegex(BrokenExecutor, "with a function that makes one"):
            made.run(measuring, executor=mine)
        made.run(measuring, executor=processes)
        self.assertEqual(len(set(genomes(made))), 30)

    def test_journal(self):
        """Killed workers leave a journal that goes on."""
        path = pathlib.Path(self.folder / "run.jsonl")
        with search(outstanding=2, journal=path) as made:
            made.run(functools.partial(killed_once, str(self.folder / "killed")), executor=processes)
        read = linas.open_journal(path)
        self.assertEqual(len(set(genomes(read))), 30)
        with linas.Search(small(), OBJECTIVES, evaluations=40, outstanding=3, journal=path,
                          resume=True) as again:
            again.run(measure, executor=processes)
            self.assertEqual(len(again.evaluations), 40)


if __name__ == "__main__":
    unittest.main()
