"""`tests/faults/test_late_approvals.py`, over PostgreSQL."""

from __future__ import annotations

from faults.test_late_approvals import *  # noqa: F403
