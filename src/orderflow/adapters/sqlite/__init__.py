"""A storage in one SQLite file: durable, for one machine, with many threads and processes. It needs nothing else."""

from __future__ import annotations

from .storage import SQLiteStorage

__all__ = ["SQLiteStorage"]
