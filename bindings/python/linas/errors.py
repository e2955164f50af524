# SPDX-License-Identifier: Apache-2.0
"""What the package raises."""
from typing import Type, Union

from ._abi import Status


class Error(Exception):
    """A failure of the library; `status` is its code."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status: Union[Status, int] = status
        if status in Status._value2member_map_:
            self.status = Status(status)

    def __reduce__(self) -> "tuple[Type[Error], tuple[int, str]]":
        return type(self), (int(self.status), str(self))


class ArgumentError(Error, ValueError):
    """An argument of no meaning, out of its bounds, doubled or unknown."""


class UnknownNameError(ArgumentError, LookupError):
    """No variable, preset, objective of that name."""


class StateError(Error, RuntimeError):
    """The object is not in a state for this call."""


class ResourceError(Error, MemoryError):
    """Memory ran out, or a count is beyond a limit."""


class FormatError(Error, ValueError):
    """Text or a file that cannot be used: malformed, damaged, or of something else."""


class JournalError(Error, OSError):
    """A file that cannot be read, written or locked."""

    def __str__(self) -> str:
        return str(self.args[0])


class NumericError(Error, ArithmeticError):
    """A fit failed on this data."""


class UnsupportedError(Error, NotImplementedError):
    """Not part of this build of the library."""


class ForkError(RuntimeError):
    """A handle was used in a child of the process that made it."""


class Failed(Exception):
    """Raised by a function that measures: this sub-network could not be measured."""


class TimedOut(Failed):
    """Raised by a function that measures: it took too long."""


class Infeasible(Exception):
    """Raised by a function that measures: this is no valid sub-network."""


def exception_for(status: int, message: str) -> Error:
    """The exception for a status of the library."""
    kind: Type[Error] = Error
    if status == Status.UNKNOWN_NAME:
        kind = UnknownNameError
    elif status in (Status.IO, Status.LOCKED):
        kind = JournalError
    elif status == Status.UNSUPPORTED:
        kind = UnsupportedError
    elif -200 < status <= -100:
        kind = ArgumentError
    elif -300 < status <= -200:
        kind = StateError
    elif -400 < status <= -300:
        kind = ResourceError
    elif -500 < status <= -400:
        kind = FormatError
    elif -600 < status <= -500:
        kind = NumericError
    return kind(status, message)
