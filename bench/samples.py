#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sample efficiency: tactics x problems x seeds, as a table, as JSON lines and as a picture.

Every figure is the hypervolume of the measured front as a share of the best known front's
hypervolume. Runs are independent processes of build/bench/samples, one at a time per core.
"""
import argparse
import concurrent.futures
import json
import math
import os
import subprocess
import sys

MARKS = [50, 75, 100, 150, 200, 250, 500]
LEVELS = [500, 2000]  # of NSGA-II, to be reached
CURVE = [20, 30, 40, 50, 60, 75, 100, 125, 150, 175, 200, 225, 250, 300, 350, 400, 450, 500,
         1000, 2000]
# Two-sided 95 % quantiles of Student's t for 1, 2, ... degrees of freedom.
STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179,
           2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064,
           2.060, 2.056, 2.052, 2.048, 2.045, 2.042]
BUDGETS = {"linas": 250, "nsga2": 2000, "random": 2000}


def mean(values):
    return sum(values) / len(values)


def half_interval(values):
    """Half the width of the 95 % confidence interval of the mean."""
    n = len(values)
    if n < 2:
        return math.nan
    centre = mean(values)
    deviation = math.sqrt(sum((v - centre) ** 2 for v in values) / (n - 1))
    quantile = STUDENT[n - 2] if n - 2 < len(STUDENT) else 1.96
    return quantile * deviation / math.sqrt(n)


def command(options, problem, tactic, seed):
    budget = options.evaluations or BUDGETS[tactic]
    marks = ",".join(str(m) for m in CURVE if m <= budget)
    words = [options.program, "--problem", problem, "--tactic", tactic, "--seed", str(seed),
             "--evaluations", str(budget), "--data", options.data, "--marks", marks]
    for name in ("batch", "initial", "predictor", "target"):
        if getattr(options, name):
            words += ["--" + name, str(getattr(options, name))]
    return words


def run_one(words):
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    sys.stderr.write(done.stderr)
    return json.loads(done.stdout) if done.returncode == 0 and done.stdout else None


def run_all(options):
    jobs = [command(options, problem, tactic, seed) for problem in options.problems
            for tactic in options.tactics for seed in range(1, options.seeds + 1)]
    runs = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for run in pool.map(run_one, jobs):
            if run is None:
                continue
            runs.append(run)
            if options.json:
                print(json.dumps(run), flush=True)
            elif sys.stderr.isatty():
                sys.stderr.write(f"\r{len(runs)} of {len(jobs)} runs")
    return runs


def at(runs, problem, tactic, mark):
    key = str(mark)
    return [r["hypervolume"][key] for r in runs if r["problem"] == problem
            and r["tactic"] == tactic and key in r["hypervolume"]]


def reached(runs, problem, tactic, level):
    """First mark of the mean curve at or above the level, interpolated between marks."""
    before = None
    for mark in CURVE:
        values = at(runs, problem, tactic, mark)
        if not values:
            continue
        here = mean(values)
        if here >= level:
            if before is None or here == before[1]:
                return f"{mark}"
            share = (level - before[1]) / (here - before[1])
            return f"{before[0] + share * (mark - before[0]):.0f}"
        before = (mark, here)
    return "-"


def print_table(runs, options):
    for problem in options.problems:
        if not any(r["problem"] == problem for r in runs):
            print(f"\n{problem}: skipped")
            continue
        seeds = len({r["seed"] for r in runs if r["problem"] == problem})
        print(f"\n{problem}, {seeds} seeds: share of the best known hypervolume")
        print(f"{'':8}" + "".join(f"{m:>15}" for m in MARKS) +
              "".join(f"{'to nsga2@' + str(m):>15}" for m in LEVELS) + f"{'s outside':>11}")
        for tactic in options.tactics:
            cells = []
            for mark in MARKS:
                values = at(runs, problem, tactic, mark)
                cells.append(f"{mean(values):.4f} ±{half_interval(values):.4f}" if values else "-")
            for level in LEVELS:
                target = at(runs, problem, "nsga2", level)
                cells.append(reached(runs, problem, tactic, mean(target)) if target else "-")
            seconds = [r["seconds_outside"] for r in runs
                       if r["problem"] == problem and r["tactic"] == tactic]
            print(f"{tactic:8}" + "".join(f"{c:>15}" for c in cells) +
                  (f"{mean(seconds):>11.2f}" if seconds else ""))


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    root = os.path.dirname(here)
    parser = argparse.ArgumentParser(prog="./dev bench samples", description=__doc__.split("\n")[0])
    parser.add_argument("--program", default=os.path.join(root, "build", "bench", "samples"),
                        help=argparse.SUPPRESS)
    parser.add_argument("--data", default=os.path.join(root, "..", "shared", "data"),
                        help="folder of the measurements")
    parser.add_argument("--problems", help="comma-separated; default all")
    parser.add_argument("--tactics", default="linas,nsga2,random")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--evaluations", type=int, help="budget of every tactic")
    parser.add_argument("--batch", type=int)
    parser.add_argument("--initial", type=int)
    parser.add_argument("--predictor", type=int)
    parser.add_argument("--target", type=int)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true", help="a line of JSON per run, no table")
    options = parser.parse_args()
    listed = subprocess.run([options.program, "--list"], capture_output=True, text=True, check=True)
    options.problems = options.problems.split(",") if options.problems else listed.stdout.split()
    options.tactics = options.tactics.split(",")
    runs = run_all(options)
    if not options.json:
        print_table(runs, options)
    return 0 if runs else 1


if __name__ == "__main__":
    sys.exit(main())
