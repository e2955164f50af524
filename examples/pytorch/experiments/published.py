# SPDX-License-Identifier: Apache-2.0
"""LINAS as arXiv 2205.10358 describes it, rewritten on the library's parts: batches of 50, one-hot features
of all variables whether used or not, ridge or SVR by the cross-validated percentage error, and an inner
NSGA-II of 20 000 predictions, whose last population is measured next."""
import random
from typing import Any, Callable, Dict, List, Sequence, Tuple

import linas

BATCH, GENERATIONS = 50, 400
CROSSOVER, MUTATION = 0.9, 0.02


def flat(space: linas.Space) -> linas.Space:
    """The same variables, all of them used and none in order."""
    return linas.Space({group.name: {"count": group.slots, "vars": list(group.values)}
                        for group in space.groups})


def best_model(space: linas.Space, rows: Sequence[Tuple[int, ...]], targets: Sequence[float]) -> Any:
    """Ridge or SVR, whichever has the smaller percentage error."""
    fitted = [linas.Predictor(space, model=model, target="raw").fit(rows, targets)
              for model in ("ridge", "svr")]
    return min(fitted, key=lambda one: one.quality.mape)


def inner(space: linas.Space, models: Sequence[Any], signs: Sequence[float], seed: int,
          generations: int) -> List[Tuple[int, ...]]:
    """The last population of a search of what is predicted."""
    options = linas.NSGA2Options(population=BATCH, seed=seed, objectives=len(models),
                                 crossover_probability=CROSSOVER, mutation_probability=MUTATION)
    with linas.NSGA2(space, options) as engine:
        for _ in range(generations):
            asked = engine.ask()
            columns = [model.predict(asked) for model in models]
            engine.tell([[sign * value for sign, value in zip(signs, row)]
                         for row in zip(*columns)])
        return [one.genome for one in engine.individuals()]


def search(space: linas.Space, objectives: Sequence[Any], evaluate: Callable[[Any], Dict[str, float]],
           evaluations: int, seed: int, generations: int = GENERATIONS) -> List[Dict[str, float]]:
    """What was measured, in order. Genomes that were measured are not measured again."""
    draw, plain = random.Random(seed), flat(space)
    signs = [-1.0 if one.maximize else 1.0 for one in objectives]
    batch = list(map(tuple, space.sample(BATCH, seed=seed)))
    rows: List[Tuple[int, ...]] = []
    values: List[Dict[str, float]] = []
    while len(rows) < evaluations:
        batch = [row for row in dict.fromkeys(batch) if row not in rows]
        if len(rows) == plain.raw_size:
            break
        while len(batch) < min(BATCH, plain.raw_size - len(rows)):
            row = tuple(draw.randrange(len(group.values)) for group in space.groups
                        for _ in range(group.slots))
            if row not in batch and row not in rows:
                batch.append(row)
        for row in batch[:evaluations - len(rows)]:
            rows.append(row)
            values.append(evaluate(row))
        if len(rows) < evaluations:
            models = [best_model(plain, rows, [one[goal.name] for one in values])
                      for goal in objectives]
            batch = inner(plain, models, signs, seed + len(rows), generations)
    return values
