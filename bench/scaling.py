# SPDX-License-Identifier: Apache-2.0
"""Searches with many workers on a virtual clock, beside batches with a barrier: how busy the workers are, what an hour
brings, what many outstanding candidates cost, and how long a proposal takes."""
import argparse
import os
import sys

from figures import DATA, ROOT, mean, run_jobs

MARKS = [100, 250, 500, 1000, 2000, 4000]
HOURS = [1, 2, 4, 8, 24]
EVALUATIONS_EACH = 4  # of a worker, at least


def budget(options, workers):
    return max(options.evaluations, EVALUATIONS_EACH * workers)


def command(options, workers, barrier, seed):
    evaluations = budget(options, workers)
    marks = ",".join(str(m) for m in MARKS if m <= evaluations)
    return [options.program, "--problem", options.problem, "--data", options.data, "--tactic", options.tactic,
            "--tail", options.tail, "--seconds", str(options.seconds), "--seed", str(seed),
            "--evaluations", str(evaluations), "--workers", str(workers), "--barrier", str(barrier),
            "--marks", marks, "--hours", ",".join(str(h) for h in HOURS)]


def cell(runs, kind, key):
    values = [r[kind][str(key)] for r in runs if str(key) in r[kind]]
    return f"{mean(values):.3f}" if values else "-"


def print_table(runs, options):
    print(f"{options.problem}, {options.tactic}, {options.tail} times of mean {options.seconds:g} s, "
          f"{options.seeds} seeds: share of the best known hypervolume")
    heads = ["workers", "", "busy"] + [f"{h} h" for h in HOURS] + [f"at {m}" for m in MARKS] + \
        ["ms a proposal", "longest ask, ms"]
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    for workers in options.workers:
        for barrier, name in ((0, "no barrier"), (1, "batches")):
            some = [r for r in runs if r["workers"] == workers and r["barrier"] == barrier]
            if not some:
                continue
            row = [str(workers), name, f"{100 * mean([r['utilisation'] for r in some]):.1f} %"]
            row += [cell(some, "hours", h) for h in HOURS]
            row += [cell(some, "hypervolume", m) for m in MARKS]
            row += [f"{mean([r['ms_per_proposal'] for r in some]):.2f}",
                    f"{max(r['longest_ask_ms'] for r in some):.0f}"]
            print("| " + " | ".join(row) + " |")


def main():
    parser = argparse.ArgumentParser(prog="./dev bench scaling", description=__doc__)
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "bench", "scaling"), help=argparse.SUPPRESS)
    parser.add_argument("--data", default=DATA, help="folder of the measurements")
    parser.add_argument("--problem", default="ofa-i7", help="one of those of ./dev bench samples without noise")
    parser.add_argument("--tactic", default="linas")
    parser.add_argument("--tail", default="lognormal", choices=("lognormal", "pareto"),
                        help="distribution of the evaluations' times")
    parser.add_argument("--seconds", type=float, default=600.0, help="their mean")
    parser.add_argument("--workers", default="1,4,16,64,256,1000", help="comma-separated")
    parser.add_argument("--evaluations", type=int, default=1000,
                        help="budget; %d a worker at least" % EVALUATIONS_EACH)
    parser.add_argument("--barriers", default="0,1", help="0: asynchronous, 1: batches of as many as workers")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true", help="a line of JSON per run, no table")
    options = parser.parse_args()
    options.workers = [int(w) for w in options.workers.split(",")]
    barriers = [int(b) for b in options.barriers.split(",")]
    runs = run_jobs([command(options, workers, barrier, seed) for workers in options.workers
                     for barrier in barriers for seed in range(1, options.seeds + 1)], options)
    if not options.json and runs:
        print_table(runs, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
