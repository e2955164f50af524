# SPDX-License-Identifier: Apache-2.0
"""The pictures of `linas report` in matplotlib, which is imported when the first one is drawn.

Every function takes a search, a journal, the path of one, evaluations or a front, and optionally
the Axes to draw into; it returns the Axes. `report` puts all of them on one figure.

    linas.plot.front(search)
    linas.plot.hypervolume(["run1.jsonl", "run2.jsonl"]).figure.savefig("hypervolume.svg")
"""
import importlib
import math
import os
from collections import Counter
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

from . import metrics, pareto
from ._abi import Model
from .errors import StateError
from .objectives import Objective
from .predictor import Predictor
from .results import Evaluation, Results
from .search import Record, open_journal

Run = Union[Record, Results, str, "os.PathLike[str]"]
Axes = Any  # matplotlib.axes.Axes: its older versions have no types

_FRONT, _ALL, _LAST = "#d4511e", "#8a91a0", "#2f6fbd"
_CHECKPOINTS, _LEAST_FIT, _MOST_VALUES, _MOST_REASONS = 8, 8, 24, 12
# Student's t: half a 95 % interval of a mean of so many values, in standard errors.
_T95 = [0.0, 0.0, 12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20]


def _axes(ax: Axes) -> Axes:
    if ax is not None:
        return ax
    pyplot: Any = importlib.import_module("matplotlib.pyplot")
    return pyplot.subplots()[1]


def _record(run: Run) -> Union[Record, Results]:
    return run if isinstance(run, (Record, Results)) else open_journal(run)


def _results(run: Run) -> Results:
    found = _record(run)
    return found.evaluations if isinstance(found, Record) else found


def _list(runs: Union[Run, Sequence[Run]]) -> List[Run]:
    if isinstance(runs, (Record, Results, str, os.PathLike)):
        return [runs]
    return list(runs)


def _label(run: Run, index: int) -> str:
    if isinstance(run, (str, os.PathLike)):
        return os.path.basename(os.fspath(run))
    return "run %d" % (index + 1)


def _title(ax: Axes, title: str, across: str, up: str) -> None:
    ax.set_title(title)
    ax.set_xlabel(across)
    ax.set_ylabel(up)


# -- the front -------------------------------------------------------------------------------------


def _sides(results: Results, x: Optional[str], y: Optional[str]) -> Tuple[Optional[Objective],
                                                                          Objective]:
    """What goes across (None: the evaluations' numbers) and what goes up."""
    up = results.objective(y) if y is not None else results.objectives[0]
    if x is not None:
        return results.objective(x), up
    return next((one for one in results.objectives if one is not up), None), up


def _best_so_far(results: Results, objective: Objective) -> Tuple[List[int], List[float]]:
    numbers: List[int] = []
    best: List[float] = []
    for number, one in enumerate(results, 1):
        if one.ok:
            value = one[objective.name]
            better = max if objective.maximize else min
            numbers.append(number)
            best.append(better(value, best[-1]) if best else value)
    return numbers, best


def front(run: Run, ax: Axes = None, *, x: Optional[str] = None, y: Optional[str] = None) -> Axes:
    """Every evaluation, coloured by its turn, and the front.

    `y` goes up (default: the first objective) and `x` across (default: the next one; with a single
    objective the evaluations' numbers, and the line is the best so far). With more than two
    objectives the front is marked, without a line.
    """
    ax = _axes(ax)
    results = _results(run)
    across, up = _sides(results, x, y)
    shown = [(turn, one) for turn, one in enumerate(results, 1) if one.ok]

    def place(turn: int, one: Evaluation) -> float:
        return float(turn) if across is None else one[across.name]
    dots = ax.scatter([place(*pair) for pair in shown], [one[up.name] for _, one in shown],
                      c=[turn for turn, _ in shown], s=18, cmap="viridis", label="measured")
    ax.figure.colorbar(dots, ax=ax, label="evaluation")
    best = {one.id for one in results.front()}
    ring = [(place(turn, one), one[up.name]) for turn, one in shown if one.id in best]
    if across is None:
        ax.plot(*_best_so_far(results, up), color=_FRONT, linewidth=1.4, label="best so far")
    else:
        line = "-" if len(results.objectives) == 2 else "none"
        ring.sort()
        ax.plot([a for a, _ in ring], [b for _, b in ring], color=_FRONT, linestyle=line,
                linewidth=1.4, marker="o", markersize=7, markerfacecolor="none", label="front")
    _title(ax, "Front", "evaluations" if across is None else across.label, up.label)
    ax.legend()
    return ax


