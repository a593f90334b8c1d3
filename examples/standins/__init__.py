"""Servers that stand in for others' services, for tests and demos."""

from __future__ import annotations
