# SPDX-License-Identifier: Apache-2.0
"""Metrics by which predictors are judged; NaN where one is undefined."""
import ctypes
from typing import Any, Callable, Tuple

from . import arrays
from ._handles import thread_context
from ._library import lib


def _pair(a: Any, b: Any) -> Tuple[arrays.Borrowed, arrays.Borrowed]:
    one, other = arrays.borrow(a, "d"), arrays.borrow(b, "d")
    if one.numbers != other.numbers:
        raise ValueError("%d and %d numbers" % (one.numbers, other.numbers))
    return one, other


def _correlation(function: Callable[..., int], a: Any, b: Any) -> float:
    one, other = _pair(a, b)
    out = ctypes.c_double()
    context = thread_context()
    context.check(function(context.pointer, one.address or None, other.address or None, one.numbers,
                           ctypes.byref(out)))
    return out.value


def mape(truth: Any, predicted: Any) -> float:
    """Mean absolute percentage error, in per cent."""
    one, other = _pair(truth, predicted)
    return float(lib.linas_metric_mape(one.address, other.address, one.numbers))


def rmse(truth: Any, predicted: Any) -> float:
    """Root mean squared error."""
    one, other = _pair(truth, predicted)
    return float(lib.linas_metric_rmse(one.address, other.address, one.numbers))


def kendall_tau(a: Any, b: Any) -> float:
    """Kendall's tau-b."""
    return _correlation(lib.linas_metric_kendall_tau, a, b)


def spearman(a: Any, b: Any) -> float:
    """Spearman's rank correlation."""
    return _correlation(lib.linas_metric_spearman, a, b)