# -- hypervolume -----------------------------------------------------------------------------------


def _worst(runs: Sequence[Run], all_results: Sequence[Results]) -> List[float]:
    """The worst of the runs' reference points, in the objectives' own directions; of runs that have
    none, the worst measured values."""
    objectives = all_results[0].objectives
    points: List[List[float]] = []
    for run, results in zip(runs, all_results):
        reference = run.reference if isinstance(run, Record) else None
        if reference is not None:
            points.append([reference[one.name] for one in objectives])
        else:
            points += [[one[objective.name] for objective in objectives]
                       for one in results if one.ok]
    worst = []
    for index, objective in enumerate(objectives):
        column = [point[index] for point in points] or [0.0]
        worst.append(min(column) if objective.maximize else max(column))
    return worst


def _trace(results: Results, reference: Sequence[float]) -> List[float]:
    """Hypervolume after each evaluation."""
    signs = [-1.0 if one.maximize else 1.0 for one in results.objectives]
    trace: List[float] = []
    with pareto.Archive(len(signs)) as archive:
        archive.set_reference([sign * value for sign, value in zip(signs, reference)])
        for one in results:
            if one.ok:
                archive.add(results.minimised([one])[0])
            trace.append(archive.hypervolume)
    return trace


def _mean_and_half(column: Sequence[float]) -> Tuple[float, float]:
    """Mean and half of its 95 % interval."""
    count = len(column)
    mean = sum(column) / count
    deviation = math.sqrt(sum((value - mean) ** 2 for value in column) / (count - 1))
    return mean, (_T95[count] if count < len(_T95) else 2.0) * deviation / math.sqrt(count)


def _draw_mean(ax: Axes, traces: Sequence[Sequence[float]]) -> None:
    shortest = min(len(trace) for trace in traces)
    turns = range(1, shortest + 1)
    pairs = [_mean_and_half([trace[index] for trace in traces]) for index in range(shortest)]
    ax.fill_between(turns, [mean - half for mean, half in pairs],
                    [mean + half for mean, half in pairs], color="0.5", alpha=0.25, linewidth=0,
                    label="95 % interval")
    ax.plot(turns, [mean for mean, _ in pairs], color="black", linewidth=2.4, label="mean")


def hypervolume(runs: Union[Run, Sequence[Run]], ax: Axes = None, *,
                labels: Optional[Sequence[str]] = None,
                reference: Optional[Dict[str, float]] = None) -> Axes:
    """Hypervolume of what was measured so far, against the evaluations.

    Several runs are compared, with their mean and its 95 % interval as far as all of them go.
    `reference` is a point in the objectives' own directions; by default the worst of the runs'.
    """
    ax = _axes(ax)
    listed = _list(runs)
    opened = [_record(run) for run in listed]
    results = [_results(run) for run in opened]
    if not results:
        raise ValueError("there is no run")
    names = [one.name for one in results[0].objectives]
    kinds = [(one.name, one.maximize) for one in results[0].objectives]
    for one in results[1:]:
        if [(each.name, each.maximize) for each in one.objectives] != kinds:
            raise ValueError("the runs have different objectives")
    point = _worst(opened, results) if reference is None else [reference[name] for name in names]
    traces = [_trace(one, point) for one in results]
    titles = labels if labels is not None else [_label(run, index)
                                                for index, run in enumerate(listed)]
    for trace, title in zip(traces, titles):
        ax.plot(range(1, len(trace) + 1), trace, linewidth=1.2, label=title)
    if len(traces) > 1:
        _draw_mean(ax, traces)
    _title(ax, "Hypervolume", "evaluations", "hypervolume")
    if len(traces) > 1:
        ax.legend()
    return ax


