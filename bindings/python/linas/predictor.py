# SPDX-License-Identifier: Apache-2.0
"""Predictors of one measure from a sub-network's configuration."""
import ctypes
from dataclasses import dataclass
from typing import Any, Callable, NamedTuple, Optional, Sequence, Tuple, Union

from . import _abi, arrays
from ._abi import Model, Target
from ._handles import Context, Handle, read_text
from ._library import lib
from .arrays import Matrix
from .space import Space


@dataclass(frozen=True)
class PredictorOptions:
    """How a predictor is made. `model` and `target` may be names such as "ridge" and "rank"."""

    model: Union[Model, str] = Model.AUTO
    target: Union[Target, str] = Target.AUTO
    folds: int = 5
    seed: int = 1


class Quality(NamedTuple):
    """What the last fit found, over cross-validated predictions; NaN where undefined."""

    model: Model
    target: Target
    rows: int
    kendall_tau: float
    spearman: float
    rmse: float
    mape: float

    @classmethod
    def _of(cls, quality: Any) -> "Quality":
        return cls(Model(quality.model), Target(quality.target), quality.rows, quality.kendall_tau,
                   quality.spearman, quality.rmse, quality.mape)


class Prediction(NamedTuple):
    """Means, and standard deviations if they were asked for."""

    mean: Any
    deviation: Any


def named(kind: Any, value: Any) -> Any:
    """A constant from its name in any case, or as it is."""
    if isinstance(value, str):
        try:
            return kind[value.upper()]
        except KeyError:
            names = ", ".join(one.name.lower() for one in kind)
            raise ValueError("%r is none of %s" % (value, names)) from None
    return kind(value)


class Predictor(Handle):
    """A predictor of the library: ridge, SVR, a Gaussian process or the automatic choice.

    `Predictor(space, model="ridge")` takes the options one by one, or as `PredictorOptions`.
    """

    _destroy = "linas_predictor_destroy"

    def __init__(self, space: Space, options: Optional[PredictorOptions] = None, *,
                 model: Union[Model, str, None] = None, target: Union[Target, str, None] = None,
                 folds: Optional[int] = None, seed: Optional[int] = None) -> None:
        given = options if options is not None else PredictorOptions()
        chosen = PredictorOptions(given.model if model is None else model,
                                  given.target if target is None else target,
                                  given.folds if folds is None else folds,
                                  given.seed if seed is None else seed)
        values = _abi.PredictorOptions()
        lib.linas_predictor_options_init(ctypes.byref(values))
        values.model = named(Model, chosen.model)
        values.target = named(Target, chosen.target)
        values.folds, values.seed = chosen.folds, chosen.seed
        self.options: Optional[PredictorOptions] = chosen
        out = ctypes.c_void_p()
        with space._context.lock:
            space._context.check(lib.linas_predictor_create(space.pointer, ctypes.byref(values),
                                                            ctypes.byref(out)))
        self._adopt(space, out)

    def _adopt(self, space: Space, out: ctypes.c_void_p) -> None:
        assert out.value is not None
        super().__init__(space._context, out.value)
        self._context: Context = space._context
        self.space = space

    @classmethod
    def load(cls, space: Space, text: Union[str, bytes]) -> "Predictor":
        """From what `save` wrote, for an equal space."""
        data = text.encode() if isinstance(text, str) else text
        out = ctypes.c_void_p()
        with space._context.lock:
            space._context.check(lib.linas_predictor_load(space.pointer, data, len(data),
                                                          ctypes.byref(out)))
        predictor = cls.__new__(cls)
        predictor.options = None
        predictor._adopt(space, out)
        return predictor

    def _for(self, space: Space) -> "Predictor":
        """The same kind of predictor in a search's own context."""
        if self.options is None:
            return Predictor.load(space, self.save())
        return Predictor(space, self.options)

    def save(self) -> str:
        """The fitted model as text; predictions after `load` are the same to the last bit."""
        with self._context.lock:
            text = read_text(self._context, lib.linas_predictor_save, self.pointer)
        return text.rstrip(b"\0").decode()

    def _rows(self, configurations: Any) -> Tuple[arrays.Borrowed, int]:
        return arrays.borrow_rows(self.space.genomes(configurations), "i", self.space.variables)

    def fit(self, configurations: Any, targets: Any) -> "Predictor":
        """Learn from genomes (an array or matrix, one a row) or configurations, and their values."""
        genomes, rows = self._rows(configurations)
        values = arrays.borrow(targets, "d")
        if values.numbers != rows:
            raise ValueError("%d configurations and %d targets" % (rows, values.numbers))
        with self._context.lock:
            self._context.check(lib.linas_predictor_fit(self.pointer, genomes.address,
                                                        values.address, rows))
        return self

    def predict(self, configurations: Any, *, out: Any = None) -> Any:
        """One mean for each; written into `out` if it is given."""
        genomes, rows = self._rows(configurations)
        means, result = arrays.output(out, "d", rows)
        with self._context.lock:
            self._context.check(lib.linas_predictor_predict(self.pointer, genomes.address, rows,
                                                            means.address, None))
        return result

    def predict_with_deviation(self, configurations: Any) -> Prediction:
        """A mean and a standard deviation for each."""
        genomes, rows = self._rows(configurations)
        means, mean = arrays.output(None, "d", rows)
        deviations, deviation = arrays.output(None, "d", rows)
        with self._context.lock:
            self._context.check(lib.linas_predictor_predict(
                self.pointer, genomes.address, rows, means.address, deviations.address))
        return Prediction(mean, deviation)

    @property
    def quality(self) -> Quality:
        """What the last fit found."""
        values = _abi.PredictorQuality()
        values.size = ctypes.sizeof(values)
        with self._context.lock:
            self._context.check(lib.linas_predictor_get_quality(self.pointer,
                                                                ctypes.byref(values)))
        return Quality._of(values)


