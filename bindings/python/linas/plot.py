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
from bisect import bisect_left
from collections import Counter
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from . import metrics, pareto
from ._abi import Model, Tactic, Target
from .errors import StateError
from .objectives import Objective
from .predictor import Predictor, PredictorOptions, Quality, named
from .results import Evaluation, Results
from .search import Journal, Record, Search, open_journal

Run = Union[Record, Results, str, "os.PathLike[str]"]
Axes = Any  # matplotlib.axes.Axes: its older versions have no types

_FRONT, _ALL, _LAST = "#d4511e", "#8a91a0", "#2f6fbd"
_MOST_FITS, _EVEN_FITS, _LEAST_FIT, _NEXT, _MOST_VALUES, _MOST_REASONS = 40, 8, 8, 20, 24, 12
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


class _Plan(NamedTuple):
    """How a search makes its predictors, and after how many evaluations it fits them."""

    options: PredictorOptions
    starts: Sequence[int]


def _plan(run: Union[Record, Results], count: int) -> _Plan:
    """As a search or journal says; its batches are taken to be whole."""
    if isinstance(run, Search):
        facts: Mapping[str, Any] = vars(run.options)
        seed = run.options.seed
    elif isinstance(run, Journal):
        facts, seed = run.header["options"], int(run.header["seed"])
    else:
        return _Plan(PredictorOptions(), ())
    model = named(Model, facts["predictor"])
    options = PredictorOptions(Model.AUTO if model == Model.CUSTOM else model,
                               named(Target, facts["target"]), seed=seed)
    known = run.imported
    batches = range(known + facts["initial"], count, max(facts["batch"], 1))
    return _Plan(options, [known, *batches] if named(Tactic, facts["tactic"]) == Tactic.LINAS else ())


class _Fit(NamedTuple):
    """A fit on the first measurements, and what it says of those up to the next fit."""

    rows: int
    quality: Quality
    predicted: List[float]


def _places(plan: _Plan, rows: Sequence[Evaluation]) -> List[int]:
    """Numbers of measurements that were fitted; evenly where the plan tells nothing."""
    ids = [one.id for one in rows]
    found = sorted({bisect_left(ids, start) for start in plan.starts})
    found = [place for place in found if _LEAST_FIT <= place < len(rows)]
    if len(found) < 2:
        found = sorted({len(rows) * step // (_EVEN_FITS + 1) for step in range(1, _EVEN_FITS + 1)})
        found = [place for place in found if place >= _LEAST_FIT]
    kept = min(len(found), _MOST_FITS)
    return [found[index * len(found) // kept] for index in range(kept)]


def _fits(run: Run, objective: str, model: Union[Model, str, None]
          ) -> Tuple[List[float], List[_Fit]]:
    """The measurements in the order in which they were proposed, and the fits on them."""
    record = _record(run)
    results = _results(record)
    rows = sorted((one for one in results if one.ok), key=lambda one: one.id)
    plan = _plan(record, len(results))
    places = _places(plan, rows)
    genomes = [one.genome for one in rows]
    targets = [one[objective] for one in rows]
    fits = []
    with Predictor(results.space, plan.options, model=model) as predictor:
        for place, end in zip(places, [*places[1:], len(rows)]):
            predictor.fit(genomes[:place], targets[:place])
            fits.append(_Fit(place, predictor.quality, list(predictor.predict(genomes[place:end]))))
    return targets, fits


def predicted(run: Run, objective: Optional[str] = None, ax: Axes = None, *,
              model: Union[Model, str, None] = None) -> Axes:
    """Predicted against measured values of an objective (default: the first), coloured by their turn.

    The search's predictor, or `model`, is fitted again as in its iterations, in at most 40 of them;
    each measurement is predicted by the last fit before it.
    """
    ax = _axes(ax)
    results = _results(run)
    chosen = results.objectives[0] if objective is None else results.objective(objective)
    targets, fits = _fits(run, chosen.name, model)
    told = [value for fit in fits for value in fit.predicted]
    first = fits[0].rows if fits else len(targets)
    measured = targets[first:]
    dots = ax.scatter(measured, told, c=range(first + 1, first + 1 + len(told)), s=16, cmap="viridis")
    ax.figure.colorbar(dots, ax=ax, label="measurement")
    if measured:
        ends = [min(measured + told), max(measured + told)]
        ax.plot(ends, ends, color=_ALL, linestyle="--", linewidth=1.0)
    _title(ax, "Predictor of " + chosen.label, "measured", "predicted")
    return ax


def quality(run: Run, ax: Axes = None, *, model: Union[Model, str, None] = None) -> Axes:
    """Quality of the search's predictors, or of `model`, for each measured objective, against the
    number of measurements that they were fitted on: Kendall's tau, cross-validated within those
    (line) and of the next 20 (dashes)."""
    ax = _axes(ax)
    for objective in _results(run).objectives:
        if objective.computed:
            continue
        targets, fits = _fits(run, objective.name, model)
        told = [value for fit in fits for value in fit.predicted]
        first = fits[0].rows if fits else 0
        rows = [fit.rows for fit in fits]
        line, = ax.plot(rows, [fit.quality.kendall_tau for fit in fits], label=objective.label)
        ax.plot(rows, [metrics.kendall_tau(targets[row:row + _NEXT],
                                           told[row - first:row - first + _NEXT])
                       for row in rows], linestyle="--", color=line.get_color(),
                label="%s, of the next %d" % (objective.label, _NEXT))
    ax.set_ylim(top=1.02)
    _title(ax, "Quality of the predictors", "measurements fitted on", "Kendall tau")
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
    objectives = [one for one in first.objectives if not one.computed]
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
