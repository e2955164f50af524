# SPDX-License-Identifier: Apache-2.0
"""Evaluations on executors: threads, processes, MPI, Dask, Ray, or whatever has their `submit`."""
import importlib
import queue
import time
from collections import deque
from concurrent.futures import BrokenExecutor, CancelledError
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Deque, Dict, List, Optional, Set, Tuple, Type

from ._abi import Status
from .errors import StateError

if TYPE_CHECKING:
    from ._progress import Bar
    from .search import Search, Trial

# What engines raise for a worker that died, by package: these say which task was to blame.
_DEATHS = {("distributed", "KilledWorker"), ("ray", "WorkerCrashedError"), ("ray", "OutOfMemoryError"),
           ("ray", "NodeDiedError")}
# A broken pool does not say which of its tasks broke it: one that was there so often is run alone.
_SUSPECT = 2
# Executors that broke one after the other, and no evaluation came to its end between.
_MOST_BROKEN = 10


class RayExecutor:
    """Ray's tasks behind the interface of `concurrent.futures`.

    >>> search.run(measure, executor=linas.executors.RayExecutor(num_gpus=1), workers=8)

    Options are those of `ray.remote`; Ray is started if it was not.
    """

    def __init__(self, **options: Any) -> None:
        ray = importlib.import_module("ray")
        if not ray.is_initialized():
            ray.init()
        self._task = ray.remote(**options)(_call) if options else ray.remote(_call)

    def submit(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """A future of the function's result."""
        return self._task.remote(function, arguments, named).future()


def _call(function: Callable[..., Any], arguments: Tuple[Any, ...], named: Dict[str, Any]) -> Any:
    return function(*arguments, **named)


def _workers_of(executor: Any) -> int:
    for name in ("num_workers", "_max_workers"):  # mpi4py's; that of the standard library
        count = getattr(executor, name, None)
        if isinstance(count, int) and count > 0:
            return count
    raise ValueError("workers=: how many evaluations this executor makes at once is not known")


def _is_executor(given: Any) -> bool:
    return hasattr(given, "submit") and not isinstance(given, type)


class _Pool:
    """An executor; one that was made by the caller's function is made anew when it breaks."""

    def __init__(self, given: Any, workers: Optional[int]) -> None:
        if workers is not None and workers < 1:
            raise ValueError("workers= is less than 1")
        self._make: Optional[Callable[[], Any]] = None if _is_executor(given) else given
        self._broken = 0
        self._executor = given if self._make is None else self._make()
        try:
            self.workers = _workers_of(self._executor) if workers is None else workers
        except ValueError:
            self.close(True)
            raise

    def submit(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        return self._executor.submit(function, *arguments, **named)

    def works(self) -> None:
        """An evaluation came to its end."""
        self._broken = 0

    def renew(self, why: BaseException) -> None:
        """Another executor instead of this one."""
        self._broken += 1
        if self._make is None:
            raise BrokenExecutor("the executor is broken; with a function that makes one, run() "
                                 "makes it anew and goes on: %s" % why) from why
        if self._broken == _MOST_BROKEN:
            raise BrokenExecutor("%d executors broke one after the other: %s"
                                 % (self._broken, why)) from why
        self.close(True)
        self._executor = self._make()

    def close(self, at_once: bool) -> None:
        """Ends an executor that is ours; `at_once`: with whatever its processes are doing."""
        if self._make is None:
            return
        processes = getattr(self._executor, "_processes", None)
        if at_once and processes is not None:
            # Its thread must have ended before another pool forks.
            for process in list(processes.values()):
                process.kill()
            self._executor.shutdown(wait=True, cancel_futures=True)
        else:
            self._executor.shutdown(wait=not at_once, cancel_futures=at_once)


class _Task:
    """One evaluation under way."""

    __slots__ = ("trial", "future", "expires")

    def __init__(self, trial: "Trial", future: Any, expires: float) -> None:
        self.trial = trial
        self.future = future
        self.expires = expires


class _Crew:
    """The evaluations of one run that are under way."""

    def __init__(self, search: "Search", pool: _Pool, submit: Callable[["Trial"], Any]) -> None:
        self._search = search
        self._pool = pool
        self._submit = submit
        self._waiting: Deque["Trial"] = deque(one for one in search.outstanding if not one.told)
        self._tasks: Dict[int, _Task] = {}
        self._stuck: Dict[int, Any] = {}  # late, and their workers cannot be called back
        self._ended: "queue.SimpleQueue[int]" = queue.SimpleQueue()
        self._numbers = 0
        self._losses: Dict[int, int] = {}
        self._alone = False

    def __enter__(self) -> "_Crew":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        for task in self._tasks.values():
            task.future.cancel()
        self._pool.close(error is not None or bool(self._stuck))

    # -- handing out --------------------------------------------------------------------------

    def fill(self) -> bool:
        """Gives all workers something to do; false when nothing is left."""
        self._ask()
        while self._waiting and self._free() > 0 and self._may_start(self._waiting[0]):
            self._start(self._waiting.popleft())
        return bool(self._tasks)

    def _free(self) -> int:
        return self._pool.workers - len(self._tasks) - len(self._stuck)

    def _ask(self) -> None:
        wanted = self._free() - len(self._waiting)
        if wanted > 0:
            handed = self._search.ask(wanted)
            again: Set[int] = {trial.id for trial in handed}
            for number, task in list(self._tasks.items()):
                # The search's own clock has run out before this one.
                if task.trial.id in again or task.trial.told:
                    self._abandon(number)
            known = [one for one in self._waiting if one.id not in again and not one.told]
            self._waiting = deque(known + handed)

    def _may_start(self, trial: "Trial") -> bool:
        """A suspect runs alone, so that the next death tells."""
        suspect = self._losses.get(trial.id, 0) >= _SUSPECT
        return not self._alone and not (suspect and self._tasks)

    def _start(self, trial: "Trial") -> None:
        self._alone = self._losses.get(trial.id, 0) >= _SUSPECT
        seconds = self._search.options.deadline
        expires = time.monotonic() + seconds if seconds > 0 else float("inf")
        try:
            future = self._submit(trial)
        except BrokenExecutor as error:
            self._waiting.appendleft(trial)
            self._alone = False
            self._renew(error)
            return
        number = self._numbers = self._numbers + 1
        self._tasks[number] = _Task(trial, future, expires)
        future.add_done_callback(lambda _: self._ended.put(number))

    # -- taking in ----------------------------------------------------------------------------

    def wait(self) -> Optional[_Task]:
        """The next evaluation that comes to its end; None if a deadline passes first, or it was
        given up."""
        first = min(task.expires for task in self._tasks.values())
        left = None if first == float("inf") else max(0.0, first - time.monotonic())
        try:
            return self._take(self._ended.get(timeout=left))
        except queue.Empty:
            return None

    def _take(self, number: int) -> Optional[_Task]:
        self._stuck.pop(number, None)
        task = self._tasks.pop(number, None)
        if task is not None:
            self._alone = False
        return task

    def done(self) -> List[_Task]:
        """What has come to its end though nobody waited for it."""
        return [task for task in self._tasks.values() if task.future.done()]

    def expire(self) -> None:
        """Answers what is past its deadline."""
        now = time.monotonic()
        for number, task in list(self._tasks.items()):
            if task.expires <= now:
                self._abandon(number)
                self._time_out(task.trial)
        if len(self._stuck) >= self._pool.workers:
            self._renew(TimeoutError("every worker is past its deadline"))

    def _time_out(self, trial: "Trial") -> None:
        why = "no answer within %g seconds" % self._search.options.deadline
        try:
            trial.time_out(why)
        except StateError as error:
            self._check_late(error)

    def _check_late(self, error: StateError) -> None:
        """The search's own deadline may have come first; nothing else may."""
        if error.status != Status.UNKNOWN_ID or not self._search.options.deadline:
            raise error

    def tell(self, task: _Task) -> None:
        """Tells the search what an evaluation measured."""
        measures = task.future.result()
        try:
            self._search.tell(task.trial, measures)
        except StateError as error:
            self._check_late(error)

    def _record(self, task: _Task, error: BaseException,
                failures: Tuple[Type[BaseException], ...]) -> bool:
        try:
            return self._search._record_failure(task.trial, error, failures)
        except StateError as late:
            self._check_late(late)
            return True

    def _abandon(self, number: int) -> None:
        task = self._tasks.pop(number)
        self._alone = False
        if not task.future.cancel() and not task.future.done():
            self._stuck[number] = task.future

    # -- losses -------------------------------------------------------------------------------

    def lost(self, task: _Task, error: BaseException) -> bool:
        """Deals with an evaluation whose worker was lost; false if it was not."""
        if isinstance(error, BrokenExecutor):
            self._lose(task)
            self._renew(error)
        elif isinstance(error, CancelledError):
            self._lose(task)
        elif (type(error).__module__.split(".")[0], type(error).__name__) in _DEATHS:
            task.trial.fail("its worker died: %s" % error)
        else:
            return False
        return True

    def _lose(self, task: _Task) -> None:
        losses = self._losses[task.trial.id] = self._losses.get(task.trial.id, 0) + 1
        if losses > _SUSPECT:
            task.trial.fail("its worker died")
        else:
            task.trial.give_back()

    def _renew(self, error: BaseException) -> None:
        """What the executor was given is lost with it."""
        lost = list(self._tasks.values())
        self._tasks.clear()
        self._stuck.clear()
        self._alone = False
        for task in lost:
            if task.future.done() and not task.future.cancelled() and task.future.exception() is None:
                self.tell(task)
            elif isinstance(error, BrokenExecutor):
                self._lose(task)
            else:
                task.trial.give_back()
        self._pool.renew(error)

    def settle(self, task: _Task, failures: Tuple[Type[BaseException], ...]) -> bool:
        """Tells the search what an evaluation brought; false when it is to be made again. What is
        no failure of the sub-network is raised."""
        try:
            task.future.result()
        except BaseException as error:
            if not self._record(task, error, failures):
                if not self.lost(task, error):
                    raise
                return False
        else:
            self.tell(task)
        self._pool.works()
        return True


def run(search: "Search", submit: Callable[[Any, "Trial"], Any], executor: Any,
        workers: Optional[int], failures: Tuple[Type[BaseException], ...], shown: "Bar") -> None:
    """The loop behind `Search.run(..., executor=...)`. `submit` gives an executor a trial."""
    pool = _Pool(executor, workers)
    with _Crew(search, pool, lambda trial: submit(pool, trial)) as crew:
        try:
            while crew.fill():
                task = crew.wait()
                if task is not None and crew.settle(task, failures):
                    shown.update(search)
                crew.expire()
        finally:
            # Whatever ends the run: an evaluation that was made is not thrown away.
            for task in crew.done():
                if not task.future.cancelled() and task.future.exception() is None:
                    crew.tell(task)
