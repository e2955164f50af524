# SPDX-License-Identifier: Apache-2.0
"""What the package's tests share."""
import importlib.util
import pathlib
import tempfile
import unittest

import linas

ROOT = pathlib.Path(__file__).resolve().parents[2]
OBJECTIVES = [linas.Maximize("top1", "%"), linas.Minimize("latency", unit="ms")]


def have(name):
    """Is an optional package installed?"""
    return importlib.util.find_spec(name) is not None


def needs(name):
    return unittest.skipUnless(have(name), "%s is not installed" % name)


def small():
    """Kernel sizes of four layers, of which `d` exist."""
    return linas.Space({"ks": linas.Choice([3, 5, 7], count=4, active_if=linas.Depth("d", [4])),
                        "d": linas.Choice([2, 3, 4], ordered=True)})


def measure(config):
    """A deterministic measurement of `small()`."""
    used = config["ks"][:config["d"]]
    return {"top1": 60.0 + 2 * config["d"] + 0.5 * sum(used), "latency": 1.0 + sum(k * k for k in used)}


def choosy(config):
    """As `measure`, and fails in each way for some."""
    if config["d"] == 2:
        raise linas.Failed("too shallow")
    if config["d"] == 3:
        raise linas.Infeasible("odd")
    if config["ks"][0] == 7:
        raise OSError("device away")
    return measure(config)


def search(space=None, **settings):
    settings.setdefault("evaluations", 30)
    return linas.Search(space or small(), OBJECTIVES, **settings)


class FolderTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
