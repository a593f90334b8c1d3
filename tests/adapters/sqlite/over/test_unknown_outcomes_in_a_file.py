"""`tests/faults/test_unknown_outcomes.py`, over a file."""

from __future__ import annotations

from faults.test_unknown_outcomes import *  # noqa: F403
