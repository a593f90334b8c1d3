"""What some checks need beyond the port: a host that has it gives it, and else they are skipped and say why."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

import pytest

__all__ = ["needed", "switched_off"]

T = TypeVar("T")


def needed(value: T | None, what: str) -> T:
    """The value, if the host gave one; else the check is skipped with what it would have needed."""
    if value is None:
        pytest.skip(what)
    return value


def switched_off(port: Any) -> AbstractContextManager[None] | None:
    """Meanwhile a port that has a switch for it, as the fakes have, fails every call; None if it has none."""
    return _down(port) if hasattr(port, "down") else None


@contextmanager
def _down(port: Any) -> Generator[None]:
    port.down = True
    try:
        yield
    finally:
        port.down = False
