# SPDX-License-Identifier: Apache-2.0
"""Tactics side by side, predictors by how much they learn from, and searches that take over what another
device's search measured. Everything is measured once and kept."""
import math
import random
import time
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Protocol, Sequence, Tuple

import linas
from linas import metrics, pareto

from . import published
from .measured import Measured

Point = Dict[str, float]
TACTICS = ("linas", "published", "nsga2", "random")
ROWS = (50, 100, 200, 500, 1000)
HELD = 200  # sub-networks that no predictor learns from
# Student's t: half a 95 % interval of a mean of so many values, in standard errors.
T95 = (0.0, 0.0, 12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26)


class Task(Protocol):
    """A trained super-network and how its sub-networks are measured."""

    name: str
    space: linas.Space
    quality: Any  # the objective that is no cost
    targets: Tuple[str, str]  # names of the costs: of the device, and of a second one

    def largest(self) -> Dict[str, Any]:
        """A configuration."""

    def smallest(self) -> Dict[str, Any]:
        """A configuration."""

    def measure(self, config: Dict[str, Any], names: Tuple[str, ...]) -> Point:
        """The named values of a sub-network."""


@dataclass(frozen=True)
class Size:
    """How much is done."""

    evaluations: int = 1000
    linas: int = 150  # evaluations of the searches that need fewer
    seeds: int = 5
    long: int = 5  # seeds of NSGA-II, whose searches take most of the time
    transfer: int = 60  # evaluations of the searches for the second device
    transfers: int = 3  # seeds of these
    rows: Tuple[int, ...] = ROWS
    held: int = HELD
    generations: int = published.GENERATIONS

    def of(self, tactic: str) -> int:
        """Evaluations of a search."""
        if tactic == "random":
            return min(self.evaluations, self.pool)
        return self.linas if tactic in ("linas", "published") else self.evaluations

    @property
    def pool(self) -> int:
        """Random sub-networks that are measured."""
        return self.held + max(self.rows)


@dataclass
class Result:
    """What the study found."""

    best: float = 0.0  # hypervolume of everything that was measured
    curves: Dict[str, List[List[float]]] = field(default_factory=dict)  # shares of it, by tactic and seed
    fronts: Dict[str, List[Point]] = field(default_factory=dict)
    predictors: List[Dict[str, Any]] = field(default_factory=list)
    transfer: Dict[str, List[List[float]]] = field(default_factory=dict)
    ends: Dict[str, Point] = field(default_factory=dict)


def mean_and_half(values: Sequence[float]) -> Tuple[float, float]:
    """Mean, and half of its 95 % interval; 0 of a single value."""
    count, mean = len(values), sum(values) / len(values)
    if count < 2:
        return mean, 0.0
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / (count - 1))
    return mean, T95[min(count, len(T95) - 1)] * deviation / math.sqrt(count)


def hypervolumes(points: Sequence[Point], objectives: Sequence[Any], reference: Point) -> List[float]:
    """After each of the points."""
    def minimised(point: Point) -> List[float]:
        return [-point[one.name] if one.maximize else point[one.name] for one in objectives]
    found = []
    with pareto.Archive(len(objectives)) as archive:
        archive.set_reference(minimised(reference))
        for point in points:
            archive.add(minimised(point))
            found.append(archive.hypervolume)
    return found


