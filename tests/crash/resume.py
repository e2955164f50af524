# SPDX-License-Identifier: Apache-2.0
"""A search that is interrupted anywhere, with answers outstanding, and goes on in another build or
with another kernel of OpenBLAS, ends as the uninterrupted one. usage: resume.py CRASH [CRASH]...,
the program of host.c in several builds. Last line: N passed, N failed"""
import itertools
import os
import pathlib
import subprocess
import sys
import tempfile

CORES = ["", "Haswell", "Sandybridge", "Nehalem", "Prescott"]
STOPS = [3, 9, 14, 21]


def search(program, core, journal, stop, resume):
    env = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    env.pop("OPENBLAS_CORETYPE", None)
    if core:
        env["OPENBLAS_CORETYPE"] = core
    run = subprocess.run([program, "search", journal, str(stop), str(int(resume))], env=env,
                         capture_output=True, text=True, check=False)
    return run.returncode, run.stdout.strip(), run.stderr.strip()


def main(programs):
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        journal = str(pathlib.Path(folder) / "run.jsonl")
        whole = search(programs[0], "", journal, 10 ** 6, False)
        places = list(itertools.product(programs, CORES))
        for number, (first, second) in enumerate(itertools.product(places, places)):
            stop = STOPS[number % len(STOPS)]
            pathlib.Path(journal).unlink()
            one = search(*first, journal, stop, False)
            two = search(*second, journal, 10 ** 6, True)
            if whole[0] == one[0] == two[0] == 0 and two[1] == whole[1]:
                passed += 1
            else:
                failed += 1
                print("FAIL stop %d, %s then %s: %s, %s, %s" % (stop, first, second, whole, one, two))
    print("%d builds x %d kernels, interrupted in one and resumed in another: digest '%s'"
          % (len(programs), len(CORES), whole[1]))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
