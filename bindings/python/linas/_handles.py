# SPDX-License-Identifier: Apache-2.0
"""Handles of the library's objects: closed once, refused after a fork, used by one thread at a time."""
import ctypes
import logging
import os
import threading
from types import TracebackType
from typing import Any, Callable, Optional, Type, TypeVar

from . import _abi
from ._library import lib
from .errors import ForkError, exception_for

USER_CODE = 1  # what trampolines return after an exception

_log = logging.getLogger("linas")
_LEVELS = {0: logging.DEBUG, 1: logging.INFO, 2: logging.WARNING}
_Self = TypeVar("_Self", bound="Handle")


class _Process:
    """Counts forks: a handle made before the last one belongs to the parent."""

    forks = 0

    @classmethod
    def forked(cls) -> None:
        cls.forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_Process.forked)


class Handle:
    """An object of the library. Also a context manager: it is closed at the end of the block."""

    _destroy = ""

    def __init__(self, context: "Optional[Context]", pointer: int) -> None:
        self._context = context if context is not None else self
        self._pointer: Optional[int] = pointer
        self._forks = _Process.forks

    @property
    def pointer(self) -> int:
        """Address of the C object; an error when it is closed or belongs to another process."""
        if self._pointer is None:
            raise ValueError("this %s is closed" % type(self).__name__)
        if self._forks != _Process.forks:
            raise ForkError("this %s was made before a fork, in another process: make a new one "
                            "here" % type(self).__name__)
        return self._pointer

    @property
    def closed(self) -> bool:
        """Has it been closed?"""
        return self._pointer is None

    def close(self) -> None:
        """Give the object up; closing twice is allowed."""
        pointer, self._pointer = self._pointer, None
        if pointer is not None and self._forks == _Process.forks:
            getattr(lib, self._destroy)(pointer)

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        self.close()

    def __del__(self) -> None:
        # What did not get as far as its pointer, and what outlives the interpreter's modules.
        if getattr(self, "_pointer", None) is not None and lib is not None:
            self.close()

    def __reduce__(self) -> Any:
        raise TypeError("%s objects cannot be pickled" % type(self).__name__)


def _report(_data: Any, level: int, message: bytes) -> None:
    _log.log(_LEVELS.get(level, logging.WARNING), "%s", message.decode("utf-8", "replace"))


_REPORT = _abi.LOG(_report)


class Context(Handle):
    """Owner of messages; its lock serialises what threads do with the objects made from it."""

    _destroy = "linas_context_destroy"

    def __init__(self) -> None:
        options = _abi.ContextOptions()
        lib.linas_context_options_init(ctypes.byref(options))
        options.log = _REPORT
        out = ctypes.c_void_p()
        status = lib.linas_context_create(ctypes.byref(out), ctypes.byref(options))
        if status != 0 or out.value is None:
            raise exception_for(status, lib.linas_status_text(status).decode())
        super().__init__(None, out.value)
        self.lock = threading.RLock()
        self.raised: Optional[BaseException] = None

    def check(self, status: int) -> None:
        """Raise what a callback raised, or what the status means."""
        if status == 0 and self.raised is None:
            return
        raised, self.raised = self.raised, None
        if raised is not None:
            raise raised
        message = lib.linas_context_message(self.pointer).decode("utf-8", "replace")
        if not message:
            message = lib.linas_status_text(status).decode()
        raise exception_for(status, message)

    def guard(self, function: Callable[..., Optional[int]]) -> Callable[..., int]:
        """A callback for C: whatever it raises stops the running call and is raised after it."""
        def trampoline(*arguments: Any) -> int:
            try:
                code = function(*arguments)
                return 0 if code is None else code
            except BaseException as error:  # KeyboardInterrupt and SystemExit as well
                self.raised = error
                return USER_CODE
        return trampoline


_here = threading.local()


def thread_context() -> Context:
    """The calling thread's context, for functions that belong to no object."""
    context: Optional[Context] = getattr(_here, "context", None)
    if context is None or context._forks != _Process.forks:
        context = _here.context = Context()
    return context


def read_text(context: Context, function: Callable[..., int], *arguments: Any) -> bytes:
    """What a function of the (buffer, capacity, needed) kind writes, all of its bytes."""
    needed = ctypes.c_size_t()
    status = function(*arguments, None, 0, ctypes.byref(needed))
    if status != _abi.Status.BUFFER_TOO_SMALL:
        context.check(status)
    buffer = ctypes.create_string_buffer(max(needed.value, 1))
    context.check(function(*arguments, buffer, needed.value, ctypes.byref(needed)))
    return buffer.raw[:needed.value]
