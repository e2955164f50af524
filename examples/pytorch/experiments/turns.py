# SPDX-License-Identifier: Apache-2.0
"""Studies that run side by side, each on a core of its own: while one of them measures a latency the others
stand still, for cores share caches and more. Locks of two files keep the order; a process that ends gives
its locks back."""
import fcntl
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Iterator, List, Optional


class Turns:
    """Of the studies that were given the same folder; without one nobody waits."""

    def __init__(self, folder: Optional[Path] = None) -> None:
        self._files: List[IO[bytes]] = []
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            # pylint: disable=consider-using-with
            self._files = [open(folder / name, "ab") for name in ("gate", "work")]
            self._lock(fcntl.LOCK_SH)

    def _lock(self, kind: int, gate: bool = False) -> None:
        fcntl.flock(self._files[0 if gate else 1], kind)

    def rest(self) -> None:
        """Let another one measure, if it waits for that. Work calls this every now and then."""
        if self._files:
            self._lock(fcntl.LOCK_UN)
            self._lock(fcntl.LOCK_SH, gate=True)  # held by one who waits or measures
            self._lock(fcntl.LOCK_SH)
            self._lock(fcntl.LOCK_UN, gate=True)

    def close(self) -> None:
        """Wait for nobody, and let nobody wait."""
        for file in self._files:
            file.close()
        self._files = []

    @contextmanager
    def alone(self) -> Iterator[Any]:
        """All others stand still, once they rested."""
        if not self._files:
            yield
            return
        self._lock(fcntl.LOCK_UN)
        self._lock(fcntl.LOCK_EX, gate=True)
        self._lock(fcntl.LOCK_EX)
        try:
            yield
        finally:
            self._lock(fcntl.LOCK_SH)
            self._lock(fcntl.LOCK_UN, gate=True)
