"""`tests/reading/test_delivery.py`, over PostgreSQL."""

from __future__ import annotations

from reading.test_delivery import *  # noqa: F403
