"""Short ways to speak to a gateway."""

from __future__ import annotations

from collections.abc import Callable

from orderflow import Approved, Outcome, PaymentAttempt
from orderflow.adapters.memory import FakeGateway
from orderflow.testing.contracts.storage.built import attempt

PURPOSES = ("verification", "charge", "void", "refund")


def send(gateway: FakeGateway, sent: PaymentAttempt) -> Outcome:
    """Send an attempt by the method of its purpose."""
    methods: dict[str, Callable[[PaymentAttempt], Outcome]] = {
        "verification": gateway.authorize,
        "charge": gateway.charge,
        "void": gateway.void,
        "refund": gateway.refund,
    }
    return methods[sent.purpose.value](sent)


def ready(gateway: FakeGateway, purpose: str, number: int = 1) -> PaymentAttempt:
    """An attempt that the gateway would approve: what a refund gives back was charged before."""
    if purpose != "refund":
        return attempt(number, purpose, target="auth_1" if purpose == "void" else None)
    charged = gateway.charge(attempt(100 + number))
    assert isinstance(charged, Approved)
    return attempt(number, "refund", target=charged.transaction_id)


def moved(gateway: FakeGateway) -> list[str]:
    return [entry.purpose.value for entry in gateway.ledger]
