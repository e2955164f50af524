# SPDX-License-Identifier: Apache-2.0
"""The engine bench's worker for one peer, run by the Python of build/peers: reads one command a line
and answers each with the seconds that one unit of the work took. usage: engine_peers.py PEER"""
import random
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")
LEAST = 0.02
N = 45
INDEX = np.arange(N)
A = 1.0 + 7 * INDEX % 10
B = 1.0 + (3 * INDEX + 5) % 10


def int45(x):
    """Both objectives of the rows of x."""
    return np.column_stack([x @ A / (2 * A.sum()), (2 - x) ** 2 @ B / (4 * B.sum())])


def repeat(once):
    start = time.process_time()
    done = 0
    while True:
        once()
        done += 1
        spent = time.process_time() - start
        if spent >= LEAST:
            return spent / done


def points_of(words):
    return np.fromfile(words[1]).reshape(int(words[3]), int(words[2]))


def moocore(words):
    import moocore as package
    points = points_of(words)
    if words[0] == "rank":
        return repeat(lambda: package.pareto_rank(points))
    return repeat(lambda: package.hypervolume(points, ref=1.0))


class Int45:
    """INT45 for pagmo2, whose batch evaluator hands over one generation a call."""

    def fitness(self, x):
        return int45(np.asarray(x)[None])[0]

    def batch_fitness(self, x):
        return int45(x.reshape(-1, N)).ravel()

    def has_batch_fitness(self):
        return True

    def get_bounds(self):
        return [0] * N, [2] * N

    def get_nix(self):
        return N

    def get_nobj(self):
        return 2


def pagmo2(words):
    import pygmo
    if words[0] == "volume":
        volume = pygmo.hypervolume(points_of(words))
        reference = [1.0] * int(words[2])
        return repeat(lambda: volume.compute(reference))
    size, generations, seed = int(words[1]), int(words[2]), int(words[3])
    problem = pygmo.problem(Int45())
    engine = pygmo.nsga2(gen=generations, cr=0.9, m=1 / N, seed=seed)
    engine.set_bfe(pygmo.bfe())
    population = pygmo.population(problem, size, seed=seed)
    start = time.process_time()
    population = pygmo.algorithm(engine).evolve(population)
    spent = time.process_time() - start
    # The same evaluations alone, with all that a batch costs on its way into Python and back.
    rows = population.get_x().ravel()
    evaluate = pygmo.bfe()
    start = time.process_time()
    for _ in range(generations):
        evaluate(problem, rows)
    return (spent - (time.process_time() - start)) / generations


def few(size, generations, most):
    """As many generations as make `most` individuals: the slowest peers need no more to be timed."""
    return max(3, min(generations, most // size))


def pymoo_nsga2(size, sampling):
    """With the operators for integers that pymoo's manual shows."""
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.operators.crossover.sbx import SBX
    from pymoo.operators.mutation.pm import PM
    from pymoo.operators.repair.rounding import RoundingRepair
    return NSGA2(pop_size=size, sampling=sampling,
                 crossover=SBX(prob=0.9, eta=3.0, vtype=float, repair=RoundingRepair()),
                 mutation=PM(prob=1.0, eta=3.0, vtype=float, repair=RoundingRepair()),
                 eliminate_duplicates=True)


def pymoo(words):
    from pymoo.core.problem import Problem
    from pymoo.operators.sampling.rnd import IntegerRandomSampling
    size, generations, seed = int(words[1]), int(words[2]), int(words[3])
    engine = pymoo_nsga2(size, IntegerRandomSampling())
    generations = few(size, generations, 10000)
    problem = Problem(n_var=N, n_obj=2, xl=0, xu=2, vtype=int)
    engine.setup(problem, termination=("n_gen", generations), seed=seed, verbose=False)
    spent = 0.0
    for _ in range(generations):
        start = time.process_time()
        asked = engine.ask()
        spent += time.process_time() - start
        asked.set("F", int45(asked.get("X")))
        for one in asked:
            one.evaluated.update(["F", "G", "H"])
        start = time.process_time()
        engine.tell(infills=asked)
        spent += time.process_time() - start
    return spent / generations


def deap(words):
    from deap import base, creator, tools
    size, generations, seed = int(words[1]), int(words[2]), int(words[3])
    generations = few(size, generations, 2000)
    random.seed(seed)
    if not hasattr(creator, "Both"):
        creator.create("Both", base.Fitness, weights=(-1.0, -1.0))
        creator.create("Individual", list, fitness=creator.Both)

    def evaluate(group):
        values = int45(np.array(group))
        for one, value in zip(group, values):
            one.fitness.values = tuple(value)

    def copy(one):
        made = creator.Individual(one)
        made.fitness.values = one.fitness.values
        return made
    group = [creator.Individual(random.randrange(3) for _ in range(N)) for _ in range(size)]
    evaluate(group)
    group = tools.selNSGA2(group, size)
    spent = 0.0
    for _ in range(generations):
        start = time.process_time()
        made = [copy(one) for one in tools.selTournamentDCD(group, size)]
        for one, other in zip(made[::2], made[1::2]):
            if random.random() <= 0.9:
                tools.cxUniform(one, other, 0.5)
            tools.mutUniformInt(one, 0, 2, 1 / N)
            tools.mutUniformInt(other, 0, 2, 1 / N)
        spent += time.process_time() - start
        evaluate(made)
        start = time.process_time()
        group = tools.selNSGA2(group + made, size)
        spent += time.process_time() - start
    return spent / generations


def scikit_learn(words):
    from sklearn.svm import SVR
    rows, count = int(words[1]), int(words[2])
    genomes = np.random.default_rng(1).integers(0, 3, (rows + count, N))
    targets = genomes @ A + 3.0 * (genomes * np.roll(genomes, -1, 1)).sum(1)
    features = (genomes[:, :, None] == np.arange(3)).reshape(rows + count, -1).astype(float)
    model = SVR(gamma=0.01, C=5.0, epsilon=0.01)
    model.fit(features[:rows], (targets[:rows] - targets.mean()) / targets.std())
    start = time.process_time()
    model.predict(features[rows:])
    return (time.process_time() - start) / count


WORKERS = {"scikit-learn": scikit_learn, "moocore": moocore, "pagmo2": pagmo2, "pymoo": pymoo, "deap": deap}


def main():
    worker = WORKERS[sys.argv[1]]
    for line in sys.stdin:
        print("%.9g" % worker(line.split()), flush=True)


if __name__ == "__main__":
    main()
