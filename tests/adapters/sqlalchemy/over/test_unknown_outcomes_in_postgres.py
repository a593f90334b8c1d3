"""`tests/faults/test_unknown_outcomes.py`, over PostgreSQL."""

from __future__ import annotations

from faults.test_unknown_outcomes import *  # noqa: F403
