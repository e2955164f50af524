# SPDX-License-Identifier: Apache-2.0
"""A progress bar, where tqdm is installed and somebody looks."""
import importlib
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional, Type

if TYPE_CHECKING:
    from .search import Record


def _watched() -> bool:
    """A terminal, or a notebook's kernel."""
    if "ipykernel" in sys.modules:
        return True
    return sys.stderr is not None and sys.stderr.isatty()


class Bar:
    """Shows evaluations, hypervolume and the size of the front; nothing when it need not."""

    def __init__(self, total: int, wanted: Optional[bool]) -> None:
        self._bar: Any = None
        if wanted is False or (wanted is None and not _watched()):
            return
        try:
            tqdm: Any = importlib.import_module("tqdm.auto").tqdm
        except ImportError:
            if wanted:
                raise
            return
        self._bar = tqdm(total=total, unit="sub-network")

    def update(self, search: "Record") -> None:
        """One evaluation more."""
        if self._bar is not None:
            self._bar.set_postfix_str("hypervolume %.6g" % search.hypervolume, refresh=False)
            self._bar.update(1)

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        if self._bar is not None:
            self._bar.close()
