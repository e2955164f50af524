# SPDX-License-Identifier: Apache-2.0
"""NSGA-II over a space, by ask and tell: the caller owns the evaluation."""
import ctypes
from dataclasses import dataclass, fields
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

from . import _abi, arrays
from ._abi import Crossover, Mutation, Survival
from ._handles import Context, Handle, read_text
from ._library import lib
from .arrays import Matrix
from .predictor import named
from .space import Space


@dataclass(frozen=True)
class NSGA2Options:
    """Settings of an engine. Operators and survival may be names such as "uniform", "reset" and
    "reference" (NSGA-III, for three and more objectives)."""

    population: int = 50
    seed: int = 1
    crossover: Union[Crossover, str] = Crossover.UNIFORM
    mutation: Union[Mutation, str] = Mutation.RESET
    crossover_probability: float = 0.5
    mutation_probability: float = 0.0
    eta_crossover: float = 15.0
    eta_mutation: float = 20.0
    objectives: int = 2
    constraints: int = 0
    survival: Union[Survival, str] = Survival.CROWDING
    divisions: int = 0
    inner_divisions: int = 0


class Individual(NamedTuple):
    """A member of the population."""

    genome: Tuple[int, ...]
    objectives: Tuple[float, ...]
    rank: int
    crowding: float


class NSGA2(Handle):
    """The engine. Every objective is minimised; a constraint is a violation, 0 or less is feasible."""

    _destroy = "linas_nsga2_destroy"

    def __init__(self, space: Space, options: Optional[NSGA2Options] = None) -> None:
        self.options = options if options is not None else NSGA2Options()
        values = _abi.Nsga2Options()
        lib.linas_nsga2_options_init(ctypes.byref(values))
        kinds: Dict[str, Any] = {"crossover": Crossover, "mutation": Mutation, "survival": Survival}
        for field in fields(NSGA2Options):
            value = getattr(self.options, field.name)
            setattr(values, field.name, named(kinds[field.name], value) if field.name in kinds else value)
        out = ctypes.c_void_p()
        with space._context.lock:
            space._context.check(lib.linas_nsga2_create(space.pointer, ctypes.byref(values),
                                                        ctypes.byref(out)))
        assert out.value is not None
        super().__init__(space._context, out.value)
        self._context: Context = space._context
        self.space = space

    def seed(self, configurations: Any) -> None:
        """Give individuals for the first generation, before the first ask."""
        genomes, rows = arrays.borrow_rows(self.space.genomes(configurations), "i",
                                           self.space.variables)
        with self._context.lock:
            self._context.check(lib.linas_nsga2_seed(self.pointer, genomes.address, rows))

    @property
    def population(self) -> int:
        """Size of a full population."""
        return int(lib.linas_nsga2_population(self.pointer))

    @property
    def generation(self) -> int:
        """Generations completed."""
        return int(lib.linas_nsga2_generation(self.pointer))

    def ask(self) -> Matrix:
        """The next generation's individuals, one a row; the same ones until they are told."""
        data = arrays.zeros("i", self.population * self.space.variables)
        count = ctypes.c_size_t()
        with self._context.lock:
            self._context.check(lib.linas_nsga2_ask(self.pointer, data.buffer_info()[0],
                                                    ctypes.byref(count)))
        del data[count.value * self.space.variables:]
        return Matrix(data, self.space.variables)

    def tell(self, objectives: Any, violations: Any = None) -> None:
        """Values of the individuals asked, one row each; a row with NaN is a failed evaluation."""
        values, rows = arrays.borrow_rows(objectives, "d", self.options.objectives)
        broken = None
        if violations is not None:
            broken, count = arrays.borrow_rows(violations, "d", self.options.constraints)
            if count != rows:
                raise ValueError("%d rows of objectives, %d of violations" % (rows, count))
        with self._context.lock:
            self._context.check(lib.linas_nsga2_tell(
                self.pointer, values.address, broken.address if broken else None, rows))

    def __len__(self) -> int:
        return int(lib.linas_nsga2_size(self.pointer))

    def individual(self, index: int) -> Individual:
        """Individual `index` of the current population, best first."""
        genome = (ctypes.c_int32 * self.space.variables)()
        values = (ctypes.c_double * self.options.objectives)()
        rank = ctypes.c_uint32()
        crowding = ctypes.c_double()
        with self._context.lock:
            self._context.check(lib.linas_nsga2_individual(
                self.pointer, index, genome, values, ctypes.byref(rank), ctypes.byref(crowding)))
        return Individual(tuple(genome), tuple(values), rank.value, crowding.value)

    def individuals(self) -> List[Individual]:
        """The current population, best first."""
        return [self.individual(index) for index in range(len(self))]

    def save(self) -> bytes:
        """The whole state, portable between machines."""
        with self._context.lock:
            return read_text(self._context, lib.linas_nsga2_save, self.pointer)

    def load(self, state: bytes) -> None:
        """Continue from a saved state of an engine with the same space and options."""
        with self._context.lock:
            self._context.check(lib.linas_nsga2_load(self.pointer, state, len(state)))
