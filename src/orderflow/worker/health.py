"""The health file: what the last sweep came to, for a probe that looks from outside."""

from __future__ import annotations

import json
import logging
import os
from datetime import datetime
from pathlib import Path

from .logs import say

__all__ = ["Health"]


class Health:
    """Writes a file after each sweep. Its age says whether the loop turns, its `ok` whether sweeps succeed.

    Args:
        path: The file; None for none.
    """

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        self._path = Path(path) if path is not None else None

    def write(self, at: datetime, told: dict[str, object], *, ok: bool) -> None:
        """Replace the file as a whole, so that no probe reads half of it. A worker lives without it."""
        if self._path is None:
            return
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            beside.write_text(json.dumps({"at": at.isoformat(), "ok": ok, **told}) + "\n")
            beside.replace(self._path)
        except OSError as error:
            say(logging.WARNING, "health_file_failed", error=type(error).__name__, errno=error.errno)
