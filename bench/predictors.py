#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How well predictors rank sub-networks that they were not fitted to.

Training and held-out rows are uniform draws from the problem's space (every variable's values with
equal weight, inactive ones normalised), all distinct: of one draw per seed the first rows are learned
from, and the same last rows are predicted at every number of training rows. Noisy problems are
learned from with noise and judged without.
"""
import argparse
import os
import sys

from figures import DATA, ROOT, run_jobs, with_interval

PROBLEMS = "ofa-macs,ofa-i7,nb201-raspi4,nb201-gold6226,nb201-eyeriss,fashion"
MODELS = ["ridge", "svr", "gp", "auto"]
METRICS = ["kendall_tau", "spearman", "mape"]


def command(options, problem, seed):
    return [options.program, "--problem", problem, "--data", options.data, "--seed", str(seed),
            "--rows", options.rows, "--held-out", str(options.held_out)]


def run_all(options):
    return run_jobs([command(options, problem, seed) for problem in options.problems.split(",")
                     for seed in range(1, options.seeds + 1)], options)


def choices(lines):
    """What the automatic choice was, with the number of seeds."""
    chosen = [f"{line['chosen']}/{line['target']}" for line in lines]
    return " ".join(f"{one} {chosen.count(one)}" for one in sorted(set(chosen)))


def print_table(lines, options):
    columns = sorted({(line["problem"], line["objective"]) for line in lines})
    for problem, objective in columns:
        of_column = [line for line in lines
                     if (line["problem"], line["objective"]) == (problem, objective)]
        seeds = len({line["seed"] for line in of_column})
        print(f"\n{problem}, {objective}: {seeds} seeds, {options.held_out} held-out rows")
        print(f"{'rows':>5} {'model':8}" + "".join(f"{metric:>18}" for metric in METRICS) +
              f"{'s a fit':>10}  chosen")
        for rows in options.rows.split(","):
            for model in MODELS:
                cell = [line for line in of_column
                        if line["rows"] == int(rows) and line["model"] == model]
                if not cell:
                    continue
                print(f"{rows:>5} {model:8}" +
                      "".join(f"{with_interval([line[m] for line in cell]):>18}" for m in METRICS) +
                      f"{sum(line['seconds'] for line in cell) / len(cell):>10.2f}  " +
                      choices(cell))


def main():
    parser = argparse.ArgumentParser(prog="./dev bench predictors",
                                     description=__doc__.split("\n")[0])
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "bench", "predictors"),
                        help=argparse.SUPPRESS)
    parser.add_argument("--data", default=DATA, help="folder of the measurements")
    parser.add_argument("--problems", default=PROBLEMS, help="comma-separated; default " + PROBLEMS)
    parser.add_argument("--rows", default="100,200,500", help="numbers of rows to learn from")
    parser.add_argument("--held-out", type=int, default=1000, help="rows to predict")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true", help="a line of JSON per fit, no table")
    options = parser.parse_args()
    lines = run_all(options)
    if not options.json:
        print_table(lines, options)
    return 0 if lines else 1


if __name__ == "__main__":
    sys.exit(main())
