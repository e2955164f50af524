# SPDX-License-Identifier: Apache-2.0
"""Latencies on a machine that other systems share, which is slower by two thirds for seconds at a time: each is
measured between two measurements of a reference that slows down with it."""
import statistics
import time
from typing import Any, Callable, List

AGREE, ENOUGH, TRIES = 1.06, 3, 40


class Gauge:
    """A reference, `runs` runs at a time, and the fastest that it was seen."""

    def __init__(self, reference: Callable[[], Any], runs: int,
                 clock: Callable[[], float] = time.thread_time) -> None:
        self.reference, self.runs, self.clock = reference, runs, clock
        self.fastest = min(self._time(reference) for _ in range(20))

    def _time(self, run: Callable[[], Any]) -> float:
        times: List[float] = []
        for _ in range(self.runs):
            start = self.clock()
            run()
            times.append(self.clock() - start)
        return statistics.median(times)

    def latency(self, run: Callable[[], Any]) -> float:
        """Milliseconds as the machine is at its fastest: what the reference takes then, times the median ratio of
        the two. Ratios count while the reference stays the same within 6 %; what disturbs it all the time
        ends the tries."""
        run()
        ratios: List[float] = []
        before = self._time(self.reference)
        for number in range(TRIES):
            value, after = self._time(run), self._time(self.reference)
            if max(before, after) <= AGREE * min(before, after) or TRIES - number <= ENOUGH - len(ratios):
                ratios.append(2 * value / (before + after))
            self.fastest = min(self.fastest, after)
            before = after
            if len(ratios) == ENOUGH:
                break
        return 1e3 * self.fastest * statistics.median(ratios)
