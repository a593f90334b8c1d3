"""A module that cannot be imported."""

from __future__ import annotations

NOTHING = 1 // 0