class Study:
    """Runs the parts; `told` is called with lines about progress."""

    def __init__(self, task: Task, measured: Measured, size: Size,
                 told: Callable[[str], Any] = lambda line: None) -> None:
        self.task, self.measured, self.size, self.told = task, measured, size, told
        self.fresh, self.start = 0, time.perf_counter()

    def values(self, genome: Any, names: Tuple[str, ...]) -> Point:
        """Measured now or earlier."""
        return self.measured.values(genome, names, self._measure)

    def _measure(self, genome: Tuple[int, ...], names: Tuple[str, ...]) -> Point:
        found = self.task.measure(self.task.space.config(genome), names)
        self.fresh += 1
        if self.fresh % 25 == 0:
            self.told("%d sub-networks measured, %.2f s each" % (
                self.fresh, (time.perf_counter() - self.start) / self.fresh))
        return found

    def objectives(self, target: int = 0) -> List[Any]:
        """The quality and one device's cost."""
        return [self.task.quality, linas.Minimize(self.task.targets[target], unit="ms")]

    def ends(self) -> Dict[str, Point]:
        """The largest and the smallest sub-network, by everything."""
        names = (self.task.quality.name, *self.task.targets, "macs")
        space = self.task.space
        return {"largest": self.values(space.genome(self.task.largest()), names),
                "smallest": self.values(space.genome(self.task.smallest()), names)}

    def reference(self, ends: Dict[str, Point], target: int = 0) -> Point:
        """A tenth beyond the ends of the space; of qualities that do not differ, 1 below them."""
        name, cost = self.task.quality.name, self.task.targets[target]
        high, low = ends["largest"], ends["smallest"]
        return {name: low[name] - (0.1 * abs(high[name] - low[name]) or 1.0), cost: 1.1 * high[cost]}

    def run(self, tactic: str, seed: int) -> List[Point]:
        """One search: what it measured, in order."""
        self.told("%s, seed %d" % (tactic, seed))
        objectives, budget = self.objectives(), self.size.of(tactic)
        names = tuple(one.name for one in objectives)
        if tactic == "random":
            drawn = random.Random(seed).sample(self.pool(), budget)
            return [self.values(genome, names) for genome in drawn]
        if tactic == "published":
            return published.search(self.task.space, objectives, lambda row: self.values(row, names),
                                    budget, seed, self.size.generations)
        with linas.Search(self.task.space, objectives, tactic=tactic, seed=seed,
                          evaluations=budget) as search:
            return self._finish(search, names)

    def _finish(self, search: Any, names: Tuple[str, ...]) -> List[Point]:
        found = []
        for trial in search:
            values = self.values(trial.genome, names)
            trial.tell(values)
            found.append(values)
        return found

    def pool(self) -> List[Tuple[int, ...]]:
        """Random sub-networks: those of random searches, and those that predictors learn from. One pool
        serves all, for each costs a measurement."""
        genomes = map(self.task.space.canonical, self.task.space.sample(2 * self.size.pool, seed=99))
        return list(dict.fromkeys(genomes))[:self.size.pool]

    def tactics(self, result: Result) -> None:
        """Hypervolume of each tactic against its evaluations."""
        reference, objectives = self.reference(result.ends), self.objectives()
        runs: Dict[str, List[List[Point]]] = {tactic: [] for tactic in TACTICS}
        for tactic in TACTICS:
            for seed in range(1, (self.size.long if tactic == "nsga2" else self.size.seeds) + 1):
                runs[tactic].append(self.run(tactic, seed))
        everything = [point for some in runs.values() for points in some for point in points]
        result.best = hypervolumes(everything, objectives, reference)[-1]
        for tactic, searches in runs.items():
            result.curves[tactic] = [[value / result.best for value in
                                      hypervolumes(points, objectives, reference)]
                                     for points in searches]
            result.fronts[tactic] = self._front(searches[0])

    def _front(self, points: Sequence[Point]) -> List[Point]:
        names, costs = self.task.quality.name, self.task.targets[0]
        rows = [[-point[names] if self.task.quality.maximize else point[names], point[costs]]
                for point in points]
        front = [point for point, rank in zip(points, pareto.rank(rows)) if rank == 0]
        return sorted(front, key=lambda point: point[costs])

    def predictors(self, result: Result) -> None:
        """Error and rank correlation on held-out sub-networks, by the rows that were learned from."""
        names = (self.task.quality.name, self.task.targets[0])
        self.told("predictors")
        genomes = self.pool()[:self.size.held + max(self.size.rows)]
        points = [self.values(genome, names) for genome in genomes]
        held = self.size.held
        for name in names:
            values = [point[name] for point in points]
            for rows in self.size.rows:
                for model in ("ridge", "svr", "gp"):
                    with linas.Predictor(self.task.space, model=model) as predictor:
                        predictor.fit(genomes[held:held + rows], values[held:held + rows])
                        told = list(predictor.predict(genomes[:held]))
                    result.predictors.append({
                        "objective": name, "rows": rows, "model": model,
                        "mape": metrics.mape(values[:held], told),
                        "tau": metrics.kendall_tau(values[:held], told)})

    def transfer(self, result: Result) -> None:
        """A second device's search, alone and with the qualities that a search for the first measured."""
        reference, objectives = self.reference(result.ends, 1), self.objectives(1)
        runs: Dict[str, List[List[Point]]] = {"alone": [], "with qualities taken over": []}
        for seed in range(1, self.size.transfers + 1):
            known = self._searched(seed)
            runs["alone"].append(self._second(seed, []))
            runs["with qualities taken over"].append(self._second(seed, known))
        everything = [point for some in runs.values() for points in some for point in points]
        best = hypervolumes(everything, objectives, reference)[-1]
        result.transfer = {kind: [[value / best for value in hypervolumes(points, objectives, reference)]
                                  for points in some] for kind, some in runs.items()}

    def _second(self, seed: int, known: Sequence[Any]) -> List[Point]:
        """A search for the second device. `known` are genomes with qualities."""
        self.told("second device, seed %d, %d known" % (seed, len(known)))
        objectives = self.objectives(1)
        # Not the seed of the first device's search, whose first design is known.
        with linas.Search(self.task.space, objectives, seed=seed + 1000,
                          evaluations=self.size.transfer) as search:
            if known:
                search.import_measurements(known, [self.task.quality.name])
            return self._finish(search, tuple(one.name for one in objectives))

    def _searched(self, seed: int) -> List[Tuple[Tuple[int, ...], Point]]:
        """Genomes and values of the first device's search."""
        objectives = self.objectives()
        with linas.Search(self.task.space, objectives, seed=seed, evaluations=self.size.linas) as search:
            self._finish(search, tuple(one.name for one in objectives))
            return [(one.genome, dict(one.values)) for one in search.evaluations]

    def everything(self) -> Result:
        """All parts."""
        result = Result()
        result.ends = self.ends()
        self.tactics(result)
        self.predictors(result)
        self.transfer(result)
        return result
