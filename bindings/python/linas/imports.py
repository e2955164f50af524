# SPDX-License-Identifier: Apache-2.0
"""Spaces and results of other tools."""
import json
import os
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

from ._abi import Maximum, Outcome
from .objectives import Objective
from .results import Evaluation, Results
from .space import Above, Choice, In, Space

# -- DyNAS-T ---------------------------------------------------------------------------------------


def _dynas_config(text: str, space: Space) -> Dict[str, Any]:
    """The dict in a row's first column: what the space has no group for is left out."""
    from ast import literal_eval
    given = literal_eval(text)
    if not isinstance(given, dict):
        raise ValueError("no dict of parameters")
    config = {}
    for group in space.groups:
        value = given[group.name]
        config[group.name] = value[0] if group.slots == 1 and isinstance(value, list) else value
    return config


def read_dynas_csv(path: Union[str, "os.PathLike[str]"], space: Space,
                   objectives: Mapping[str, Objective]) -> Results:
    """The evaluations in a results file of DyNAS-T.

    Its first column holds each sub-network as a dict of lists by parameter. `objectives` tells
    which columns are read: column name -> `Maximize(...)` or `Minimize(...)`.
    """
    import csv
    evaluations: List[Evaluation] = []
    with open(path, newline="", encoding="utf-8") as lines:
        reader = csv.reader(lines, skipinitialspace=True)
        header = [name.strip() for name in next(reader, [])]
        for name in objectives:
            if name not in header:
                raise KeyError("the file has no column %r, but %s" % (name, ", ".join(header)))
        for row in reader:
            if not row:
                continue
            try:
                genome = space.canonical(_dynas_config(row[0], space))
                values = {objective.name: float(row[header.index(name)])
                          for name, objective in objectives.items()}
            except (KeyError, ValueError, SyntaxError, IndexError) as error:
                raise ValueError("%s, line %d: %s" % (path, reader.line_num, error)) from error
            evaluations.append(Evaluation(space, len(evaluations), Outcome.OK, genome, values))
    return Results(space, list(objectives.values()), evaluations)


# -- ranges ----------------------------------------------------------------------------------------


def _spread(low: float, high: float, steps: int, log: bool) -> List[float]:
    """Values from low to high, both included, evenly or by a constant factor."""
    if steps < 2 or low == high:
        return [low]
    if log:
        return [low * (high / low) ** (index / (steps - 1)) for index in range(steps)]
    return [low + (high - low) * index / (steps - 1) for index in range(steps)]


def _integers(low: int, high: int, steps: int, log: bool) -> List[int]:
    """All integers when there are few; `steps` of them when there are more than the library takes
    or the scale is logarithmic."""
    if not log and high - low < Maximum.VALUES:
        return list(range(low, high + 1))
    return sorted({round(value) for value in _spread(low, high, steps, log)})


# -- ConfigSpace -----------------------------------------------------------------------------------


def _configspace_choice(parameter: Any, steps: int) -> Tuple[List[Any], bool]:
    """Values and whether they are ordered."""
    kind = type(parameter).__name__
    if kind == "Constant":
        return [parameter.value], False
    if kind == "OrdinalHyperparameter":
        return list(parameter.sequence), True
    if kind == "CategoricalHyperparameter":
        return list(parameter.choices), False
    log = bool(getattr(parameter, "log", False))
    if kind.endswith("IntegerHyperparameter"):
        return list(_integers(int(parameter.lower), int(parameter.upper), steps, log)), True
    if kind.endswith("FloatHyperparameter"):
        return list(_spread(float(parameter.lower), float(parameter.upper), steps, log)), True
    raise TypeError("a %s of ConfigSpace is not understood" % kind)


