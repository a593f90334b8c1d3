"""The adapter of the soak's gateway: a payment gateway that lives in another process, behind a socket."""

from __future__ import annotations

import json
import socket
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from orderflow import Approved, Declined, NotSent, Outcome, PaymentAttempt, Pending

__all__ = ["RemoteGateway", "ask"]

_LONGEST_CALL: Final = 1.0  # seconds
_PATIENCE: Final = 0.9
_LONGEST_ANSWER: Final = 65536


def ask(path: Path, request: dict[str, Any], *, patience: float = _PATIENCE) -> dict[str, Any]:
    """Send a request to the gateway.

    Raises:
        OSError: If there is no answer. Whether it took effect is unknown.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(patience)
        connection.connect(str(path))
        connection.sendall(json.dumps(request).encode() + b"\n")
        with connection.makefile("rb") as answers:
            line = answers.readline(_LONGEST_ANSWER)
    if not line.endswith(b"\n"):
        raise ConnectionError("the gateway hung up")
    answer: dict[str, Any] = json.loads(line)
    return answer


class RemoteGateway:
    """Reaches the gateway over its socket.

    Args:
        path: Where it listens.
        window: How long it honours a key.
        conclusive: Whether its look-ups are said to prove something.
    """

    longest_call = timedelta(seconds=_LONGEST_CALL)

    def __init__(self, path: Path, *, window: timedelta, conclusive: bool) -> None:
        self._path = path
        self.idempotency_window = window
        self.conclusive_lookup = conclusive

    def authorize(self, attempt: PaymentAttempt) -> Outcome:
        return self._send(attempt)

    def charge(self, attempt: PaymentAttempt) -> Outcome:
        return self._send(attempt)

    def void(self, attempt: PaymentAttempt) -> Outcome:
        return self._send(attempt)

    def refund(self, attempt: PaymentAttempt) -> Outcome:
        return self._send(attempt)

    def find(self, attempt: PaymentAttempt) -> Outcome | None:
        return _outcome(ask(self._path, {"method": "find", "key": attempt.key}))

    def _send(self, attempt: PaymentAttempt) -> Outcome:
        assert attempt.last_sent_at is not None
        request = {
            "method": "send",
            "key": attempt.key,
            "purpose": attempt.purpose.value,
            "order_id": attempt.order_id,
            "amount": str(attempt.amount.amount),
            "currency": attempt.amount.currency,
            "target": attempt.target,
            "sent_at": attempt.last_sent_at.timestamp(),
            # A request that lay about for longer than a call may last is not taken any more.
            "until": time.time() + _LONGEST_CALL,
        }
        outcome = _outcome(ask(self._path, request))
        if outcome is None:
            raise ValueError("a send is answered with an outcome")
        return outcome


def _outcome(answer: dict[str, Any]) -> Outcome | None:
    match answer["state"]:
        case "approved":
            return Approved(answer["transaction_id"])
        case "declined":
            return Declined(answer["code"], "The card was declined.")
        case "pending":
            return Pending(action_url="https://bank.example/confirm")
        case "not_sent":
            return NotSent("invalid request")
        case _:
            return None
