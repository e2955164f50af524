# SPDX-License-Identifier: Apache-2.0
"""One run of a peer on a problem of the samples bench, by the Python of build/peers-samples.

The bench's program measures, so that all tactics have the same evaluations, the same random start and
the same account of them. usage: samples_peers.py PEER PROGRAM OPTION...
"""
import json
import subprocess
import sys
import warnings

import numpy as np

from engine_peers import pymoo_nsga2

warnings.filterwarnings("ignore")
POPULATION = 50


class Spent(Exception):
    """The budget is."""


class Problem:
    """The other end: what `samples --serve` tells, and one measurement after the other."""

    def __init__(self, peer, words):
        self.process = subprocess.Popen(words + ["--serve", peer], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        first = self.process.stdout.readline()
        if not first:
            raise Spent()
        facts = json.loads(first)
        self.counts = np.array([one["values"] for one in facts["variables"]])
        self.ordinal = np.array([one["ordinal"] for one in facts["variables"]])
        self.objectives = facts["objectives"]
        self.start = np.array(facts["start"])
        self.seed = int(words[words.index("--seed") + 1])
        self.left = int(words[words.index("--evaluations") + 1])

    def measure(self, genome):
        """Minimised objectives."""
        if self.left == 0:
            raise Spent()
        self.left -= 1
        self.process.stdin.write(" ".join(str(int(gene)) for gene in genome) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        """The bench's line."""
        self.process.stdin.close()
        return self.process.stdout.read()


# -- pymoo -----------------------------------------------------------------------------------------


def pymoo_run(problem, start, seed, generations, values_of):
    """The population after so many generations."""
    from pymoo.core.problem import Problem as Space
    engine = pymoo_nsga2(len(start), start)
    engine.setup(Space(n_var=len(problem.counts), n_obj=problem.objectives, xl=0,
                       xu=problem.counts - 1, vtype=int),
                 termination=("n_gen", generations), seed=seed, verbose=False)
    while engine.has_next():
        asked = engine.ask()
        if len(asked) == 0:
            break
        asked.set("F", np.asarray(values_of(asked.get("X").astype(int)), dtype=float))
        for one in asked:
            one.evaluated.update(["F", "G", "H"])
        engine.tell(infills=asked)
    return engine.pop.get("X").astype(int)


def pymoo(problem):
    def values_of(rows):
        return [problem.measure(row) for row in rows]
    pymoo_run(problem, problem.start[:POPULATION], problem.seed, 10 ** 6, values_of)


# -- Optuna ----------------------------------------------------------------------------------------


def optuna(problem, sampler, start):
    import optuna as package
    package.logging.set_verbosity(package.logging.ERROR)
    study = package.create_study(directions=["minimize"] * problem.objectives, sampler=sampler)
    for genome in problem.start[:start]:
        study.enqueue_trial({"x%d" % i: int(gene) for i, gene in enumerate(genome)})

    def suggest(trial, index):
        count = int(problem.counts[index])
        if problem.ordinal[index]:
            return trial.suggest_int("x%d" % index, 0, count - 1)
        return trial.suggest_categorical("x%d" % index, list(range(count)))

    def objective(trial):
        return problem.measure([suggest(trial, i) for i in range(len(problem.counts))])
    study.optimize(objective, n_trials=problem.left)


def optuna_nsga2(problem):
    from optuna.samplers import NSGAIISampler
    optuna(problem, NSGAIISampler(population_size=POPULATION, seed=problem.seed), POPULATION)


def optuna_tpe(problem):
    from optuna.samplers import TPESampler
    optuna(problem, TPESampler(n_startup_trials=20, seed=problem.seed), 20)


# -- LINAS as published -----------------------------------------------------------------------------


def best_model(features, targets, seed):
    """Ridge or SVR of the least cross-validated absolute percentage error."""
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV, KFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVR
    folds = KFold(5, shuffle=True, random_state=seed)
    grids = [(Ridge(), {"ridge__alpha": np.logspace(-2, 3, 11)}),
             (SVR(), {"svr__C": [1.0, 10.0, 100.0], "svr__epsilon": [0.01, 0.1],
                      "svr__gamma": [1e-3, 3e-3, 1e-2, 3e-2]})]
    centre, spread = targets.mean(), targets.std() or 1.0
    scaled = (targets - centre) / spread
    best = None

    def error(model, x, y):
        truth = y * spread + centre
        return -np.mean(np.abs((model.predict(x) * spread + centre - truth) /
                               np.where(truth == 0, 1, truth)))
    for model, grid in grids:
        tried = GridSearchCV(make_pipeline(StandardScaler(), model), grid, scoring=error, cv=folds)
        tried.fit(features, scaled)
        if best is None or tried.best_score_ > best.best_score_:
            best = tried
    return lambda x: best.predict(x) * spread + centre


def one_hot(problem, rows):
    return np.concatenate([(rows[:, [i]] == np.arange(count)).astype(float)
                           for i, count in enumerate(problem.counts)], axis=1)


def unlike(rows, seen, most):
    """The first so many rows that differ from each other and from what was seen."""
    found = []
    for row in rows:
        if tuple(row) not in seen and len(found) < most:
            seen.add(tuple(row))
            found.append(row)
    return found


def published_linas(problem):
    """arXiv 2205.10358: batches of 50, one-hot features of all genes, 20000 predictions a batch."""
    random = np.random.default_rng(problem.seed)
    batch, seen, rows, values = problem.start[:POPULATION], set(), [], []
    for number in range(10 ** 6):
        batch = unlike(batch, seen, POPULATION)
        while len(batch) < POPULATION and len(seen) < problem.counts.astype(float).prod():
            batch += unlike([random.integers(0, problem.counts)], seen, 1)
        if not batch:
            return
        for row in batch:
            rows.append(row)
            values.append(problem.measure(row))
        features, measured = one_hot(problem, np.array(rows)), np.array(values)
        models = [best_model(features, measured[:, k], problem.seed)
                  for k in range(problem.objectives)]

        def predict(asked):
            encoded = one_hot(problem, asked)
            return np.column_stack([model(encoded) for model in models])
        first = random.integers(0, problem.counts, (POPULATION, len(problem.counts)))
        batch = pymoo_run(problem, first, problem.seed + number, 400, predict)


PEERS = {"pymoo": pymoo, "optuna-nsga2": optuna_nsga2, "optuna-tpe": optuna_tpe,
         "linas-published": published_linas}


def main():
    peer, words = sys.argv[1], sys.argv[2:]
    try:
        problem = Problem(peer, words)
    except Spent:
        return
    try:
        PEERS[peer](problem)
    except Spent:
        pass
    print(problem.close(), end="")


if __name__ == "__main__":
    main()