def _configspace_conditions(condition: Any, values: Mapping[str, Sequence[Any]]) -> List[Any]:
    kind = type(condition).__name__
    if kind == "AndConjunction":
        return [one for part in condition.components
                for one in _configspace_conditions(part, values)]
    parent = condition.parent.name
    if kind == "EqualsCondition":
        return [In(parent, [_plain(condition.value)])]
    if kind == "InCondition":
        return [In(parent, [_plain(value) for value in condition.values])]
    if kind == "NotEqualsCondition":
        return [In(parent, [value for value in values[parent]
                            if value != _plain(condition.value)])]
    if kind == "GreaterThanCondition":
        return [Above(parent, condition.value)]
    if kind == "LessThanCondition":
        return [In(parent, [value for value in values[parent] if value < condition.value])]
    raise TypeError("a %s of ConfigSpace is not understood" % kind)


def _plain(value: Any) -> Any:
    """A number or text of Python: no numpy, no truth values, which the library does not know."""
    if hasattr(value, "item"):
        value = value.item()
    if value is None or isinstance(value, bool):
        return str(value)
    return value


def _conditions_of(space: Any) -> Iterable[Any]:
    """By the name of either generation of the package."""
    if hasattr(space, "conditions"):
        return list(space.conditions)
    return list(space.get_conditions())


def from_configspace(space: Any, steps: int = 8) -> Dict[str, Choice]:
    """Groups of a space of the ConfigSpace package. Truth values become texts; forbidden clauses
    are not carried over."""
    parameters = list(space.values()) if hasattr(space, "values") else space.get_hyperparameters()
    kinds = {}
    for parameter in parameters:
        values, ordered = _configspace_choice(parameter, steps)
        kinds[parameter.name] = ([_plain(value) for value in values], ordered)
    active: Dict[str, List[Any]] = {}
    for condition in _conditions_of(space):
        parts = condition.components if hasattr(condition, "components") else [condition]
        child = parts[0].child.name
        active.setdefault(child, []).extend(_configspace_conditions(
            condition, {name: values for name, (values, _) in kinds.items()}))
    return {name: Choice(values, ordered=ordered,
                         active_if=[active[name]] if name in active else None)
            for name, (values, ordered) in kinds.items()}


# -- NNI -------------------------------------------------------------------------------------------


def _nni_values(kind: str, given: Sequence[Any], steps: int) -> Tuple[List[Any], bool]:
    if kind == "randint":
        return list(_integers(int(given[0]), int(given[1]) - 1, steps, False)), True
    if kind in ("uniform", "loguniform"):
        return list(_spread(given[0], given[1], steps, kind == "loguniform")), True
    if kind in ("quniform", "qloguniform"):
        low, high, q = given
        if kind == "quniform":
            first, last = round(low / q), round(high / q)
            return [min(max(index * q, low), high) for index in range(first, last + 1)], True
        return sorted({min(max(round(value / q) * q, low), high)
                       for value in _spread(low, high, steps, True)}), True
    raise TypeError("the NNI type %r is not understood" % kind)


def _nni_group(name: str, text: Mapping[str, Any], steps: int, condition: Optional[In],
               groups: Dict[str, Choice]) -> None:
    kind, given = text["_type"], text["_value"]
    active = [[condition]] if condition is not None else None
    if kind != "choice":
        values, ordered = _nni_values(kind, given, steps)
        groups[name] = Choice(values, ordered=ordered, active_if=active)
        return
    labels = [option["_name"] if isinstance(option, Mapping) else _plain(option)
              for option in given]
    if len({isinstance(label, str) for label in labels}) > 1:
        labels = [str(label) for label in labels]
    groups[name] = Choice(labels, active_if=active)
    for option, label in zip(given, labels):
        if isinstance(option, Mapping):
            for inner, inside in option.items():
                if inner != "_name":
                    _nni_group("%s/%s/%s" % (name, label, inner), inside, steps,
                               In(name, [label]), groups)


def from_nni(space: Union[str, Mapping[str, Any]], steps: int = 8) -> Dict[str, Choice]:
    """Groups of an NNI search space: choice (nested ones become conditions), randint, uniform,
    loguniform, quniform, qloguniform."""
    described = json.loads(space) if isinstance(space, str) else space
    groups: Dict[str, Choice] = {}
    for name, text in described.items():
        _nni_group(name, text, steps, None, groups)
    return groups
