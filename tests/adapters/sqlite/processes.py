"""Starting the processes of `children.py`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["begun", "outcome_of"]

CHILDREN = Path(__file__).with_name("children.py")


@contextmanager
def begun(name: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A process with pipes to it; it is ended at the end."""
    command = [sys.executable, str(CHILDREN), name, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def outcome_of(name: str, *arguments: object) -> list[str]:
    """The lines that a process tells, which must end well."""
    with begun(name, *arguments) as process:
        told, _ = process.communicate(timeout=100)
    assert process.returncode == 0, f"{name} failed: {told}"
    return told.splitlines()
