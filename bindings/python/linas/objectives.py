# SPDX-License-Identifier: Apache-2.0
"""What a search improves."""
import math
from dataclasses import dataclass
from typing import Any, Callable, ClassVar, Dict, Optional

from ._abi import Direction
from .arrays import Matrix


@dataclass(frozen=True)
class Objective:
    """One objective; make a `Maximize` or a `Minimize`.

    A *measured* one gets its values from the function that measures and is predicted inside the
    search. One with `compute` (of a configuration) or `compute_rows` (of many genomes at a time,
    returning as many numbers) is cheap and exact: it is asked inside the search too. Both must be
    pure functions. `at_least` and `at_most` are limits in the objective's own unit.
    """

    name: str
    unit: str = ""
    at_least: float = -math.inf
    at_most: float = math.inf
    compute: Optional[Callable[[Dict[str, Any]], float]] = None
    compute_rows: Optional[Callable[[Matrix], Any]] = None

    direction: ClassVar[Direction] = Direction.MINIMIZE

    @property
    def computed(self) -> bool:
        """Does the host compute it inside the search?"""
        return self.compute is not None or self.compute_rows is not None

    @property
    def maximize(self) -> bool:
        """Is more better?"""
        return self.direction == Direction.MAXIMIZE

    @property
    def label(self) -> str:
        """Name and unit, such as "latency (ms)"."""
        return "%s (%s)" % (self.name, self.unit) if self.unit else self.name

    def within(self, value: float) -> bool:
        """Does a value keep to the limits?"""
        return self.at_least <= value <= self.at_most


class Maximize(Objective):
    """More is better."""

    direction = Direction.MAXIMIZE


class Minimize(Objective):
    """Less is better."""

    direction = Direction.MINIMIZE
