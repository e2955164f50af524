# SPDX-License-Identifier: Apache-2.0
"""The search: a tactic proposes sub-networks, the host measures them, the archive keeps them."""
import ctypes
import inspect
import json
import math
import os
from dataclasses import dataclass, fields, replace
from typing import (Any, Callable, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Protocol,
                    Sequence, Tuple, Type, Union)

from . import _abi, arrays, executors
from ._abi import Direction, Model, Outcome, Status, StopReason, Survival, Tactic, Target
from ._handles import Context, Handle
from ._library import lib
from ._progress import Bar
from .errors import Failed, Infeasible, StateError, TimedOut
from .objectives import Maximize, Minimize, Objective
from .predictor import Predictor, Quality, named, write_values
from .results import Evaluation, Front, Results
from .space import Config, Space
from .storage import Storage
from .storage import as_c as storage_as_c

Path = Union[str, "os.PathLike[str]"]
Measures = Mapping[str, float]


class Knowing(Protocol):
    """A function that measures, and is told what is known already."""

    def __call__(self, __config: Config, *, known: Dict[str, float]) -> Measures:
        """What is missing of a configuration, at least."""


def _takes_known(evaluate: Callable[..., Any]) -> bool:
    """Has it a parameter of that name?"""
    try:
        parameter = inspect.signature(evaluate).parameters.get("known")
    except (TypeError, ValueError):  # some functions written in C have no signature
        return False
    return parameter is not None and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD,
                                                        parameter.KEYWORD_ONLY)


