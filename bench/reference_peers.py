# SPDX-License-Identifier: Apache-2.0
"""pymoo's NSGA-III for the bench of survival by reference directions: reads commands as reference.c
does and answers with the seconds of a generation, without evaluation. usage: reference_peers.py pymoo"""
import sys
import time
import warnings

import numpy as np
from pymoo.algorithms.moo.nsga3 import NSGA3
from pymoo.core.problem import Problem
from pymoo.operators.crossover.sbx import SBX
from pymoo.operators.mutation.pm import PM
from pymoo.operators.repair.rounding import RoundingRepair
from pymoo.operators.sampling.rnd import IntegerRandomSampling
from pymoo.util.ref_dirs import get_reference_directions

warnings.filterwarnings("ignore")
DISTANCE_VARIABLES = 10


def evaluate(kind, m, levels, genomes):
    x = genomes / (levels - 1.0)
    g = ((x[:, m - 1:] - 0.5) ** 2).sum(1)
    columns = []
    for k in range(m):
        f = 1.0 + g
        for i in range(m - 1 - k):
            f = f * np.cos(np.pi / 2 * x[:, i])
        if k > 0:
            f = f * np.sin(np.pi / 2 * x[:, m - 1 - k])
        if kind == "convex":
            f = f ** 4 if k + 1 < m else f ** 2
        if kind == "scaled":
            f = f * 10.0 ** k
        columns.append(f)
    return np.column_stack(columns)


def engine(m, population, divisions):
    """With its own defaults, rounded for integers."""
    repair = RoundingRepair()
    return NSGA3(ref_dirs=get_reference_directions("das-dennis", m, n_partitions=divisions),
                 pop_size=population, sampling=IntegerRandomSampling(), eliminate_duplicates=True,
                 crossover=SBX(eta=30, prob=1.0, vtype=float, repair=repair),
                 mutation=PM(eta=20, vtype=float, repair=repair))


def run(words):
    kind, (m, levels, population, generations, seed) = words[1], map(int, words[2:7])
    algorithm = engine(m, population, int(words[8]))
    problem = Problem(n_var=m - 1 + DISTANCE_VARIABLES, n_obj=m, xl=0, xu=levels - 1, vtype=int)
    algorithm.setup(problem, termination=("n_gen", generations), seed=seed, verbose=False)
    spent = 0.0
    for _ in range(generations):
        start = time.process_time()
        asked = algorithm.ask()
        spent += time.process_time() - start
        asked.set("F", evaluate(kind, m, levels, asked.get("X")))
        for one in asked:
            one.evaluated.update(["F", "G", "H"])
        start = time.process_time()
        algorithm.tell(infills=asked)
        spent += time.process_time() - start
    algorithm.pop.get("F").astype(float).tofile(words[9])
    return spent / generations


def main():
    for line in sys.stdin:
        print("%.9g" % run(line.split()), flush=True)


if __name__ == "__main__":
    main()
