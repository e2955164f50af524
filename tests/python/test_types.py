# SPDX-License-Identifier: Apache-2.0
"""Type hints and docstrings: mypy --strict on the package and on a program that uses it."""
import inspect
import os
import pathlib
import pkgutil
import shutil
import subprocess
import tempfile
import unittest

import linas

PACKAGE = pathlib.Path(linas.__file__).parent
PROGRAM = '''
import linas
from typing import Dict


def measure(config: linas.Config) -> Dict[str, float]:
    return {"top1": float(config["d"]), "latency": 1.0}


def missing(config: linas.Config, known: Dict[str, float]) -> Dict[str, float]:
    return {"latency": 1.0} if "top1" in known else measure(config)


space = linas.Space({"ks": linas.Choice([3, 5, 7], count=20), "d": [2, 3, 4]})
with linas.Search(space, [linas.Maximize("top1"), linas.Minimize("latency", unit="ms")],
                  evaluations=200, seed=1) as search:
    front: linas.Front = search.run(measure)
    search.run(missing)
    linas.plot.front(front).figure.savefig("front.svg")
    for trial in search:
        trial.tell(top1=1.0, latency=2.0)
reveal_type(front[0])
reveal_type(front[0]["top1"])
reveal_type(search.stop_reason)
reveal_type(space.sample(3))
'''


class Types(unittest.TestCase):
    def mypy(self, *words):
        with tempfile.TemporaryDirectory() as cache:
            environment = {name: value for name, value in os.environ.items()
                           if name != "PYTHONPATH"}
            environment["MYPYPATH"] = str(PACKAGE.parent)
            return subprocess.run(["mypy", "--strict", "--cache-dir", cache, *map(str, words)],
                                  capture_output=True, text=True, check=False, env=environment)

    @unittest.skipUnless(shutil.which("mypy"), "mypy is not installed")
    def test_strict(self):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "program.py"
            program.write_text(PROGRAM)
            run = self.mypy(program)
            wrong = pathlib.Path(folder) / "wrong.py"
            wrong.write_text("import linas\nlinas.Maximize(3)\nlinas.preset('a').sample('b')\n")
            bad = self.mypy(wrong)
        self.assertEqual(run.returncode, 0, run.stdout)
        self.assertEqual([line.split('"')[1] for line in run.stdout.splitlines()
                          if "Revealed" in line],
                         ["linas.results.Evaluation", "builtins.float", "linas._abi.StopReason",
                          "linas.arrays.Matrix"])
        self.assertIn("Found 2 errors", bad.stdout)

    @unittest.skipUnless(shutil.which("mypy"), "mypy is not installed")
    def test_package(self):
        run = self.mypy(PACKAGE)
        self.assertEqual(run.returncode, 0, run.stdout)

    def test_marker(self):
        self.assertTrue((PACKAGE / "py.typed").exists())

    def test_docstrings(self):
        """Every public module, class, function, method and property has one."""
        missing = []
        for info in pkgutil.iter_modules([str(PACKAGE)]):
            module = __import__("linas." + info.name, fromlist=["_"])
            if not module.__doc__:
                missing.append(info.name)
            if info.name.startswith("_"):
                continue
            for name, thing in vars(module).items():
                if getattr(thing, "__module__", None) != module.__name__ or name.startswith("_"):
                    continue
                missing += self.undocumented("%s.%s" % (info.name, name), thing)
        self.assertEqual(missing, [])

    def undocumented(self, name, thing):
        if not inspect.isclass(thing) and not inspect.isfunction(thing):
            return []
        missing = [] if thing.__doc__ else [name]
        for member, value in vars(thing).items() if inspect.isclass(thing) else ():
            function = value.fget if isinstance(value, property) else \
                getattr(value, "__func__", value)
            if inspect.isfunction(function) and not member.startswith("_") and \
                    not function.__doc__:
                missing.append("%s.%s" % (name, member))
        return missing


if __name__ == "__main__":
    unittest.main()
