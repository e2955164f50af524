# SPDX-License-Identifier: Apache-2.0
"""Search spaces: which sub-networks a super-network contains."""
import ctypes
import json
from dataclasses import dataclass
from html import escape
from typing import (Any, Callable, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional,
                    Sequence, Tuple, Union)

from . import _abi, arrays
from ._abi import Order, Sampling, ValueKind
from ._handles import Context, Handle, read_text
from ._library import lib
from .arrays import Matrix

Value = Union[int, float, str]
Config = Dict[str, Any]
"""Values by group: one value for a group of one slot, else a list with one for each slot."""


@dataclass(frozen=True)
class Depth:
    """Active as the depth of its stage says: slot p of stage s, if base[s] + depth[first + s] > p.

    `stages` holds how many slots each stage has; without it there is one stage.
    """

    variable: str
    stages: Optional[Sequence[int]] = None
    base: Optional[Sequence[int]] = None
    first: int = 0

    def as_json(self) -> Dict[str, Any]:
        """As in a space's JSON."""
        text: Dict[str, Any] = {"variable": self.variable}
        if self.stages is not None:
            text["stages"] = list(self.stages)
        if self.base is not None:
            text["base"] = list(self.base)
        if self.first:
            text["first"] = self.first
        return text


@dataclass(frozen=True)
class Above:
    """Active if the value of `variable` is greater than `threshold`."""

    variable: str
    threshold: float

    def as_json(self) -> Dict[str, Any]:
        """As in a space's JSON."""
        return {"variable": self.variable, "above": self.threshold}


@dataclass(frozen=True)
class In:
    """Active if `variable` has one of these values."""

    variable: str
    values: Sequence[Value]

    def as_json(self) -> Dict[str, Any]:
        """As in a space's JSON."""
        return {"variable": self.variable, "in": list(self.values)}


Condition = Union[Depth, Above, In, Mapping[str, Any]]


def _condition(given: Any) -> Any:
    """One condition, a list of them, or for each slot one, a list or None."""
    if given is None or isinstance(given, Mapping):
        return given
    if isinstance(given, (Depth, Above, In)):
        return given.as_json()
    return [_condition(one) for one in given]


@dataclass(frozen=True)
class Choice:
    """A group of variables: `count` slots, each with one of the values.

    `ordered` says that neighbouring values are alike. `active_if` is a condition for all slots, or
    a list with a condition, a list of conditions or None for each. `same` names for a slot pairs of
    values that mean the same sub-network.
    """

    values: Sequence[Value]
    count: int = 1
    ordered: bool = False
    active_if: Union[Condition, Sequence[Any], None] = None
    same: Optional[Mapping[int, Sequence[Sequence[Value]]]] = None

    def as_json(self) -> Dict[str, Any]:
        """As in a space's JSON."""
        text: Dict[str, Any] = {"count": self.count, "vars": list(self.values)}
        if self.ordered:
            text["ordered"] = True
        if self.active_if is not None:
            text["active_if"] = _condition(self.active_if)
        if self.same:
            text["same"] = {str(slot): [list(pair) for pair in pairs]
                            for slot, pairs in self.same.items()}
        return text


class Group(NamedTuple):
    """Facts about one group of a space."""

    name: str
    kind: ValueKind
    order: Order
    slots: int
    first: int
    values: Tuple[Value, ...]


