# SPDX-License-Identifier: Apache-2.0
"""Runs the Python package's tests. usage: run.py LIBRARY|- [TEST]...
LIBRARY is the liblinas.so to load, - the one that an installed package finds by itself.
TEST is such as test_space or test_space.Making.test_preset. Last line: N passed, N failed, N skipped"""
import os
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = HERE.parents[1] / "bindings" / "python"


def main(arguments):
    if arguments[0] != "-":
        os.environ["LINAS_LIBRARY"] = str(pathlib.Path(arguments[0]).resolve())
        sys.path.insert(0, str(PACKAGE))
        os.environ["PYTHONPATH"] = str(PACKAGE)
    sys.path.insert(0, str(HERE))
    loader = unittest.TestLoader()
    if arguments[1:]:
        suite = loader.loadTestsFromNames(arguments[1:])
    else:
        suite = loader.discover(str(HERE), pattern="test_*.py")
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(suite)
    for test, why in result.skipped:
        print("skipped: %s: %s" % (test, why))
    bad = {str(test) for test, _ in result.failures + result.errors}
    passed = result.testsRun - len(bad) - len(result.skipped)
    print("%d passed, %d failed, %d skipped" % (passed, len(bad), len(result.skipped)))
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
