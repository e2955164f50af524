# SPDX-License-Identifier: Apache-2.0
"""Searches on a Dask cluster of processes: the demo's super-network, and a worker that is killed."""
import csv
import functools
import os
import signal
import tempfile
import unittest

import linas
from support import ROOT, FolderTest, measure, needs, search

WORKERS = 3
# Latency and accuracy of the demo's super-network: a part of it, all of which was measured.
SPACE = ('{"ks":{"count":3,"vars":[3,5],"ordered":true},'
         '"e":{"count":6,"vars":[1,6],"ordered":true,"active_if":{"variable":"d","stages":[2,2,2]}},'
         '"d":{"count":3,"vars":[1,2,3],"ordered":true}}')
OBJECTIVES = [linas.Maximize("accuracy", "%"), linas.Minimize("latency", "us")]
REFERENCE = {"accuracy": 84.0, "latency": 160.0}
BEST = 920.52  # hypervolume of the exact front


@functools.lru_cache(None)
def table():
    with open(ROOT / "bench" / "data" / "fashion.csv", newline="", encoding="ascii") as file:
        rows = list(csv.reader(file))[1:]
    return {tuple(map(int, row[:12])): (float(row[12]), float(row[13])) for row in rows}


def look_up(config):
    """Expansions of layers that are not there stand as 1 in the table."""
    e = [one if slot % 2 == 0 or config["d"][slot // 2] > 1 else 1
         for slot, one in enumerate(config["e"])]
    accuracy, latency = table()[tuple(config["ks"] + e + config["d"])]
    return {"accuracy": accuracy, "latency": latency}


def killed_in(folder, config):
    """The first three workers that come here for the deepest sub-networks die."""
    if config["d"] == 4:
        for number in range(3):
            try:
                with open(os.path.join(folder, str(number)), "x", encoding="ascii"):
                    os.kill(os.getpid(), signal.SIGKILL)
            except FileExistsError:
                pass
    return measure(config)


@needs("distributed")
class OnDask(FolderTest):
    def setUp(self):
        super().setUp()
        import dask
        import distributed
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        settings = {"distributed.scheduler.allowed-failures": 5, "temporary-directory": folder.name}
        self.entered(dask.config.set(settings))
        self.cluster = self.entered(distributed.LocalCluster(
            n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address=None,
            silence_logs=50))
        self.client = self.entered(distributed.Client(self.cluster))

    def entered(self, manager):
        """unittest has it from Python 3.11 on."""
        value = manager.__enter__()
        self.addCleanup(manager.__exit__, None, None, None)
        return value

    def test_demo(self):
        """As good as without, and every sub-network was measured once."""
        shares = []
        for executor in (None, self.client.get_executor()):
            made = linas.Search(linas.Space.from_json(SPACE), OBJECTIVES, evaluations=150,
                                outstanding=WORKERS, reference=REFERENCE)
            made.run(look_up, **({"executor": executor, "workers": WORKERS} if executor else {}))
            self.assertEqual(len({one.genome for one in made.evaluations}), 150)
            self.assertTrue(all(one.ok for one in made.evaluations))
            shares.append(made.hypervolume / BEST)
        print("demo: %.4f of the best hypervolume here, %.4f on Dask" % tuple(shares))
        self.assertGreater(min(shares), 0.98)

    def test_killed_workers(self):
        """What a killed worker was measuring is measured by another one."""
        made = search(evaluations=60, outstanding=WORKERS)
        made.run(functools.partial(killed_in, str(self.folder)), executor=self.client.get_executor(),
                 workers=WORKERS)
        self.assertEqual(len(os.listdir(self.folder)), 3)
        self.assertEqual(len({one.genome for one in made.evaluations}), 60)
        self.assertTrue(all(one.ok for one in made.evaluations))


if __name__ == "__main__":
    unittest.main()
