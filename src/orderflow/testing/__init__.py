"""What tests need: contract suites for adapters, faults for ports, an audit of an order's books.

The contract suites are pytest classes: subclass one in a test module, and override the fixture that gives it your
adapter. The fixtures `orderflow_service`, `orderflow_clock`, `orderflow_gateway` and `orderflow_outbox` come with pytest
wherever orderflow is installed.
"""

from __future__ import annotations

from .books import Movement, audit
from .faults import Crash, Fault, FaultKind, Faulty, Interruption

__all__ = ["Crash", "Fault", "FaultKind", "Faulty", "Interruption", "Movement", "audit"]
