"""`tests/flows/test_life.py`, over PostgreSQL."""

from __future__ import annotations

from flows.test_life import *  # noqa: F403