# -- predictors ------------------------------------------------------------------------------------


class _Later(NamedTuple):
    """What a fit on the first rows says of the next ones."""

    fitted: int
    measured: List[float]
    predicted: List[float]


def _checkpoints(results: Results, objective: Objective, model: Union[Model, str]
                 ) -> Iterator[_Later]:
    rows = [one for one in results if one.ok]
    genomes = [one.genome for one in rows]
    targets = [one[objective.name] for one in rows]
    with Predictor(results.space, model=model) as predictor:
        for step in range(1, _CHECKPOINTS + 1):
            start = len(rows) * step // (_CHECKPOINTS + 1)
            end = len(rows) * (step + 1) // (_CHECKPOINTS + 1)
            if start < _LEAST_FIT or end <= start:
                continue
            predictor.fit(genomes[:start], targets[:start])
            yield _Later(start, targets[start:end], list(predictor.predict(genomes[start:end])))


def predicted(run: Run, objective: Optional[str] = None, ax: Axes = None, *,
              model: Union[Model, str] = Model.RIDGE) -> Axes:
    """Predicted against measured values of an objective (default: the first): a predictor that was
    fitted on the earlier measurements predicts the later ones, coloured by their turn."""
    ax = _axes(ax)
    results = _results(run)
    chosen = results.objectives[0] if objective is None else results.objective(objective)
    measured: List[float] = []
    told: List[float] = []
    turns: List[int] = []
    for later in _checkpoints(results, chosen, model):
        measured += later.measured
        told += later.predicted
        turns += range(later.fitted + 1, later.fitted + 1 + len(later.measured))
    dots = ax.scatter(measured, told, c=turns, s=16, cmap="viridis")
    ax.figure.colorbar(dots, ax=ax, label="evaluation")
    if measured:
        ends = [min(measured + told), max(measured + told)]
        ax.plot(ends, ends, color=_ALL, linestyle="--", linewidth=1.0)
    _title(ax, "Predictability of " + chosen.label, "measured", "predicted")
    return ax


def quality(run: Run, ax: Axes = None, *, model: Union[Model, str] = Model.RIDGE) -> Axes:
    """Kendall's tau between predicted and measured values, for each objective, against the number of
    measurements that the predictor was fitted on."""
    ax = _axes(ax)
    results = _results(run)
    for objective in results.objectives:
        steps = list(_checkpoints(results, objective, model))
        ax.plot([one.fitted for one in steps],
                [metrics.kendall_tau(one.measured, one.predicted) for one in steps], marker="o",
                label=objective.label)
    ax.set_ylim(top=1.02)
    _title(ax, "Quality of the predictors", "measurements fitted on", "Kendall tau of the next")
    ax.legend()
    return ax


# -- values of good sub-networks -------------------------------------------------------------------


def _shares(results: Results, group: Any) -> List[float]:
    """Share of each value of a group among its active variables."""
    counts: Counter[int] = Counter()
    for one in results:
        active = results.space.active(one.genome) if one.ok else ()
        counts.update(one.genome[variable] for variable in range(group.first,
                                                                 group.first + group.slots)
                      if active and active[variable])
    total = sum(counts.values())
    return [counts[index] / total if total else 0.0 for index in range(len(group.values))]


