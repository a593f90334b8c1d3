"""Sound gateways of many kinds: each keeps the contract in a way of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import attrs

from orderflow import Approved, NotSent, Outcome, PaymentAttempt, Purpose
from orderflow.adapters.memory import FakeGateway
from orderflow.ports import PaymentGateway
from shops import Suspending


class Plain:
    """The port and nothing more: nobody sees its ledger, and it has no switches."""

    def __init__(self, gateway: PaymentGateway) -> None:
        self.idempotency_window = gateway.idempotency_window
        self.conclusive_lookup = gateway.conclusive_lookup
        self.longest_call = gateway.longest_call
        self.authorize = gateway.authorize
        self.charge = gateway.charge
        self.void = gateway.void
        self.refund = gateway.refund
        self.find = gateway.find


class Watched(FakeGateway):
    """A fake of which every send goes through `answer`, to be broken."""

    def authorize(self, attempt: PaymentAttempt) -> Outcome:
        return self.answer(attempt, super().authorize)

    def charge(self, attempt: PaymentAttempt) -> Outcome:
        return self.answer(attempt, super().charge)

    def void(self, attempt: PaymentAttempt) -> Outcome:
        return self.answer(attempt, super().void)

    def refund(self, attempt: PaymentAttempt) -> Outcome:
        return self.answer(attempt, super().refund)

    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        return send(attempt)


class Forgetful(Plain):
    """A gateway whose look-up lags behind: for now it finds nothing."""

    def __init__(self, gateway: PaymentGateway) -> None:
        super().__init__(gateway)
        self.conclusive_lookup = False
        self.find = lambda attempt: None


class CardKeeper(FakeGateway):
    """Makes one-time tokens reusable, knows when a request never left, and raises for what there is not."""

    def authorize(self, attempt: PaymentAttempt) -> Outcome:
        return self._with_card(attempt, super().authorize)

    def charge(self, attempt: PaymentAttempt) -> Outcome:
        return self._with_card(attempt, super().charge)

    def refund(self, attempt: PaymentAttempt) -> Outcome:
        if self.down:
            return NotSent("no connection")
        if attempt.target not in [entry.transaction_id for entry in self.ledger]:
            raise LookupError("no such charge")
        return super().refund(attempt)

    def find(self, attempt: PaymentAttempt) -> Outcome | None:
        if self.down:
            return NotSent("no connection")
        found = super().find(attempt)
        return _kept(attempt, found) if isinstance(found, Approved) else found

    def _with_card(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        if self.down:
            return NotSent("no connection")
        outcome = send(attempt)
        return _kept(attempt, outcome) if isinstance(outcome, Approved) else outcome


class Busy(Plain):
    """Refuses a key while another caller sends it, as some gateways do."""

    def __init__(self, gateway: PaymentGateway) -> None:
        super().__init__(gateway)
        self._sending: set[str] = set()
        self._guard = threading.Lock()
        self.authorize = self._alone(gateway.authorize)
        self.charge = self._alone(gateway.charge)
        self.void = self._alone(gateway.void)
        self.refund = self._alone(gateway.refund)

    def _alone(self, send: Callable[[PaymentAttempt], Outcome]) -> Callable[[PaymentAttempt], Outcome]:
        def call(attempt: PaymentAttempt) -> Outcome:
            with self._guard:
                if attempt.key in self._sending:
                    raise BlockingIOError("this key is being sent")
                self._sending.add(attempt.key)
            threading.Event().wait(0.002)  # long enough for others to come
            try:
                return send(attempt)
            finally:
                self._sending.discard(attempt.key)

        return call


class SuspendingFake(Suspending):
    """A fake whose port is async, with its switch and its plans at hand."""

    def __init__(self, fake: Any) -> None:
        super().__init__(fake)
        self._switched = fake

    def __getattr__(self, name: str) -> Any:
        if name in ("pend_next", "decline_next"):
            return getattr(self._port, name)
        return super().__getattr__(name)

    @property
    def down(self) -> bool:
        return bool(self._switched.down)

    @down.setter
    def down(self, down: bool) -> None:
        self._switched.down = down


def _kept(attempt: PaymentAttempt, outcome: Approved) -> Approved:
    if attempt.purpose in (Purpose.VERIFICATION, Purpose.CHARGE):
        return attrs.evolve(outcome, card=attrs.evolve(attempt.card, token="tok_kept", payer="cus_1"))
    return outcome