class _Caller:
    """An executor that calls at once."""

    @staticmethod
    def submit(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        return function(*arguments, **named)


def _submitter(evaluate: Callable[..., Any]) -> "Callable[[Any, Trial], Any]":
    """Gives an executor a trial as plain values, which can go to another process."""
    if _takes_known(evaluate):
        return lambda executor, trial: executor.submit(evaluate, trial.config, known=trial.known)
    return lambda executor, trial: executor.submit(evaluate, trial.config)


@dataclass(frozen=True)
class SearchOptions:
    """Settings of a search; the defaults are the library's.

    `tactic`, `predictor`, `target` and `survival` may be names such as "linas", "ridge", "rank" and
    "reference". `journal`
    is the path of the record to write, and to continue with `resume`. `attempts` is how often a
    sub-network is handed out when it fails; `remeasure` measures a reference sub-network again
    after so many answers, to watch drift. `outstanding` makes the search asynchronous: so many
    sub-networks may be out at once, and nothing waits for the others; one that is out for more than
    `deadline` seconds is taken back by the next `ask`, as if it had timed out.
    """

    tactic: Union[Tactic, str] = Tactic.LINAS
    seed: int = 1
    evaluations: int = 250
    seconds: float = 0.0
    initial: int = 20
    batch: int = 2
    population: int = 50
    generations: int = 100
    predictor: Union[Model, str] = Model.AUTO
    target: Union[Target, str] = Target.AUTO
    stagnation: int = 0
    max_failures: int = 0
    stagnation_gain: float = 1e-4
    resume: bool = False
    journal: Optional[Path] = None
    sync_every: int = 0
    attempts: int = 0
    remeasure: int = 0
    drift_limit: float = 0.0
    survival: Union[Survival, str] = Survival.CROWDING
    deadline: float = 0.0
    outstanding: int = 0

    def _as_c(self) -> Any:
        values = _abi.SearchOptions()
        lib.linas_search_options_init(ctypes.byref(values))
        kinds: Dict[str, Any] = {"tactic": Tactic, "predictor": Model, "target": Target,
                                "survival": Survival}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in kinds:
                value = named(kinds[field.name], value)
            elif field.name == "journal":
                value = None if value is None else os.fsencode(os.fspath(value))
            setattr(values, field.name, value)
        return values


class Progress(NamedTuple):
    """Where a search stands."""

    evaluations: int
    failed: int
    budget: int
    front_size: int
    iteration: int
    hypervolume: float
    seconds: float
    qualities: Tuple[Optional[Quality], ...]
    """One for each objective; None when its predictor was not fitted yet, or it has none."""


def _progress_of(address: int) -> Progress:
    now = _abi.Progress.from_address(address)
    qualities: List[Optional[Quality]] = []
    place = ctypes.cast(now.qualities, ctypes.c_void_p).value
    for _ in range(now.objectives if place else 0):
        assert place is not None
        quality = _abi.PredictorQuality.from_address(place)
        qualities.append(Quality._of(quality) if quality.rows else None)
        place += quality.size
    return Progress(now.evaluations, now.failed, now.budget, now.front_size, now.iteration,
                    now.hypervolume, now.seconds, tuple(qualities))


class Drift(NamedTuple):
    """What measuring the reference sub-network again found, for one objective."""

    exceeded: bool
    id: int
    measurements: int
    first: float
    last: float
    change: float
    mean: float
    deviation: float


class Trial:
    """A sub-network to be measured: `trial["ks"]` are values, `trial.tell(...)` answers."""

    __slots__ = ("_search", "id", "genome", "_config")

    def __init__(self, search: "Search", id: int, genome: Tuple[int, ...]) -> None:
        self._search = search
        self.id = id
        self.genome = genome
        self._config: Optional[Config] = None

    @property
    def config(self) -> Config:
        """Values by group; inactive variables have their first value."""
        if self._config is None:
            self._config = self._search.space.config(self.genome)
        return self._config

    @property
    def active_config(self) -> Config:
        """Values by group; inactive variables have None."""
        return self._search.space.active_config(self.genome)

    @property
    def known(self) -> Dict[str, float]:
        """What was imported of it, by objective: that need not be measured."""
        return self._search._known(self.id)

    @property
    def told(self) -> bool:
        """Was it answered?"""
        return self.id not in self._search._open

    def __getitem__(self, group: str) -> Any:
        return self.config[group]

    def tell(self, measures: Optional[Measures] = None, **more: float) -> None:
        """Answer with a value for every measured objective that is not `known`; NaN records a
        failure."""
        self._search.tell(self, {**measures, **more} if measures and more else measures or more)

    def fail(self, reason: str = "") -> None:
        """Answer that it could not be measured."""
        self._search.tell_failed(self, reason)

    def infeasible(self, reason: str = "") -> None:
        """Answer that it is no valid sub-network."""
        self._search.tell_failed(self, reason, Outcome.INFEASIBLE)

    def time_out(self, reason: str = "") -> None:
        """Answer that measuring it took too long."""
        self._search.tell_failed(self, reason, Outcome.TIMED_OUT)

    def give_back(self) -> None:
        """No answer (its worker was lost): it is handed out again, at the cost of no attempt."""
        self._search.give_back(self)

    def cancel(self, reason: str = "") -> None:
        """Answer that it was given up for reasons apart from the sub-network."""
        self._search.tell_failed(self, reason, Outcome.CANCELLED)

    def __repr__(self) -> str:
        return "Trial(%d, %r)" % (self.id, self.config)


class Record(Handle):
    """What can be asked of a search, running, ended or read from a journal."""

    _destroy = "linas_search_destroy"
    space: Space
    objectives: Tuple[Objective, ...]

    def _adopt(self, context: Context, pointer: int) -> None:
        super().__init__(context, pointer)
        self._context: Context = context
        self._evaluations: List[Evaluation] = []

    def _evaluation(self, one: Any) -> Evaluation:
        count = self.space.variables
        genome = tuple((ctypes.c_int32 * count).from_address(one.genome)) if one.genome else ()
        values = (ctypes.c_double * len(self.objectives)).from_address(one.values)
        return Evaluation(self.space, one.id, Outcome(one.outcome), genome,
                          {objective.name: value
                           for objective, value in zip(self.objectives, values)},
                          (one.reason or b"").decode("utf-8", "replace"))

    @property
    def evaluations(self) -> Results:
        """Everything that was answered so far, in order."""
        one = _abi.Evaluation()
        with self._context.lock:
            count = lib.linas_search_evaluations(self.pointer)
            for index in range(len(self._evaluations), count):
                one.size = ctypes.sizeof(one)
                self._context.check(lib.linas_search_evaluation(self.pointer, index,
                                                                ctypes.byref(one)))
                self._evaluations.append(self._evaluation(one))
            return Results(self.space, self.objectives, self._evaluations)

    @property
    def imported(self) -> int:
        """How many of the evaluations were imported: the first."""
        return int(lib.linas_search_imported(self.pointer))

    def front(self) -> Front:
        """The measured, feasible, non-dominated sub-networks at this moment."""
        out = ctypes.c_void_p()
        members: List[Evaluation] = []
        one = _abi.Evaluation()
        with self._context.lock:
            self._context.check(lib.linas_search_front(self.pointer, ctypes.byref(out)))
            try:
                for index in range(lib.linas_front_size(out)):
                    one.size = ctypes.sizeof(one)
                    self._context.check(lib.linas_front_get(out, index, ctypes.byref(one)))
                    members.append(self._evaluation(one))
            finally:
                lib.linas_front_destroy(out)
        return Front(self.space, self.objectives, members)

    def least_infeasible(self) -> Evaluation:
        """When nothing feasible was measured: what breaks the limits least."""
        one = _abi.Evaluation()
        one.size = ctypes.sizeof(one)
        with self._context.lock:
            self._context.check(lib.linas_search_least_infeasible(self.pointer, ctypes.byref(one)))
            return self._evaluation(one)

    def drift(self, objective: str) -> Drift:
        """What measuring the reference sub-network again found (option `remeasure`)."""
        names = [one.name for one in self.objectives]
        if objective not in names:
            raise KeyError("there is no objective %r" % (objective,))
        out = _abi.Drift()
        out.size = ctypes.sizeof(out)
        with self._context.lock:
            self._context.check(lib.linas_search_drift(self.pointer, names.index(objective),
                                                       ctypes.byref(out)))
        return Drift(bool(out.exceeded), out.id, out.measurements, out.first, out.last, out.change,
                     out.mean, out.deviation)

    @property
    def hypervolume(self) -> float:
        """Hypervolume of the front below the reference point; 0 before there is one."""
        out = ctypes.c_double()
        with self._context.lock:
            self._context.check(lib.linas_search_hypervolume(self.pointer, ctypes.byref(out)))
        return out.value

    @property
    def reference(self) -> Optional[Dict[str, float]]:
        """Reference point of the hypervolume, by objective; None before there is one."""
        values = (ctypes.c_double * len(self.objectives))()
        with self._context.lock:
            status = lib.linas_search_reference(self.pointer, values)
            if status == Status.WRONG_ORDER:
                return None
            self._context.check(status)
        return {one.name: value for one, value in zip(self.objectives, values)}

    def _repr_svg_(self) -> str:
        return self.evaluations.to_svg()

    def _repr_html_(self) -> str:
        return self.evaluations._repr_html_()


class Search(Record):
    """A search of a space for the best trade-offs between objectives.

    >>> search = Search(space, [Maximize("top1"), Minimize("latency", unit="ms")], evaluations=200)
    >>> front = search.run(measure)  # measure: a configuration -> {"top1": ..., "latency": ...}

    or, when you drive it:

    >>> for trial in search:
    ...     trial.tell(top1=..., latency=...)

    Options come one by one or as `SearchOptions`. `progress` is called after every answer with a
    `Progress`. `reference` sets the reference point of the hypervolume by objective. `predictors`
    names predictors of your own by objective. `storage` keeps the journal instead of a file.
    """

    def __init__(self, space: Space, objectives: Sequence[Objective],
                 options: Optional[SearchOptions] = None, *,
                 progress: Optional[Callable[[Progress], Any]] = None,
                 predictors: Optional[Mapping[str, Predictor]] = None,
                 reference: Optional[Mapping[str, float]] = None,
                 storage: Optional[Storage] = None, **settings: Any) -> None:
        self.options = replace(options if options is not None else SearchOptions(), **settings)
        self.objectives = tuple(objectives)
        context = Context()
        self.space = space._clone(context)
        values = self.options._as_c()
        self._keep = (values, self._predictors(values, predictors or {}))
        if progress is not None:
            values.progress = _abi.PROGRESS(context.guard(_reporter(progress)))
        if storage is not None:
            self._storage = storage_as_c(storage, context)
            values.storage = ctypes.addressof(self._storage)
        table = self._objective_table(context)
        self._table = table
        out = ctypes.c_void_p()
        context.check(lib.linas_search_create(context.pointer, self.space.pointer, table,
                                              len(self.objectives), ctypes.byref(values),
                                              ctypes.byref(out)))
        assert out.value is not None
        self._adopt(context, out.value)
        self._prepare()
        if reference is not None:
            self._set_reference(reference)

    def _prepare(self) -> None:
        """Rooms that calls share, and functions that are called often."""
        self._measured = [(index, one.name) for index, one in enumerate(self.objectives)
                          if not one.computed]
        self._values = (ctypes.c_double * len(self.objectives))()
        self._open: Dict[int, Trial] = {}
        self._count = ctypes.c_size_t()
        self._ids = (ctypes.c_uint64 * 1)()
        self._genomes = (ctypes.c_int32 * self.space.variables)()
        self._ask = lib.linas_search_ask
        self._tell = lib.linas_search_tell

    def _predictors(self, values: Any, predictors: Mapping[str, Predictor]) -> Any:
        if not predictors:
            return None
        names = [one.name for one in self.objectives]
        mine: List[Any] = [None] * len(names)
        for name, predictor in predictors.items():
            if name not in names:
                raise KeyError("a predictor for %r, which is no objective" % (name,))
            mine[names.index(name)] = predictor._for(self.space)
        table = (ctypes.c_void_p * len(names))(*[one.pointer if one else None for one in mine])
        values.predictors = ctypes.addressof(table)
        return table, mine

    def _objective_table(self, context: Context) -> Any:
        table = (_abi.Objective * max(len(self.objectives), 1))()
        for row, one in zip(table, self.objectives):
            lib.linas_objective_init(ctypes.byref(row), one.direction, one.name.encode(),
                                     one.unit.encode())
            row.upper_limit, row.lower_limit = one.at_most, one.at_least
            # The init function kept pointers to texts that are gone.
            row.name, row.unit = one.name.encode(), one.unit.encode()
            if one.computed:
                row.compute = _abi.COMPUTE(context.guard(self._compute(one)))
        return table

    def _compute(self, objective: Objective) -> Callable[..., None]:
        space = self.space
        one_by_one, at_once = objective.compute, objective.compute_rows

        def compute(_data: Any, genomes: int, rows: int, values: int) -> None:
            matrix = arrays.copy_rows(genomes, "i", rows, space.variables)
            if at_once is not None:
                write_values(at_once(matrix), values, rows)
            elif one_by_one is not None:
                write_values([one_by_one(space.config(row)) for row in matrix], values, rows)
        return compute

    def _set_reference(self, reference: Mapping[str, float]) -> None:
        names = [one.name for one in self.objectives]
        if set(reference) != set(names):
            raise ValueError("a reference point has a value for each of %s" % ", ".join(names))
        point = (ctypes.c_double * len(names))(*[reference[name] for name in names])
        self._context.check(lib.linas_search_set_reference(self.pointer, point))

    # -- earlier measurements -----------------------------------------------------------------

    def import_measurements(self, known: Iterable[Union[Evaluation, Tuple[Any, Measures]]],
                            objectives: Optional[Sequence[str]] = None) -> int:
        """Take over what was measured earlier, before the first sub-network is handed out.

        `known` are evaluations, such as `open_journal(path).evaluations`, or pairs of a configuration
        (or genome) and a dict of values; of those, the measured objectives of this search count, or the
        named ones of them only. A sub-network of which all is known is an evaluation at once, at
        no cost to the budget; of others only what is missing is to be measured (`trial.known`).
        Returns how many evaluations were added.
        """
        names = [name for _, name in self._measured] if objectives is None else list(objectives)
        genes, values = arrays.zeros("i", 0), arrays.zeros("d", 0)
        for one in known:
            if isinstance(one, Evaluation):
                genome, measures = one.genome, one.values if one.ok else {}
            else:
                genome = self.space.genome(one[0]) if isinstance(one[0], Mapping) else one[0]
                measures = dict(one[1])
            if len(genome) != self.space.variables:
                raise ValueError("a genome has %d genes, not %d" % (self.space.variables, len(genome)))
            genes.extend(genome)
            values.extend(measures.get(name, math.nan) for name in names)
        texts = (ctypes.c_char_p * max(len(names), 1))(*[name.encode() for name in names])
        table = _abi.Measurements()
        lib.linas_measurements_init(ctypes.byref(table))
        table.objectives, table.rows = len(names), len(genes) // self.space.variables
        table.genomes, table.values = genes.buffer_info()[0], values.buffer_info()[0]
        table.names = ctypes.addressof(texts)
        before = self.imported
        with self._context.lock:
            self._context.check(lib.linas_search_import(self.pointer, ctypes.byref(table)))
        return self.imported - before

    # -- ask and tell -------------------------------------------------------------------------

    def ask(self, count: int = 1) -> List[Trial]:
        """Up to `count` further sub-networks to measure; none when the search has ended, or waits
        for answers. They stay outstanding until told, in any order."""
        with self._context.lock:
            self._take()
            if count > len(self._ids):
                self._ids = (ctypes.c_uint64 * count)()
                self._genomes = (ctypes.c_int32 * (count * self.space.variables))()
            status = self._ask(self.pointer, count, self._ids, self._genomes,
                               ctypes.byref(self._count))
            trials = self._take()
            if status or self._context.raised is not None:
                self._context.check(status)
            return trials

    def _take(self) -> List[Trial]:
        """What the last ask handed out. When an interruption came between, the next call does it:
        no candidate is lost."""
        width = self.space.variables
        trials = []
        for index in range(self._count.value):
            genome = tuple(self._genomes[index * width:(index + 1) * width])
            trial = Trial(self, self._ids[index], genome)
            trials.append(self._open.setdefault(trial.id, trial))
        self._count.value = 0
        if len(self._open) > lib.linas_search_outstanding(self.pointer):
            self._drop_answered()
        return trials

    def _drop_answered(self) -> None:
        """Forgets the trials that a deadline has answered, or a call that was interrupted."""
        answered = {one.id for one in self.evaluations}
        if self.options.remeasure and answered:
            answered.discard(self.drift(self.objectives[0].name).id)
        for id in answered.intersection(self._open):
            del self._open[id]

    def tell(self, trial: Union[Trial, int], measures: Measures) -> None:
        """Answer a trial (or its id) with a value for every measured objective; what was imported
        may be left out."""
        id = trial.id if isinstance(trial, Trial) else trial
        with self._context.lock:
            values = self._values
            for index, name in self._measured:
                if name in measures:
                    values[index] = measures[name]
                elif name in self._known(id):
                    values[index] = math.nan
                else:
                    raise ValueError("no value for the objective %r" % (name,))
            if len(measures) != len(self._measured):
                self._check_names(measures)
            self._answered(id, self._tell(self.pointer, id, values, len(self.objectives)))

    def _known(self, id: int) -> Dict[str, float]:
        values = (ctypes.c_double * len(self.objectives))()
        with self._context.lock:
            self._context.check(lib.linas_search_known(self.pointer, id, values))
        return {name: values[index] for index, name in self._measured
                if not math.isnan(values[index])}

    def _check_names(self, measures: Measures) -> None:
        for name in measures:
            if all(name != one.name for one in self.objectives):
                raise ValueError("%r is no objective of the search" % (name,))

    def _answered(self, id: int, status: int) -> None:
        # A progress function's exception comes after the answer was recorded.
        if status == 0 or self._context.raised is not None or status == Status.UNKNOWN_ID:
            self._open.pop(id, None)
        if status or self._context.raised is not None:
            self._context.check(status)

    def tell_failed(self, trial: Union[Trial, int], reason: str = "",
                    outcome: Outcome = Outcome.FAILED) -> None:
        """Answer that a sub-network could not be measured, in whichever way."""
        id = trial.id if isinstance(trial, Trial) else trial
        text = reason.replace("\0", " ").encode("utf-8", "replace")
        with self._context.lock:
            self._answered(id, lib.linas_search_tell_failed(self.pointer, id, outcome, text))

    def give_back(self, trial: Union[Trial, int]) -> None:
        """Give a trial (or its id) back without an answer, because its worker was lost: it is handed
        out again, and none of the `attempts` is spent."""
        id = trial.id if isinstance(trial, Trial) else trial
        with self._context.lock:
            self._answered(id, lib.linas_search_give_back(self.pointer, id))

    @property
    def outstanding(self) -> Tuple[Trial, ...]:
        """Trials that were handed out and not answered."""
        with self._context.lock:
            self._take()
            return tuple(self._open.values())

    def __iter__(self) -> Iterator[Trial]:
        """Trials to the end of the search; those that are outstanding at the start come first."""
        for trial in self.outstanding:
            if not trial.told:
                yield trial
        while True:
            trials = self.ask()
            if not trials:
                break
            yield trials[0]
        if self._open and self.stop_reason == StopReason.NONE:
            raise StateError(Status.WRONG_ORDER, "the search waits for the answer of trial %d: call "
                             "its tell(), fail() or infeasible()" % min(self._open))

    def run(self, evaluate: Union[Callable[[Config], Measures], Knowing], *,
            catch: Tuple[Type[BaseException], ...] = (), bar: Optional[bool] = None,
            executor: Any = None, workers: Optional[int] = None) -> Front:
        """Search to the end and return the front.

        `evaluate` takes a configuration and returns a value for every measured objective. If it has
        a parameter named `known`, that is a dict of what was imported of the sub-network, by
        objective: those values may be left out of what it returns. It may raise `Failed`,
        `TimedOut` or `Infeasible`, and what it raises of the types in `catch` is a failed
        evaluation too. Any other exception (Ctrl-C as well) ends this call; `run` may be called
        again to continue with the same sub-network. `bar`: show progress with tqdm; by default
        on a terminal or in a notebook, if tqdm is installed.

        `executor`: where `evaluate` runs, `workers` calls at once and as many as the search hands
        out (its option `outstanding`): anything with the `submit` of `concurrent.futures`, or a
        function that makes it. What was made by a function is closed at the end, and made anew when
        it breaks: the evaluations that were lost with it are handed out again. A worker process that
        dies breaks a ProcessPoolExecutor; a sub-network that does it again when it is measured
        alone has failed. The search's `deadline` holds from handing over.
        """
        failures: Tuple[Type[BaseException], ...] = (Failed, *catch)
        submit = _submitter(evaluate)
        with Bar(self.options.evaluations, bar) as shown:
            if executor is not None:
                executors.run(self, submit, executor, workers, failures, shown)
            else:
                self._run_here(submit, failures, shown)
        return self.front()

    def _run_here(self, submit: "Callable[[Any, Trial], Any]",
                  failures: Tuple[Type[BaseException], ...], shown: Bar) -> None:
        for trial in self:
            try:
                measures = submit(_Caller, trial)
            except BaseException as error:
                if not self._record_failure(trial, error, failures):
                    raise
            else:
                self.tell(trial, measures)
            shown.update(self)

    def _record_failure(self, trial: Trial, error: BaseException,
                        failures: Tuple[Type[BaseException], ...]) -> bool:
        """False if what was raised is no failure of the sub-network."""
        if isinstance(error, Infeasible):
            trial.infeasible(str(error))
        elif isinstance(error, TimedOut):
            trial.time_out(str(error))
        elif isinstance(error, failures):
            trial.fail(str(error) or type(error).__name__)
        else:
            return False
        return True

    def sync(self) -> None:
        """Make the journal durable up to now (see the option `sync_every`)."""
        with self._context.lock:
            self._context.check(lib.linas_search_sync(self.pointer))

    def stop(self) -> None:
        """Ask the search to end; may be called from any thread or signal handler."""
        lib.linas_search_request_stop(self.pointer)

    @property
    def stop_reason(self) -> StopReason:
        """Why the search has ended; NONE while it has not."""
        return StopReason(lib.linas_search_stop_reason(self.pointer))

    @property
    def stop_text(self) -> str:
        """One sentence about that."""
        return str(lib.linas_stop_text(self.stop_reason).decode())

    def __repr__(self) -> str:
        if self.closed:
            return "Search(closed)"
        return "Search(%s: %d of %d evaluations)" % (
            ", ".join(one.label for one in self.objectives),
            lib.linas_search_evaluations(self.pointer), self.options.evaluations)


def _reporter(progress: Callable[[Progress], Any]) -> Callable[..., None]:
    """Its result has no meaning: `search.stop()` ends a search."""
    def report(_data: Any, now: int) -> None:
        progress(_progress_of(now))
    return report


class Journal(Record):
    """A finished or running search's journal, opened for reading."""

    def __init__(self, path: Path) -> None:
        context = Context()
        out = ctypes.c_void_p()
        name = os.fsencode(os.fspath(path))
        context.check(lib.linas_search_open_journal(context.pointer, name, ctypes.byref(out)))
        with open(path, "rb") as lines:
            self._read(context, out, lines.readline())

    @classmethod
    def from_storage(cls, storage: Storage) -> "Journal":
        """From a storage instead of a file."""
        context = Context()
        out = ctypes.c_void_p()
        values = storage_as_c(storage, context)
        context.check(lib.linas_search_open_storage(context.pointer, ctypes.byref(values),
                                                    ctypes.byref(out)))
        journal = cls.__new__(cls)
        journal._read(context, out, b"".join(storage.read()).split(b"\n", 1)[0])
        return journal

    def _read(self, context: Context, out: ctypes.c_void_p, header: bytes) -> None:
        assert out.value is not None
        self._adopt(context, out.value)
        # Settings and seed, as docs/journal-format.md tells.
        self.header: Dict[str, Any] = json.loads(header)["linas"]
        self.space = Space._copy_of(context, lib.linas_search_space(out))
        self.objectives = tuple(self._objective(index)
                                for index in range(lib.linas_search_objectives(out)))

    def _objective(self, index: int) -> Objective:
        name, unit = ctypes.c_char_p(), ctypes.c_char_p()
        direction = ctypes.c_int32()
        self._context.check(lib.linas_search_objective(
            self.pointer, index, ctypes.byref(name), ctypes.byref(unit), ctypes.byref(direction)))
        kind = Maximize if direction.value == Direction.MAXIMIZE else Minimize
        facts = self.header["objectives"][index]
        least, most = facts.get("lower_limit"), facts.get("upper_limit")
        return kind((name.value or b"").decode(), (unit.value or b"").decode(),
                    at_least=-math.inf if least is None else least,
                    at_most=math.inf if most is None else most)

    def __repr__(self) -> str:
        return "Journal(%s)" % ", ".join(one.label for one in self.objectives)


def open_journal(path: Path) -> Journal:
    """Open a journal for reading."""
    return Journal(path)
