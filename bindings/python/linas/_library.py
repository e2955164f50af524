# SPDX-License-Identifier: Apache-2.0
"""Finds liblinas and binds its functions when they are first used.

In this order: the path in the environment variable LINAS_LIBRARY, the library inside this package
(in wheels), the system's.
"""
import ctypes
import os
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from . import _abi

VERSION = "0.1.0"
_SONAME = "liblinas.so.0"


def _candidates() -> Iterator[str]:
    chosen = os.environ.get("LINAS_LIBRARY")
    if chosen:
        yield chosen
        return
    inside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_lib")
    for name in sorted(os.listdir(inside)) if os.path.isdir(inside) else []:
        if name.startswith("liblinas"):
            yield os.path.join(inside, name)
            return
    from ctypes.util import find_library  # costs more than all the rest
    found = find_library("linas")
    if found:
        yield found
    yield _SONAME


def _open() -> ctypes.CDLL:
    why: List[str] = []
    for name in _candidates():
        try:
            return ctypes.CDLL(name)
        except OSError as error:
            why.append(str(error))
    raise ImportError("liblinas is not to be loaded (%s); install it, or set LINAS_LIBRARY to the "
                      "path of liblinas.so" % "; ".join(why))


class Library:
    """The loaded library: its functions are attributes."""

    def __init__(self) -> None:
        self._handle: Optional[ctypes.CDLL] = None
        self._prototypes: Dict[str, Tuple[str, List[str]]] = {}

    def load(self) -> ctypes.CDLL:
        """Load it, unless it is there; raises ImportError with what was tried."""
        if self._handle is None:
            handle = _open()
            handle.linas_version.restype = ctypes.c_char_p
            version = handle.linas_version().decode()
            if version.split(".")[:2] != VERSION.split(".")[:2]:
                raise ImportError("%s is liblinas %s, this package is for %s"
                                  % (handle._name, version, VERSION))
            self._prototypes = _abi.prototypes()
            self._handle = handle
        return self._handle

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if not name.startswith("linas_"):
            raise AttributeError(name)
        handle = self.load()
        function = _abi.bind(handle, self._prototypes[name], name)
        setattr(self, name, function)
        return function


lib = Library()


def library_path() -> str:
    """Path or name of the library that is loaded."""
    return str(lib.load()._name)


def version() -> str:
    """Version of the library that is running."""
    return str(lib.linas_version().decode())


def build_info() -> str:
    """One line: version, licence of the binary, GSL on or off, BLAS, libsvm's version."""
    return str(lib.linas_build_info().decode())
