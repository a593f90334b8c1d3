"""The in-memory parts: a storage, a gateway and a notifier with the promises of the real ones.

They are for tests and demos, and held to the same contracts as every other adapter.
"""

from __future__ import annotations

from .gateway import FakeGateway, LedgerEntry
from .notifier import RecordingNotifier
from .storage import MemoryStorage

__all__ = ["FakeGateway", "LedgerEntry", "MemoryStorage", "RecordingNotifier"]