class CustomPredictor(Predictor):
    """A predictor of yours, for `Search(..., predictors={"top1": CustomPredictor(...)})`.

    `fit(genomes, targets)` learns from a matrix of value indices and an array of values.
    `predict(genomes)` returns one mean for each row, or means and standard deviations.
    """

    def __init__(self, space: Space, fit: Callable[[Matrix, Any], None],
                 predict: Callable[[Matrix], Any]) -> None:
        self._fit = fit
        self._predict = predict
        self.options = None
        self._create(space)

    def _create(self, space: Space) -> None:
        variables = space.variables
        context = space._context

        def do_fit(_data: Any, genomes: int, targets: int, rows: int) -> None:
            self._fit(arrays.copy_rows(genomes, "i", rows, variables),
                      arrays.copy_rows(targets, "d", 1, rows).data)

        def do_predict(_data: Any, genomes: int, rows: int, means: int,
                       deviations: Optional[int]) -> None:
            given = self._predict(arrays.copy_rows(genomes, "i", rows, variables))
            pair = given if isinstance(given, tuple) else (given, [0.0] * rows)
            _write(pair[0], means, rows)
            if deviations:
                _write(pair[1], deviations, rows)

        callbacks = _abi.PredictorCallbacks()
        callbacks.size = ctypes.sizeof(callbacks)
        callbacks.fit = _abi.FIT(context.guard(do_fit))
        callbacks.predict = _abi.PREDICT(context.guard(do_predict))
        self._callbacks = callbacks
        out = ctypes.c_void_p()
        with context.lock:
            context.check(lib.linas_predictor_create_custom(
                space.pointer, ctypes.byref(callbacks), ctypes.byref(out)))
        self._adopt(space, out)

    def _for(self, space: Space) -> "CustomPredictor":
        """The same functions in a search's own context."""
        return CustomPredictor(space, self._fit, self._predict)


def _write(values: Any, address: int, count: int) -> None:
    given = arrays.borrow(values, "d")
    if given.numbers != count:
        raise ValueError("%d predictions for %d rows" % (given.numbers, count))
    ctypes.memmove(address, given.address, 8 * count)


def write_values(values: Sequence[float], address: int, count: int) -> None:
    """Numbers of a callback into the library's array."""
    _write(values, address, count)
