"""Files of JSON lines that several processes append to, and that outlive each of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["Lines", "mend", "read"]


class Lines:
    """A file to append to. A line is written in one piece: a process that is killed leaves all of it or nothing."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def add(self, record: dict[str, Any], *, sync: bool = True) -> None:
        """Append a record; with `sync`, it is on the disk when this returns."""
        line = json.dumps(record).encode() + b"\n"
        if os.write(self._file, line) != len(line):
            raise OSError("a line was cut off: the disk is full")
        if sync:
            os.fsync(self._file)


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a file, from the first; none if there is no file."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):  # what has no end was never acknowledged
                yield json.loads(line)


def mend(path: Path) -> None:
    """Cut off a last line that has no end."""
    if path.exists():
        kept = path.read_bytes()
        os.truncate(path, kept.rfind(b"\n") + 1)
