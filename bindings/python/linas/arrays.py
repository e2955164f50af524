# SPDX-License-Identifier: Apache-2.0
"""Rows of numbers shared with the library, and with numpy where it is installed, without copies."""
import ctypes
import importlib
import sys
from array import array
from typing import Any, Dict, Iterator, NamedTuple, Sequence, Tuple, Union, overload

_ENDIAN = "<" if sys.byteorder == "little" else ">"
_CODES = {"i": "i4", "d": "f8"}


class Matrix(Sequence[Sequence[Any]]):
    """Rows of equal length in one piece of memory.

    `numpy.asarray(matrix)` is a view of it, not a copy; `matrix[i]` is a view of row i.
    """

    def __init__(self, data: "array[Any]", columns: int) -> None:
        self.data = data
        self.columns = columns
        self.rows = len(data) // columns if columns else 0

    @property
    def shape(self) -> Tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    @property
    def __array_interface__(self) -> Dict[str, Any]:
        return {"version": 3, "shape": self.shape, "data": (self.data.buffer_info()[0], False),
                "typestr": _ENDIAN + _CODES[self.data.typecode]}

    def __len__(self) -> int:
        return self.rows

    @overload
    def __getitem__(self, index: int) -> "memoryview": ...

    @overload
    def __getitem__(self, index: slice) -> "Matrix": ...

    def __getitem__(self, index: Union[int, slice]) -> "Union[memoryview, Matrix]":
        if isinstance(index, slice):
            chosen = array(self.data.typecode)
            for row in range(*index.indices(self.rows)):
                chosen.extend(self.data[row * self.columns:(row + 1) * self.columns])
            return Matrix(chosen, self.columns)
        row = index + self.rows if index < 0 else index
        if not 0 <= row < self.rows:
            raise IndexError("row %d of %d" % (index, self.rows))
        return memoryview(self.data)[row * self.columns:(row + 1) * self.columns]

    def __iter__(self) -> Iterator[memoryview]:
        return (self[row] for row in range(self.rows))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Matrix):
            return NotImplemented
        return self.shape == other.shape and self.data == other.data

    __hash__ = None  # type: ignore[assignment]

    def tolist(self) -> "list[list[Any]]":
        """Lists of plain numbers."""
        return [row.tolist() for row in self]

    def __repr__(self) -> str:
        return "Matrix(%d x %d, %r)" % (self.rows, self.columns, self.data.typecode)


class Borrowed(NamedTuple):
    """Memory for the length of a call."""

    address: int
    numbers: int
    keep: Any  # what owns the memory


def zeros(typecode: str, count: int) -> "array[Any]":
    """That many zeros."""
    return array(typecode, bytes(count * (4 if typecode == "i" else 8)))


def _of_array(values: "array[Any]") -> Borrowed:
    address, count = values.buffer_info()
    return Borrowed(address, count, values)


def _of_interface(values: Any, typecode: str) -> Borrowed:
    """An object of numpy or another with its array interface; other types are converted."""
    facts = values.__array_interface__
    if facts["typestr"] != _ENDIAN + _CODES[typecode] or facts.get("strides") is not None:
        numpy: Any = importlib.import_module("numpy")
        values = _converted(numpy, values, typecode)
        facts = values.__array_interface__
    count = 1
    for length in facts["shape"]:
        count *= length
    return Borrowed(facts["data"][0], count, values)


def _converted(numpy: Any, values: Any, typecode: str) -> Any:
    """Of the type that is needed; numbers that would change are refused."""
    given = numpy.asarray(values)
    kind = numpy.dtype(_ENDIAN + _CODES[typecode])
    if typecode == "i" and given.dtype.kind not in "iub":
        raise TypeError("genomes are value indices, not %s" % given.dtype)
    wanted = numpy.ascontiguousarray(given, dtype=kind)
    if typecode == "i" and not (wanted == given).all():
        raise ValueError("a value index does not fit 32 bits")
    return wanted


def _of_buffer(values: Any, typecode: str) -> Borrowed:
    view = memoryview(values)
    if view.format != typecode or not view.c_contiguous:
        return _of_array(array(typecode, _flat(view.tolist())))
    count = view.nbytes // view.itemsize
    if view.readonly:
        return _of_array(array(typecode, view.tobytes()))
    kind: Any = ctypes.c_int32 if typecode == "i" else ctypes.c_double
    mapped = (kind * count).from_buffer(view)
    return Borrowed(ctypes.addressof(mapped), count, (mapped, view))


def _flat(values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, (list, tuple, array, memoryview)):
            yield from _flat(value)
        elif hasattr(value, "__array_interface__") and hasattr(value, "tolist"):
            item = value.tolist()
            if isinstance(item, list):
                yield from _flat(item)
            else:
                yield item
        else:
            yield value


def borrow(values: Any, typecode: str) -> Borrowed:
    """The numbers, where they are if their type and order allow it, else as a copy."""
    if isinstance(values, Matrix):
        values = values.data
    if isinstance(values, array) and values.typecode == typecode:
        return _of_array(values)
    if hasattr(values, "__array_interface__"):
        return _of_interface(values, typecode)
    if isinstance(values, (memoryview, bytearray, array)):
        return _of_buffer(values, typecode)
    return _of_array(array(typecode, _flat(values)))


def borrow_rows(values: Any, typecode: str, columns: int) -> Tuple[Borrowed, int]:
    """The same with the number of rows; an error when it does not come out."""
    borrowed = borrow(values, typecode)
    if columns == 0 or borrowed.numbers % columns:
        raise ValueError("%d numbers are no rows of %d" % (borrowed.numbers, columns))
    return borrowed, borrowed.numbers // columns


def output(given: Any, typecode: str, count: int) -> Tuple[Borrowed, Any]:
    """Where to write `count` numbers: the caller's array, or a new one."""
    if given is None:
        fresh = zeros(typecode, count)
        return _of_array(fresh), fresh
    if hasattr(given, "__array_interface__"):
        facts = given.__array_interface__
        if facts["typestr"] != _ENDIAN + _CODES[typecode] or facts.get("strides") is not None:
            raise TypeError("out must be contiguous and of the type %s" % _CODES[typecode])
        if facts["data"][1]:
            raise TypeError("out cannot be written to")
        borrowed = _of_interface(given, typecode)
    else:
        view = memoryview(given)
        if view.format != typecode or not view.c_contiguous or view.readonly:
            raise TypeError("out must be contiguous, writable and of the type %s" % typecode)
        borrowed = _of_buffer(given, typecode)
    if borrowed.numbers != count:
        raise ValueError("out has %d numbers, %d are needed" % (borrowed.numbers, count))
    return borrowed, given


def copy_rows(address: int, typecode: str, rows: int, columns: int) -> Matrix:
    """Rows of the library's memory, copied: a callback's arrays end with the callback."""
    width = 4 if typecode == "i" else 8
    return Matrix(array(typecode, ctypes.string_at(address, rows * columns * width)), columns)
