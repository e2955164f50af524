# SPDX-License-Identifier: Apache-2.0
"""One of the two experiments of the LINAS paper on a super-network trained on this machine. Trains, or takes the trained weights from the cache; then compares tactics, predictors and
devices, and writes tables, figures and a page. Whatever was measured is kept: a run that was interrupted
goes on.
"""
import argparse
import sys
from pathlib import Path

import torch
from experiments import report
from experiments.measured import Measured
from experiments.mobilenetv3 import MobileNetV3
from experiments.study import Size, Study
from experiments.translation import Translation
from experiments.turns import Turns

TASKS = {"mobilenetv3": MobileNetV3, "transformer": Translation}
QUICK = Size(evaluations=6, linas=6, seeds=1, long=1, transfer=6, transfers=1, rows=(6, 8), held=6, generations=10)


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(TASKS))
    parser.add_argument("--quick", action="store_true", help="little of everything, to see that it works")
    parser.add_argument("--evaluations", type=int, default=1000, help="of NSGA-II and random search (1000)")
    parser.add_argument("--linas", type=int, default=150, help="evaluations of LINAS, ours and published (150)")
    parser.add_argument("--seeds", type=int, default=5, help="runs of each tactic (5)")
    parser.add_argument("--long", type=int, default=5, help="runs of NSGA-II, which take most of the time (5)")
    parser.add_argument("--transfer", type=int, default=60, help="evaluations for the second device (60)")
    parser.add_argument("--transfers", type=int, default=3, help="seeds of these (3)")
    parser.add_argument("--rows", type=int, default=1000, help="most sub-networks predictors learn from (1000)")
    parser.add_argument("--threads", type=int, default=2, help="of training and scoring (2)")
    parser.add_argument("--train-only", action="store_true", help="no study")
    parser.add_argument("--cache", type=Path, default=Path("."), help="folder of weights and measurements")
    parser.add_argument("--turns", type=Path, help="a folder that studies side by side share: they stand still "
                        "while one of them measures a latency")
    parser.add_argument("--output", type=Path, default=Path("experiment"), help="folder of the results")
    return parser.parse_args()


def told(line):
    print(line, file=sys.stderr, flush=True)


def task_of(chosen):
    return TASKS[chosen.name](chosen.quick, chosen.cache, told)


def size_of(chosen):
    if chosen.quick:
        return QUICK
    rows = tuple(count for count in Size().rows if count <= chosen.rows)
    return Size(chosen.evaluations, chosen.linas, chosen.seeds, chosen.long,
                chosen.transfer, chosen.transfers, rows)


def main():
    chosen = options()
    torch.set_num_threads(chosen.threads)
    task = task_of(chosen)
    task.train()
    for name, config in (("largest", task.largest()), ("smallest", task.smallest())):
        print("%s: %s" % (name, ", ".join("%.2f on %s" % (value, what)
                                          for what, value in task.checked(config).items())), flush=True)
    if chosen.train_only:
        return
    torch.set_num_threads(1)
    task.turns = Turns(chosen.turns)
    measured = Measured(task.space, task.folder / "measured.jsonl")
    result = Study(task, measured, size_of(chosen), told).everything()
    measured.close()
    print(report.write(result, chosen.output, task.name))


if __name__ == "__main__":
    main()