def values(run: Run, ax: Axes = None) -> Axes:
    """Shares of the values among the active variables of the front, and of all that was measured."""
    ax = _axes(ax)
    results = _results(run)
    best = results.front()
    names: List[str] = []
    shares: List[Tuple[float, float]] = []
    for group in results.space.groups:
        pairs = list(zip(_shares(best, group), _shares(results, group)))[:_MOST_VALUES]
        names += ["%s = %s" % (group.name, value) for value in group.values[:len(pairs)]]
        shares += pairs
    places = list(range(len(names)))
    ax.barh([place - 0.2 for place in places], [100 * share for share, _ in shares], height=0.4,
            color=_FRONT, label="front")
    ax.barh([place + 0.2 for place in places], [100 * share for _, share in shares], height=0.4,
            color=_ALL, label="all")
    ax.set_yticks(places, names)
    ax.invert_yaxis()
    _title(ax, "Values of good sub-networks", "share (%)", "")
    ax.legend()
    return ax


# -- failures and drift ----------------------------------------------------------------------------


def outcomes(run: Run, ax: Axes = None) -> Axes:
    """How many evaluations ended in which way, for which reason."""
    ax = _axes(ax)
    counts: Counter[str] = Counter()
    for one in _results(run):
        kind = "measured" if one.ok else one.outcome.name.lower().replace("_", " ")
        counts[kind + (": " + one.reason if one.reason else "")] += 1
    kinds = list(counts)[:_MOST_REASONS]
    ax.barh(range(len(kinds)), [counts[kind] for kind in kinds],
            color=[_LAST if kind.startswith("measured") else _FRONT for kind in kinds])
    ax.set_yticks(range(len(kinds)), kinds)
    ax.invert_yaxis()
    _title(ax, "Outcomes", "evaluations", "")
    return ax


def drift(run: Union[Record, str, "os.PathLike[str]"], ax: Axes = None) -> Axes:
    """The reference sub-network, where it was measured again (option `remeasure`): mean, standard
    deviation and last value, relative to the first, for each objective."""
    ax = _axes(ax)
    record = _record(run)
    if not isinstance(record, Record):
        raise TypeError("a search or a journal has a drift, evaluations have none")
    labels: List[str] = []
    for objective in record.objectives:
        try:
            found = record.drift(objective.name)
        except StateError:  # nothing was measured yet
            continue
        scale = 100.0 / abs(found.first) if found.first else math.nan
        ax.errorbar([len(labels)], [scale * (found.mean - found.first)],
                    yerr=[scale * found.deviation], fmt="o", color=_ALL, capsize=4,
                    label="mean and deviation" if not labels else None)
        ax.plot([len(labels)], [100.0 * found.change], marker="D", linestyle="none", color=_LAST,
                label="last" if not labels else None)
        labels.append("%s, %d times" % (objective.label, found.measurements))
    ax.axhline(0.0, color=_ALL, linestyle="--", linewidth=1.0)
    ax.set_xticks(range(len(labels)), labels)
    ax.margins(x=0.5)
    _title(ax, "Spread and drift", "", "change since the first (%)")
    if labels:
        ax.legend()
    return ax


# -- all of them -----------------------------------------------------------------------------------


def report(runs: Union[Run, Sequence[Run]]) -> Any:
    """All pictures of the first run, and the hypervolume of all of them, on one new Figure."""
    pyplot: Any = importlib.import_module("matplotlib.pyplot")
    listed = _list(runs)
    if not listed:
        raise ValueError("there is no run")
    first = _record(listed[0])
    objectives = first.objectives
    pictures = 5 + len(objectives) + isinstance(first, Record)
    rows = (pictures + 2) // 3
    figure, grid = pyplot.subplots(rows, 3, figsize=(15, 4 * rows), squeeze=False,
                                   constrained_layout=True)
    places = iter([ax for row in grid for ax in row])
    front(first, next(places))
    hypervolume(listed, next(places))
    for objective in objectives:
        predicted(first, objective.name, next(places))
    quality(first, next(places))
    values(first, next(places))
    outcomes(first, next(places))
    if isinstance(first, Record):
        drift(first, next(places))
    for rest in places:
        rest.remove()
    return figure