def _plain(value: Any) -> Any:
    """Numbers of numpy as Python's own."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError("%r is no value of a search space" % (value,))


class Space(Handle):
    """The search space of a super-network. It does not change once it is made.

    >>> space = Space({"ks": Choice([3, 5, 7], count=20), "d": Choice([2, 3, 4], ordered=True)})

    Plain sequences of values stand for a `Choice` of one slot. `feasible`, if given, takes a
    configuration and tells whether it may be used at all.
    """

    _destroy = "linas_space_destroy"

    def __init__(self, groups: Mapping[str, Union[Choice, Sequence[Value], Mapping[str, Any]]],
                 *, feasible: Optional[Callable[[Config], bool]] = None) -> None:
        described: Dict[str, Any] = {}
        for name, group in groups.items():
            if isinstance(group, Choice):
                described[name] = group.as_json()
            elif isinstance(group, Mapping):
                described[name] = dict(group)
            else:
                described[name] = {"vars": list(group)}
        text = json.dumps(described, default=_plain, allow_nan=False)
        self._open(Context(), text.encode(), feasible)

    def _open(self, context: Context, text: bytes,
              feasible: Optional[Callable[[Config], bool]]) -> None:
        out = ctypes.c_void_p()
        context.check(lib.linas_space_from_json(context.pointer, text, len(text),
                                                ctypes.byref(out)))
        assert out.value is not None
        self._adopt(context, out.value, feasible)

    def _adopt(self, context: Context, pointer: int,
               feasible: Optional[Callable[[Config], bool]]) -> None:
        super().__init__(context, pointer)
        self._context: Context = context
        self.variables: int = lib.linas_space_variables(pointer)
        self.groups: Tuple[Group, ...] = tuple(self._read_groups())
        self._by_name = {group.name: group for group in self.groups}
        self._index = {group.name: {value: index for index, value in enumerate(group.values)}
                       for group in self.groups}
        self._layout = [(group.name, group.first, group.first + group.slots, group.values)
                        for group in self.groups]
        self._feasible = feasible
        if feasible is not None:
            self._set_feasible(feasible)

    # -- making -------------------------------------------------------------------------------

    @classmethod
    def from_json(cls, text: Union[str, bytes], *,
                  feasible: Optional[Callable[[Config], bool]] = None) -> "Space":
        """From the JSON that `to_json` and `linas spaces NAME --json` write."""
        space = cls.__new__(cls)
        space._open(Context(), text.encode() if isinstance(text, str) else text, feasible)
        return space

    @classmethod
    def preset(cls, name: str, *,
               feasible: Optional[Callable[[Config], bool]] = None) -> "Space":
        """A space that is compiled into the library; `presets()` lists them."""
        space = cls.__new__(cls)
        context = Context()
        out = ctypes.c_void_p()
        context.check(lib.linas_space_preset(context.pointer, name.encode(), ctypes.byref(out)))
        assert out.value is not None
        space._adopt(context, out.value, feasible)
        return space

    @staticmethod
    def presets() -> Dict[str, str]:
        """Names of the built-in spaces, each with a line about it."""
        return {lib.linas_space_preset_name(index).decode():
                lib.linas_space_preset_text(index).decode()
                for index in range(lib.linas_space_preset_count())}

    @classmethod
    def from_configspace(cls, configuration_space: Any, *, steps: int = 8) -> "Space":
        """From a space of the ConfigSpace package; real ranges are cut into `steps` values."""
        from .imports import from_configspace
        return cls(from_configspace(configuration_space, steps))

    @classmethod
    def from_nni(cls, search_space: Union[str, Mapping[str, Any]], *, steps: int = 8) -> "Space":
        """From an NNI search space, a dict or its JSON; real ranges are cut into `steps` values."""
        from .imports import from_nni
        return cls(from_nni(search_space, steps))

    def _clone(self, context: Context) -> "Space":
        """The same space in another context, so that it belongs to nobody else's thread."""
        space = Space.__new__(Space)
        space._open(context, self.to_json().encode(), self._feasible)
        return space

    @classmethod
    def _copy_of(cls, context: Context, pointer: int) -> "Space":
        """A space of its own, equal to one that belongs to another object."""
        text = read_text(context, lib.linas_space_to_json, pointer).rstrip(b"\0")
        space = cls.__new__(cls)
        space._open(context, text, None)
        return space

    def _set_feasible(self, feasible: Callable[[Config], bool]) -> None:
        variables = self.variables

        def callback(_data: Any, genome: int, _variables: int) -> int:
            row = (ctypes.c_int32 * variables).from_address(genome)
            return 1 if feasible(self.config(row)) else 0

        def guarded(*arguments: Any) -> int:
            try:
                return callback(*arguments)
            except BaseException as error:  # raised again after the running call
                self._context.raised = error
                return -1
        self._trampoline = _abi.FEASIBLE(guarded)
        self._context.check(lib.linas_space_set_feasible(
            self.pointer, ctypes.cast(self._trampoline, ctypes.c_void_p), None))

    def _read_groups(self) -> Iterator[Group]:
        pointer = self.pointer
        info = _abi.GroupInfo()
        for index in range(lib.linas_space_groups(pointer)):
            info.size = ctypes.sizeof(info)
            self._context.check(lib.linas_space_group(pointer, index, ctypes.byref(info)))
            kind = ValueKind(info.value_kind)
            values = tuple(self._value(kind, index, value) for value in range(info.values))
            yield Group(info.name.decode(), kind, Order(info.order), info.slots,
                        info.first_variable, values)

    def _value(self, kind: ValueKind, group: int, index: int) -> Value:
        number: Any
        if kind == ValueKind.INT:
            number, read = ctypes.c_int64(), lib.linas_space_value_int
        elif kind == ValueKind.REAL:
            number, read = ctypes.c_double(), lib.linas_space_value_real
        else:
            number, read = ctypes.c_char_p(), lib.linas_space_value_string
        self._context.check(read(self.pointer, group, index, ctypes.byref(number)))
        value = number.value
        return value.decode() if isinstance(value, bytes) else value

    # -- configurations -----------------------------------------------------------------------

    def config(self, genome: Any) -> Config:
        """Values by group of a genome (value indices)."""
        return {name: values[genome[first]] if end - first == 1
                else [values[gene] for gene in genome[first:end]]
                for name, first, end, values in self._layout}

    def genome(self, config: Mapping[str, Any]) -> Tuple[int, ...]:
        """Value indices of a configuration; every group must be named."""
        genes: List[int] = []
        for name in config:
            if name not in self._by_name:
                raise KeyError("the space has no group %r" % (name,))
        for group in self.groups:
            if group.name not in config:
                raise KeyError("the configuration has no %r" % (group.name,))
            given = config[group.name]
            slots = [given] if isinstance(given, (int, float, str)) or group.slots == 1 \
                and not isinstance(given, (list, tuple)) else list(given)
            if len(slots) != group.slots:
                raise ValueError("%r has %d values, not %d" % (group.name, group.slots, len(slots)))
            index = self._index[group.name]
            for value in slots:
                if value not in index:
                    raise ValueError("%r has no value %r" % (group.name, value))
                genes.append(index[value])
        return tuple(genes)

    def genomes(self, rows: Any) -> Any:
        """Rows of value indices: what has them already (arrays, matrices) as it is, and
        configurations or sequences as a new matrix."""
        if isinstance(rows, Matrix) or hasattr(rows, "__array_interface__"):
            return rows
        data = arrays.zeros("i", 0)
        for row in rows:
            data.extend(self.genome(row) if isinstance(row, Mapping) else row)
        return Matrix(data, self.variables)

    def _row(self, genome: Any) -> Any:
        """Room for one genome, filled."""
        genes = self.genome(genome) if isinstance(genome, Mapping) else genome
        if len(genes) != self.variables:
            raise ValueError("a genome has %d genes, not %d" % (self.variables, len(genes)))
        return (ctypes.c_int32 * self.variables)(*genes)

    def canonical(self, genome: Any) -> Tuple[int, ...]:
        """The canonical form of a genome or configuration: inactive variables have index 0."""
        row = self._row(genome)
        with self._context.lock:
            self._context.check(lib.linas_space_canonical(self.pointer, row, row))
        return tuple(row)

    def active(self, genome: Any) -> Tuple[bool, ...]:
        """For each variable whether it is active in a genome or configuration."""
        active = (ctypes.c_uint8 * self.variables)()
        with self._context.lock:
            self._context.check(lib.linas_space_active(self.pointer, self._row(genome), active))
        return tuple(map(bool, active))

    def active_config(self, genome: Any) -> Config:
        """Values by group with None for variables that are not active."""
        row = self._row(genome)
        active = self.active(row)
        values = [group.values[row[variable]] if active[variable] else None
                  for group in self.groups
                  for variable in range(group.first, group.first + group.slots)]
        return {name: values[first] if end - first == 1 else values[first:end]
                for name, first, end, _ in self._layout}

    def check(self, genome: Any) -> None:
        """Raise unless every gene is an index of a value."""
        with self._context.lock:
            self._context.check(lib.linas_space_check(self.pointer, self._row(genome)))

    def hash(self, genome: Any) -> int:
        """A number of 64 bits that equal sub-networks share, on every machine."""
        out = ctypes.c_uint64()
        with self._context.lock:
            self._context.check(lib.linas_space_hash(self.pointer, self._row(genome),
                                                     ctypes.byref(out)))
        return out.value

    def is_feasible(self, genome: Any) -> bool:
        """Does `feasible` accept it?"""
        out = ctypes.c_int32()
        with self._context.lock:
            self._context.check(lib.linas_space_is_feasible(self.pointer, self._row(genome),
                                                            ctypes.byref(out)))
        return bool(out.value)

    def sample(self, count: int, *, seed: int = 1, low_discrepancy: bool = False,
               exclude: Any = None) -> Matrix:
        """Up to `count` distinct feasible sub-networks that are not among `exclude`."""
        method = Sampling.LOW_DISCREPANCY if low_discrepancy else Sampling.UNIFORM
        excluded = arrays.borrow_rows(self.genomes(exclude), "i", self.variables) \
            if exclude is not None else (arrays.Borrowed(0, 0, None), 0)
        data = arrays.zeros("i", count * self.variables)
        found = ctypes.c_size_t()
        with self._context.lock:
            self._context.check(lib.linas_space_sample(
                self.pointer, method, seed, excluded[0].address or None, excluded[1], count,
                data.buffer_info()[0], ctypes.byref(found)))
        del data[found.value * self.variables:]
        return Matrix(data, self.variables)

    # -- facts --------------------------------------------------------------------------------

    @property
    def names(self) -> List[str]:
        """Names of the variables: `ks[3]`, or `d` in a group of one slot."""
        return [group.name if group.slots == 1 else "%s[%d]" % (group.name, slot)
                for group in self.groups for slot in range(group.slots)]

    @property
    def raw_size(self) -> float:
        """Number of genomes."""
        return float(lib.linas_space_raw_cardinality(self.pointer))

    @property
    def size(self) -> float:
        """Number of distinct sub-networks, feasible or not."""
        out = ctypes.c_double()
        with self._context.lock:
            self._context.check(lib.linas_space_effective_cardinality(self.pointer,
                                                                      ctypes.byref(out)))
        return out.value

    @property
    def fingerprint(self) -> int:
        """A number of 64 bits that equal spaces share."""
        out = ctypes.c_uint64()
        with self._context.lock:
            self._context.check(lib.linas_space_fingerprint(self.pointer, ctypes.byref(out)))
        return out.value

    def to_json(self) -> str:
        """As JSON, without `feasible`."""
        with self._context.lock:
            text = read_text(self._context, lib.linas_space_to_json, self.pointer)
        return text.rstrip(b"\0").decode()

    def __contains__(self, config: object) -> bool:
        try:
            self.check(config)
        except (KeyError, TypeError, ValueError):
            return False
        return True

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Space):
            return NotImplemented
        return self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __repr__(self) -> str:
        if self.closed:
            return "Space(closed)"
        inside = ", ".join("%s x%d %s" % (group.name, group.slots, _short(group.values))
                           for group in self.groups)
        return "Space(%s)" % inside

    def _repr_html_(self) -> str:
        rows = "".join(
            "<tr><td>%s</td><td>%d</td><td>%s</td><td>%s</td></tr>"
            % (escape(group.name), group.slots, group.order.name.lower(),
               escape(_short(group.values))) for group in self.groups)
        return ("<table><caption>%d variables, %.3g sub-networks</caption><tr><th>group</th>"
                "<th>slots</th><th>order</th><th>values</th></tr>%s</table>"
                % (self.variables, self.raw_size, rows))


def _short(values: Iterable[Value]) -> str:
    listed = [str(value) for value in values]
    if len(listed) > 12:
        listed = [*listed[:6], "...", *listed[-3:]]
    return "{%s}" % ", ".join(listed)


def presets() -> Dict[str, str]:
    """Names of the built-in spaces, each with a line about it."""
    return Space.presets()


def preset(name: str) -> Space:
    """A built-in space."""
    return Space.preset(name)
