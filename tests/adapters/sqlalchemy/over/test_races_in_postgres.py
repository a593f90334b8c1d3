"""`tests/faults/test_races.py`, over PostgreSQL."""

from __future__ import annotations

from faults.test_races import *  # noqa: F403
