# SPDX-License-Identifier: Apache-2.0
"""What was measured: evaluations, collections of them, and fronts."""
import importlib
import math
from typing import (Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple, Union,
                    overload)

from . import arrays, pareto
from ._abi import Outcome
from .arrays import Matrix
from .objectives import Objective
from .space import Config, Space


class Evaluation:
    """One sub-network and what was measured of it; `evaluation["latency"]` is a value."""

    __slots__ = ("space", "id", "outcome", "genome", "values", "reason")

    def __init__(self, space: Space, id: int, outcome: Outcome, genome: Tuple[int, ...],
                 values: Dict[str, float], reason: str = "") -> None:
        self.space = space
        self.id = id
        self.outcome = outcome
        self.genome = genome
        self.values = values
        self.reason = reason

    @property
    def ok(self) -> bool:
        """Was it measured?"""
        return self.outcome == Outcome.OK

    @property
    def config(self) -> Config:
        """Values by group; inactive variables have their first value."""
        return self.space.config(self.genome)

    @property
    def active_config(self) -> Config:
        """Values by group; inactive variables have None."""
        return self.space.active_config(self.genome)

    def __getitem__(self, objective: str) -> float:
        return self.values[objective]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Evaluation):
            return NotImplemented
        return (self.id, self.outcome, self.genome, self.values, self.reason) == \
            (other.id, other.outcome, other.genome, other.values, other.reason)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        values = ", ".join("%s=%.6g" % item for item in self.values.items())
        if self.ok:
            return "Evaluation(%d: %s)" % (self.id, values)
        return "Evaluation(%d: %s, %r)" % (self.id, self.outcome.name.lower(), self.reason)


class Results(Sequence[Evaluation]):
    """Evaluations in the order in which they were made."""

    def __init__(self, space: Space, objectives: Sequence[Objective],
                 evaluations: Iterable[Evaluation]) -> None:
        self.space = space
        self.objectives = tuple(objectives)
        self._evaluations = list(evaluations)

    def __len__(self) -> int:
        return len(self._evaluations)

    @overload
    def __getitem__(self, index: int) -> Evaluation: ...

    @overload
    def __getitem__(self, index: slice) -> "Results": ...

    def __getitem__(self, index: Union[int, slice]) -> "Union[Evaluation, Results]":
        if isinstance(index, slice):
            return type(self)(self.space, self.objectives, self._evaluations[index])
        return self._evaluations[index]

    def __iter__(self) -> Iterator[Evaluation]:
        return iter(self._evaluations)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Results):
            return NotImplemented
        return self._evaluations == other._evaluations

    __hash__ = None  # type: ignore[assignment]

    def objective(self, name: str) -> Objective:
        """The objective of that name."""
        for objective in self.objectives:
            if objective.name == name:
                return objective
        raise KeyError("there is no objective %r" % (name,))

    def best(self, name: str) -> Evaluation:
        """The one that is best in an objective."""
        objective = self.objective(name)
        measured = [one for one in self._evaluations if one.ok]
        if not measured:
            raise ValueError("nothing was measured")
        sign = -1.0 if objective.maximize else 1.0
        return min(measured, key=lambda one: sign * one.values[name])

    def minimised(self, evaluations: Optional[Iterable[Evaluation]] = None) -> List[List[float]]:
        """Rows of values, turned so that less is better."""
        signs = [(objective.name, -1.0 if objective.maximize else 1.0)
                 for objective in self.objectives]
        chosen = self._evaluations if evaluations is None else evaluations
        return [[sign * one.values[name] for name, sign in signs] for one in chosen]

    def front(self, limits: Optional[Mapping[str, Tuple[Optional[float], Optional[float]]]] = None
              ) -> "Front":
        """The non-dominated ones within limits: the objectives' own, or `{name: (least, most)}`."""
        bounds = {objective.name: (objective.at_least, objective.at_most)
                  for objective in self.objectives}
        if limits is not None:
            bounds = {}
            for name, (least, most) in limits.items():
                self.objective(name)
                bounds[name] = (-math.inf if least is None else least,
                                math.inf if most is None else most)
        inside = [one for one in self._evaluations
                  if one.ok and all(least <= one.values[name] <= most
                                    for name, (least, most) in bounds.items())]
        with pareto.Archive(len(self.objectives)) as archive:
            for index, point in enumerate(self.minimised(inside)):
                archive.add(point, index)
            members = [inside[tag] for _, tag in archive]
        return Front(self.space, self.objectives, members)

    def hypervolume(self, reference: Sequence[float]) -> float:
        """Hypervolume of the front below a reference point in the objectives' own directions."""
        signs = [-1.0 if objective.maximize else 1.0 for objective in self.objectives]
        return pareto.hypervolume(self.minimised(self.front()),
                                  [sign * value for sign, value in zip(signs, reference)])

    # -- elsewhere ----------------------------------------------------------------------------

    @property
    def genomes(self) -> Matrix:
        """Value indices, one row each; `numpy.asarray` of it is a view."""
        data = arrays.zeros("i", 0)
        for one in self._evaluations:
            data.extend(one.genome)
        return Matrix(data, self.space.variables)

    @property
    def measures(self) -> Matrix:
        """Values of the objectives, one row each, NaN where it failed; `numpy.asarray` of it is a
        view."""
        data = arrays.zeros("d", 0)
        for one in self._evaluations:
            data.extend(one.values[objective.name] for objective in self.objectives)
        return Matrix(data, len(self.objectives))

    def to_dicts(self) -> List[Dict[str, Any]]:
        """One flat dict each: id, outcome, objectives, variables."""
        names = self.space.names
        groups = [group for group in self.space.groups for _ in range(group.slots)]
        rows = []
        for one in self._evaluations:
            row: Dict[str, Any] = {"id": one.id, "outcome": one.outcome.name.lower(), **one.values}
            for name, group, gene in zip(names, groups, one.genome):
                row[name] = group.values[gene]
            rows.append(row)
        return rows

    def to_pandas(self) -> Any:
        """A pandas DataFrame, one row each (needs pandas)."""
        pandas: Any = importlib.import_module("pandas")
        columns = ["id", "outcome", *(objective.name for objective in self.objectives),
                   *self.space.names]
        return pandas.DataFrame(self.to_dicts(), columns=columns)

    def to_optuna(self, study: Any = None) -> Any:
        """An Optuna study with these as finished trials (needs optuna)."""
        from .exports import to_optuna
        return to_optuna(self, study)

    def to_svg(self, width: int = 560, height: int = 360) -> str:
        """A picture of the first two objectives, or of the first against the evaluations."""
        from ._picture import picture
        return picture(self, width, height)

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def _repr_html_(self) -> str:
        from ._picture import table
        return self.to_svg() + table(self)

    def __repr__(self) -> str:
        return "%s(%d evaluations of %s)" % (type(self).__name__, len(self), ", ".join(
            objective.label for objective in self.objectives))


class Front(Results):
    """The best trade-offs, best first by the first objective."""

    def __repr__(self) -> str:
        rows = ["; ".join("%s %.6g" % (objective.label, one.values[objective.name])
                          for objective in self.objectives) for one in self._evaluations[:20]]
        more = ["..."] if len(self) > 20 else []
        return "Front(%d)\n  %s" % (len(self), "\n  ".join(rows + more)) if self else "Front(0)"
