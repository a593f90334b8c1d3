"""What tests need: contract suites for adapters, faults for ports, an audit of an order's books.

The contract suites are pytest classes: subclass one in a test module, and override the fixture that gives it your
adapter. The fixtures `orderflow_service`, `orderflow_clock`, `orderflow_gateway` and `orderflow_outbox` come with
pytest wherever orderflow is installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from .books import Movement, audit
from .faults import Crash, Fault, FaultKind, Faulty, Interruption

if TYPE_CHECKING:
    from .contracts.clock import ClockContract
    from .contracts.gateway import PaymentGatewayContract
    from .contracts.notifier import NotifierContract
    from .contracts.storage import StorageContract

__all__ = [
    "ClockContract",
    "Crash",
    "Fault",
    "FaultKind",
    "Faulty",
    "Interruption",
    "Movement",
    "NotifierContract",
    "PaymentGatewayContract",
    "StorageContract",
    "audit",
]

# The suites need pytest, and every run of pytest loads this package with the plugin: so they come when they are named.
_SUITES: Final = {
    "ClockContract": ".contracts.clock",
    "NotifierContract": ".contracts.notifier",
    "PaymentGatewayContract": ".contracts.gateway",
    "StorageContract": ".contracts.storage",
}


def __getattr__(name: str) -> object:
    if name not in _SUITES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(_SUITES[name], __name__), name)
