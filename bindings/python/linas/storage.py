# SPDX-License-Identifier: Apache-2.0
"""A journal in a place of your own instead of a file."""
import ctypes
from typing import Any, Iterable

from . import _abi
from ._handles import Context
from ._library import lib


class Storage:
    """Where a journal is kept: derive from it, and write `append` and `read`.

    Exceptions end the running call and are raised by it; the search then writes no more. Make it
    anew with `resume=True`: whatever the storage holds counts.
    """

    def append(self, data: bytes) -> None:
        """Add bytes at the end."""
        raise NotImplementedError

    def read(self) -> Iterable[bytes]:
        """All bytes from the first on, in pieces of any length."""
        raise NotImplementedError

    def sync(self) -> None:
        """Make durable what was appended; nothing by default."""


class MemoryStorage(Storage):
    """A journal in memory: `data` is what was written."""

    def __init__(self, data: bytes = b"") -> None:
        self.data = bytearray(data)

    def append(self, data: bytes) -> None:
        """Add bytes at the end."""
        self.data += data

    def read(self) -> Iterable[bytes]:
        """The bytes, in one piece."""
        return [bytes(self.data)]


def as_c(storage: Storage, context: Context) -> Any:
    """The struct of callbacks; whoever uses it keeps it alive."""
    def append(_data: Any, address: int, length: int) -> None:
        storage.append(ctypes.string_at(address, length))

    def sync(_data: Any) -> None:
        storage.sync()

    def iterate(_data: Any, take: Any, take_data: Any) -> int:
        for piece in storage.read():
            code = int(take(take_data, piece, len(piece)))
            if code:
                return code
        return 0
    values = _abi.Storage()
    lib.linas_storage_init(ctypes.byref(values))
    values.append = _abi.APPEND(context.guard(append))
    values.sync = _abi.SYNC(context.guard(sync))
    values.iterate = _abi.ITERATE(context.guard(iterate))
    return values
