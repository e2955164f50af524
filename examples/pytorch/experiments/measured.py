# SPDX-License-Identifier: Apache-2.0
"""Measurements that are kept in a file: nothing is measured twice, by whichever search asks."""
import json
from pathlib import Path
from typing import Any, Callable, Dict, Tuple

import linas

Genome = Tuple[int, ...]


class Measured:
    """Values of sub-networks by their effective configuration: what differs in parts that are not used
    only is one sub-network. A file of JSON lines; one that was cut short is read up to there."""

    def __init__(self, space: linas.Space, path: Path) -> None:
        self.space, self.path = space, path
        self.known: Dict[Genome, Dict[str, float]] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = 0
        if path.exists():
            for line in path.read_bytes().splitlines(keepends=True):
                if not line.endswith(b"\n"):
                    break
                row = json.loads(line)
                self.known.setdefault(tuple(row["genome"]), {}).update(row["values"])
                whole += len(line)
        # pylint: disable=consider-using-with
        self._file = open(path, "ab")
        self._file.truncate(whole)

    def values(self, genome: Any, names: Tuple[str, ...],
               measure: Callable[[Genome, Tuple[str, ...]], Dict[str, float]]) -> Dict[str, float]:
        """The named values of a sub-network; `measure` is called for those that are missing."""
        key = self.space.canonical(genome)
        known = self.known.setdefault(key, {})
        missing = tuple(name for name in names if name not in known)
        if missing:
            found = measure(key, missing)
            known.update(found)
            self._file.write(json.dumps({"genome": list(key), "values": found}).encode() + b"\n")
            self._file.flush()
        return {name: known[name] for name in names}

    def close(self) -> None:
        """Nothing is measured any more."""
        self._file.close()
