#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sample efficiency: tactics x problems x seeds, as a table, as JSON lines and as a picture.

Every figure is the hypervolume of the measured front as a share of the best known front's
hypervolume. Runs are independent processes of build/bench/samples, one at a time per core.
"""
import argparse
import os
import subprocess
import sys

from figures import DATA, ROOT, mean, run_jobs, with_interval
from peers import versions

MARKS = [20, 30, 50, 75, 100, 150, 200, 250, 500]
LEVELS = [500, 2000]  # of NSGA-II, to be reached
CURVE = [20, 30, 40, 50, 60, 75, 100, 125, 150, 175, 200, 225, 250, 300, 350, 400, 450, 500,
         1000, 2000]
# Evaluations of each tactic and, with --peers, of each peer.
BUDGETS = {"linas": 250, "nsga2": 2000, "random": 2000}
PEERS = {"pymoo": 2000, "optuna-nsga2": 2000, "optuna-tpe": 250, "linas-published": 500}


def command(options, problem, tactic, seed):
    budget = options.evaluations or {**BUDGETS, **PEERS}[tactic]
    marks = ",".join(str(m) for m in CURVE if m <= budget)
    words = [options.program, "--problem", problem, "--seed", str(seed), "--evaluations",
             str(budget), "--data", options.data, "--marks", marks]
    if tactic in PEERS:
        script = os.path.join(ROOT, "bench", "samples_peers.py")
        return [options.python, script, tactic] + words
    words += ["--tactic", tactic]
    for name in ("batch", "initial", "predictor", "target", "transfer", "transfer_evaluations"):
        if getattr(options, name):
            words += ["--" + name.replace("_", "-"), str(getattr(options, name))]
    return words


def run_all(options):
    return run_jobs([command(options, problem, tactic, seed) for problem in options.problems
                     for tactic in options.tactics for seed in range(1, options.seeds + 1)], options)


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


def print_measured(runs, problem, tactic):
    """How many evaluations measured the first objective; the others were spared it."""
    cells = []
    for mark in MARKS:
        values = [r["first_measured"][str(mark)] for r in runs if r["problem"] == problem
                  and r["tactic"] == tactic and str(mark) in r.get("first_measured", {})]
        cells.append(f"{mean(values):.1f}" if values else "-")
    print(f"{'accuracies':16}" + "".join(f"{c:>15}" for c in cells))


def print_table(runs, options):
    for problem in options.problems:
        if not any(r["problem"] == problem for r in runs):
            print(f"\n{problem}: skipped")
            continue
        seeds = len({r["seed"] for r in runs if r["problem"] == problem})
        print(f"\n{problem}, {seeds} seeds: share of the best known hypervolume")
        print(f"{'':16}" + "".join(f"{m:>15}" for m in MARKS) +
              "".join(f"{'to nsga2@' + str(m):>15}" for m in LEVELS) + f"{'s outside':>11}")
        for tactic in options.tactics:
            cells = []
            for mark in MARKS:
                values = at(runs, problem, tactic, mark)
                cells.append(with_interval(values))
            for level in LEVELS:
                target = at(runs, problem, "nsga2", level)
                cells.append(reached(runs, problem, tactic, mean(target)) if target else "-")
            seconds = [r["seconds_outside"] for r in runs
                       if r["problem"] == problem and r["tactic"] == tactic]
            if options.transfer:
                print_measured(runs, problem, tactic)
            print(f"{tactic:16}" + "".join(f"{c:>15}" for c in cells) +
                  (f"{mean(seconds):>11.2f}" if seconds else ""))


def main():
    parser = argparse.ArgumentParser(prog="./dev bench samples", description=__doc__.split("\n")[0])
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "bench", "samples"),
                        help=argparse.SUPPRESS)
    parser.add_argument("--data", default=DATA,
                        help="folder of the measurements")
    parser.add_argument("--problems", help="comma-separated; default all")
    parser.add_argument("--tactics", default="linas,nsga2,random", help="comma-separated; peers too")
    parser.add_argument("--peers", action="store_true",
                        help="run the peers too, from packages below build/peers")
    parser.add_argument("--python", default=os.path.join(ROOT, "build", "peers", "bin", "python"),
                        help=argparse.SUPPRESS)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--evaluations", type=int, help="budget of every tactic")
    parser.add_argument("--batch", type=int)
    parser.add_argument("--initial", type=int)
    parser.add_argument("--predictor", type=int)
    parser.add_argument("--target", type=int)
    parser.add_argument("--transfer", metavar="PROBLEM",
                        help="search this problem first, with another seed, and import its accuracies")
    parser.add_argument("--transfer-evaluations", type=int, help="of that search; default 250")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true", help="a line of JSON per run, no table")
    options = parser.parse_args()
    listed = subprocess.run([options.program, "--list"], capture_output=True, text=True, check=True)
    options.problems = options.problems.split(",") if options.problems else listed.stdout.split()
    options.tactics = options.tactics.split(",") + (list(PEERS) if options.peers else [])
    if set(options.tactics) & set(PEERS) and not options.json:
        print(versions(options.python))
    runs = run_all(options)
    if not options.json:
        print_table(runs, options)
    return 0 if runs else 1


if __name__ == "__main__":
    sys.exit(main())
