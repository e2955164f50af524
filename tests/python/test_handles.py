# SPDX-License-Identifier: Apache-2.0
"""Life and death of handles: closing, forks, threads, collection, what cannot be loaded."""
import gc
import logging
import multiprocessing
import os
import pickle
import subprocess
import sys
import unittest
import weakref

import linas
from support import measure, search, small


class Closing(unittest.TestCase):
    def test_block(self):
        with search() as made:
            made.run(measure)
        self.assertTrue(made.closed)
        for use in (made.front, made.ask, lambda: made.hypervolume, made.stop):
            with self.assertRaisesRegex(ValueError, "closed"):
                use()
        made.close()
        self.assertEqual(repr(made), "Search(closed)")

    def test_fronts_outlive_their_search(self):
        with search() as made:
            front = made.run(measure)
        self.assertGreater(len(front), 0)
        self.assertEqual(front[0].config["d"], 4)

    def test_space_may_go_first(self):
        space = small()
        made = search(space)
        space.close()
        del space
        gc.collect()
        made.run(measure)

    def test_collected(self):
        made = search()
        made.run(measure)
        gone = weakref.ref(made)
        del made
        self.assertIsNone(gone())

    def test_not_pickled(self):
        with self.assertRaisesRegex(TypeError, "pickled"):
            pickle.dumps(small())

    def test_errors_are_pickled(self):
        try:
            linas.preset("nothing")
        except linas.Error as error:
            again = pickle.loads(pickle.dumps(error))
        self.assertEqual((type(again), again.status), (linas.UnknownNameError,
                                                       linas.Status.UNKNOWN_NAME))


@unittest.skipUnless(hasattr(os, "fork"), "no fork on this system")
class Forks(unittest.TestCase):
    def in_child(self, work):
        child = os.fork()
        if child == 0:
            try:
                os._exit(work())
            except BaseException:  # the exit status says it
                os._exit(99)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def test_refused(self):
        made, space = search(), small()

        def work():
            refused = 0
            for use in (made.ask, made.front, space.to_json, lambda: space.sample(1)):
                try:
                    use()
                except linas.ForkError:
                    refused += 1
            made.close()
            return refused
        self.assertEqual(self.in_child(work), 4)
        made.run(measure)

    def test_new_ones_in_the_child(self):
        linas.pareto.rank([[1.0, 2.0]])
        self.assertEqual(self.in_child(lambda: len(linas.pareto.rank([[1.0], [2.0]]))), 2)

    def test_pool(self):
        """Workers of a pool measure; the search stays in the parent."""
        made = search(evaluations=12, initial=12)
        trials = made.ask(12)
        with multiprocessing.get_context("fork").Pool(2) as pool:
            for trial, measures in zip(trials, pool.map(measure, [t.config for t in trials])):
                trial.tell(measures)
        self.assertEqual(len(made.evaluations), 12)


class Loading(unittest.TestCase):
    def python(self, code, **environment):
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                              check=False, env={**os.environ, **environment})

    def test_import_needs_no_library_and_no_package(self):
        run = self.python("import sys; before = set(sys.modules); import linas\n"
                          "new = {name.split('.')[0] for name in set(sys.modules) - before}\n"
                          "print(sorted(new - set(sys.stdlib_module_names)))",
                          LINAS_LIBRARY="/nowhere/liblinas.so")
        self.assertEqual((run.stdout, run.stderr), ("['linas']\n", ""))

    def test_missing_library(self):
        run = self.python("import linas\ntry:\n linas.version()\nexcept ImportError as error:\n "
                          "print(error)", LINAS_LIBRARY="/nowhere/liblinas.so")
        self.assertIn("LINAS_LIBRARY", run.stdout)
        self.assertIn("/nowhere/liblinas.so", run.stdout)

    def test_facts(self):
        self.assertEqual(linas.version(), linas.__version__)
        self.assertIn("licence=", linas.build_info())
        self.assertTrue(linas.library_path())

    def test_nothing_at_exit(self):
        """Handles that are alive when the interpreter ends do no harm."""
        run = self.python("import linas\ns = linas.preset('bert-sst2')\n"
                          "q = linas.Search(s, [linas.Maximize('m')], evaluations=9)\n"
                          "q.run(lambda c: {'m': sum(c['intermediate_size'])})\n"
                          "import sys; sys.keep = [s, q]")
        self.assertEqual((run.returncode, run.stderr), (0, ""))

    def test_log(self):
        with self.assertLogs("linas", logging.DEBUG) as logs:
            logging.getLogger("linas").debug("that there is one")
            search().run(measure)
        self.assertTrue(logs.records)


if __name__ == "__main__":
    unittest.main()
