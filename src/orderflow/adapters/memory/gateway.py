"""A payment gateway that moves no money and keeps a ledger of what it would have moved."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import attrs

from ...attempt import PaymentAttempt, Purpose
from ...errors import ValidationError
from ...money import Money, total_of
from ...outcome import Approved, Declined, NotSent, Outcome, Pending
from ...ports import Clock

__all__ = ["FakeGateway", "LedgerEntry"]

_DECLINES_ALL: Final = "tok_decline_"
_DECLINES_CHARGES: Final = "tok_charge_decline_"
_NAMES: Final = {
    Purpose.VERIFICATION: "auth",
    Purpose.CHARGE: "charge",
    Purpose.VOID: "void",
    Purpose.REFUND: "refund",
}

_Plan = Callable[["FakeGateway", PaymentAttempt], Outcome]


@attrs.frozen(kw_only=True)
class LedgerEntry:
    """One movement of money.

    Attributes:
        purpose: What moved: an authorization, a charge, a void, a refund.
        transaction_id: What the gateway calls it.
        key: The idempotency key that it was sent under.
        order_id: The order.
        amount: How much.
        target: The transaction that a void or a refund undoes.
    """

    purpose: Purpose
    transaction_id: str
    key: str
    order_id: str
    amount: Money
    target: str | None


class FakeGateway:
    """A gateway for tests and demos. It honours keys, looks them up, and does what it is told to do next.

    Tokens that begin with `tok_decline_` are declined in every call with the code that follows, as in
    `tok_decline_expired_card`; those that begin with `tok_charge_decline_` in charges only. All others are approved.

    Args:
        clock: With a clock, a key is honoured for `idempotency_window` and moves money again after it, as real gateways
            do; without, for ever.

    Attributes:
        idempotency_window: 24 hours. May be set.
        conclusive_lookup: True. May be set: without it, tests see what happens when nobody knows.
        longest_call: 30 seconds. May be set.
        down: Set it to True, and every call fails without effect until it is False again.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.idempotency_window: timedelta = timedelta(hours=24)
        self.conclusive_lookup = True
        self.longest_call: timedelta = timedelta(seconds=30)
        self.down = False
        self._clock = clock
        self._lock = threading.RLock()
        self._answers: dict[str, tuple[Outcome, datetime | None]] = {}
        self._pending: dict[str, PaymentAttempt] = {}
        self._ledger: list[LedgerEntry] = []
        self._voided: set[str | None] = set()
        self._plans: defaultdict[Purpose, deque[_Plan]] = defaultdict(deque)

    @property
    def ledger(self) -> tuple[LedgerEntry, ...]:
        """Every movement of money, in order."""
        with self._lock:
            return tuple(self._ledger)

    def decline_next(self, purpose: Purpose | str, code: str) -> None:
        """Decline the next new key of a purpose."""
        outcome = Declined(code, "The card was declined.")
        self._plan(purpose, lambda gateway, attempt: gateway._keep(attempt, outcome))

    def time_out_next(self, purpose: Purpose | str, effect: bool) -> None:
        """Let the next new key of a purpose time out, with its effect or without."""

        def time_out(gateway: FakeGateway, attempt: PaymentAttempt) -> Outcome:
            if effect:
                gateway._answer(attempt)
            raise TimeoutError("the gateway did not answer in time")

        self._plan(purpose, time_out)

    def pend_next(self, purpose: Purpose | str, action_url: str | None = None) -> None:
        """Leave the next new key of a purpose pending, until `finish`."""

        def pend(gateway: FakeGateway, attempt: PaymentAttempt) -> Outcome:
            gateway._pending[attempt.key] = attempt
            return gateway._keep(attempt, Pending(action_url=action_url))

        self._plan(purpose, pend)

    def not_send_next(self, purpose: Purpose | str) -> None:
        """Refuse the next new key of a purpose as an invalid request."""
        self._plan(purpose, lambda gateway, attempt: NotSent("invalid request"))

    def finish(self, key: str, declined: str | None = None) -> None:
        """Let a pending attempt be approved, or declined with a code.

        Raises:
            ValidationError: If no attempt with that key is pending.
        """
        with self._lock:
            attempt = self._pending.pop(key, None)
            if attempt is None:
                raise ValidationError("key must be that of a pending attempt")
            if declined is None:
                self._approve(attempt)
            else:
                self._keep(attempt, Declined(declined))

    def authorize(self, attempt: PaymentAttempt) -> Outcome:
        """See `orderflow.ports.PaymentGateway.authorize`."""
        return self._send(attempt)

    def charge(self, attempt: PaymentAttempt) -> Outcome:
        """See `orderflow.ports.PaymentGateway.charge`."""
        return self._send(attempt)

    def void(self, attempt: PaymentAttempt) -> Outcome:
        """See `orderflow.ports.PaymentGateway.void`."""
        return self._send(attempt)

    def refund(self, attempt: PaymentAttempt) -> Outcome:
        """See `orderflow.ports.PaymentGateway.refund`."""
        return self._send(attempt)

    def find(self, attempt: PaymentAttempt) -> Outcome | None:
        """See `orderflow.ports.PaymentGateway.find`."""
        with self._lock:
            self._check_up()
            answered = self._answers.get(attempt.key)
            return answered[0] if answered else None

    def _plan(self, purpose: Purpose | str, plan: _Plan) -> None:
        try:
            chosen = Purpose(purpose)
        except ValueError:
            raise ValidationError(f"purpose must be one of {', '.join(Purpose)}") from None
        with self._lock:
            self._plans[chosen].append(plan)

    def _send(self, attempt: PaymentAttempt) -> Outcome:
        with self._lock:
            self._check_up()
            answered = self._answers.get(attempt.key)
            if answered is not None and self._is_honoured(answered[1]):
                return answered[0]
            plans = self._plans[attempt.purpose]
            return plans.popleft()(self, attempt) if plans else self._answer(attempt)

    def _check_up(self) -> None:
        if self.down:
            raise ConnectionError("the gateway is down")

    def _is_honoured(self, since: datetime | None) -> bool:
        return self._clock is None or since is None or self._clock.now() < since + self.idempotency_window

    def _answer(self, attempt: PaymentAttempt) -> Outcome:
        code = _refusal(attempt)
        if code is not None:
            return self._keep(attempt, Declined(code, "The card was declined."))
        return self._approve(attempt)

    def _approve(self, attempt: PaymentAttempt) -> Outcome:
        if attempt.purpose is Purpose.REFUND and self._left(attempt.target, attempt.amount.currency) < attempt.amount:
            return self._keep(attempt, Declined("amount_too_large", "The refund is larger than what was charged."))
        if attempt.purpose is Purpose.VOID and attempt.target in self._voided:
            return self._keep(attempt, Approved("void_before"))  # it is gone already, which is what was asked for
        entry = LedgerEntry(
            purpose=attempt.purpose,
            transaction_id=f"{_NAMES[attempt.purpose]}_{len(self._ledger) + 1}",
            key=attempt.key,
            order_id=attempt.order_id,
            amount=attempt.amount,
            target=attempt.target,
        )
        self._ledger.append(entry)
        if attempt.purpose is Purpose.VOID:
            self._voided.add(attempt.target)
        return self._keep(attempt, Approved(entry.transaction_id))

    def _keep(self, attempt: PaymentAttempt, outcome: Outcome) -> Outcome:
        self._answers[attempt.key] = (outcome, self._clock.now() if self._clock else None)
        return outcome

    def _left(self, target: str | None, currency: str) -> Money:
        charged = [one.amount for one in self._ledger if one.purpose is Purpose.CHARGE and one.transaction_id == target]
        returned = [one.amount for one in self._ledger if one.purpose is Purpose.REFUND and one.target == target]
        return total_of(charged, currency) - total_of(returned, currency)


def _refusal(attempt: PaymentAttempt) -> str | None:
    """The code with which the card's token asks to be declined."""
    token = attempt.card.token
    if attempt.purpose in (Purpose.VERIFICATION, Purpose.CHARGE) and token.startswith(_DECLINES_ALL):
        return token.removeprefix(_DECLINES_ALL) or "card_declined"
    if attempt.purpose is Purpose.CHARGE and token.startswith(_DECLINES_CHARGES):
        return token.removeprefix(_DECLINES_CHARGES) or "card_declined"
    return None
