"""How a storage refuses: by naming the file, and nothing that is in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orderflow import StorageError

__all__ = ["refused"]

WORDS = ("Ana", "ana@", "Birthday", "tok_")


def refused(path: Path, call: Callable[[], object], reason: str) -> None:
    """The call raises a StorageError that names the file, and nothing that is in it."""
    with pytest.raises(StorageError, match=reason) as raised:
        call()
    told = f"{raised.value!r} {raised.value.__cause__!r} {raised.value.__suppress_context__}"
    assert str(path) in told
    assert not [word for word in WORDS if word in told]
