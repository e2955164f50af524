# SPDX-License-Identifier: Apache-2.0
"""Pareto functions. Points are rows of numbers to be *minimised*; negate what is maximised."""
import ctypes
from array import array
from typing import Any, Iterator, List, Sequence, Tuple

from . import arrays
from ._handles import Context, Handle, thread_context
from ._library import lib


def _points(points: Any, m: int = 0) -> Tuple[arrays.Borrowed, int, int]:
    """Memory, number of points, number of objectives."""
    shape = getattr(points, "shape", None)
    if shape is not None and len(shape) == 2:
        m = int(shape[1])
    elif not m:
        points = list(points)
        m = len(points[0]) if points else 0
        if any(len(point) != m for point in points):
            raise ValueError("the points have different lengths")
    if not m:
        return arrays.Borrowed(0, 0, None), 0, 0
    borrowed, rows = arrays.borrow_rows(points, "d", m)
    return borrowed, rows, m


def compare(a: Sequence[float], b: Sequence[float]) -> int:
    """-1: `a` dominates `b`; 1: `b` dominates `a`; 0: neither."""
    one, other = arrays.borrow(a, "d"), arrays.borrow(b, "d")
    if one.numbers != other.numbers:
        raise ValueError("points of %d and %d objectives" % (one.numbers, other.numbers))
    return int(lib.linas_pareto_compare(one.address, other.address, one.numbers))


def rank(points: Any) -> "array[int]":
    """Non-dominated sorting: 0 for the points of the first front, 1 for those of the second, ..."""
    borrowed, rows, m = _points(points)
    ranks = array("I", bytes(4 * rows))
    if rows:
        context = thread_context()
        context.check(lib.linas_pareto_rank(context.pointer, borrowed.address, rows, m,
                                            ranks.buffer_info()[0], None))
    return ranks


def crowding(points: Any) -> "array[float]":
    """Crowding distance of points taken as one front."""
    borrowed, rows, m = _points(points)
    distances = arrays.zeros("d", rows)
    if rows:
        context = thread_context()
        context.check(lib.linas_pareto_crowding(context.pointer, borrowed.address, rows, m,
                                                distances.buffer_info()[0]))
    return distances


def hypervolume(points: Any, reference: Sequence[float]) -> float:
    """Exact hypervolume that the points dominate below the reference point."""
    corner = arrays.borrow(reference, "d")
    borrowed, rows, m = _points(points)
    if rows and m != corner.numbers:
        raise ValueError("points of %d objectives, a reference of %d" % (m, corner.numbers))
    out = ctypes.c_double()
    context = thread_context()
    context.check(lib.linas_hypervolume(context.pointer, borrowed.address or None, rows,
                                        corner.numbers, corner.address, ctypes.byref(out)))
    return out.value


class Archive(Handle):
    """Mutually non-dominated points, each with a tag of yours (a whole number)."""

    _destroy = "linas_archive_destroy"

    def __init__(self, objectives: int) -> None:
        context = Context()
        out = ctypes.c_void_p()
        context.check(lib.linas_archive_create(context.pointer, objectives, ctypes.byref(out)))
        assert out.value is not None
        super().__init__(context, out.value)
        self._context: Context = context
        self.objectives = objectives

    def add(self, point: Sequence[float], tag: int = 0) -> bool:
        """Offer a point; did it enter? Members that it dominates leave."""
        borrowed, rows = arrays.borrow_rows(point, "d", self.objectives)
        if rows != 1:
            raise ValueError("a point has %d numbers" % self.objectives)
        entered = ctypes.c_int32()
        with self._context.lock:
            self._context.check(lib.linas_archive_add(self.pointer, borrowed.address, tag,
                                                      ctypes.byref(entered)))
        return bool(entered.value)

    def set_reference(self, reference: Sequence[float]) -> None:
        """From now on keep the hypervolume below `reference` up to date."""
        borrowed, rows = arrays.borrow_rows(reference, "d", self.objectives)
        if rows != 1:
            raise ValueError("a reference has %d numbers" % self.objectives)
        with self._context.lock:
            self._context.check(lib.linas_archive_set_reference(self.pointer, borrowed.address))

    @property
    def hypervolume(self) -> float:
        """Hypervolume below the reference."""
        out = ctypes.c_double()
        with self._context.lock:
            self._context.check(lib.linas_archive_hypervolume(self.pointer, ctypes.byref(out)))
        return out.value

    def __len__(self) -> int:
        return int(lib.linas_archive_size(self.pointer))

    def __getitem__(self, index: int) -> Tuple[Tuple[float, ...], int]:
        point = (ctypes.c_double * self.objectives)()
        tag = ctypes.c_uint64()
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError("member %d of %d" % (index, len(self)))
        with self._context.lock:
            self._context.check(lib.linas_archive_get(self.pointer, place, point,
                                                      ctypes.byref(tag)))
        return tuple(point), tag.value

    def __iter__(self) -> Iterator[Tuple[Tuple[float, ...], int]]:
        return (self[index] for index in range(len(self)))

    def points(self) -> List[Tuple[float, ...]]:
        """The members, in increasing order of the first objective."""
        return [point for point, _ in self]
