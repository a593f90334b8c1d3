"""A till: one order's attempts at a gateway, with keys that the gateway has never seen."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import attrs
import pytest

from .... import Actor, Approved, Card, Money, Outcome, PaymentAttempt, Purpose, SystemClock
from ....ids import payment_key
from ....ports import PaymentGateway
from ...books import Movement

__all__ = ["Ledger", "Moved", "Till"]

#: What a host gives: the gateway's movements, as they are now.
Ledger: TypeAlias = Callable[[], Iterable[Movement]]


@attrs.frozen
class Moved:
    """One movement, as checks compare it."""

    purpose: Purpose
    transaction_id: str
    key: str
    amount: Money
    target: str | None


@attrs.frozen(eq=False, kw_only=True)
class Till:
    """Makes attempts of one order, sends them, and looks at what moved.

    Attributes:
        payments: The gateway, called as a sync one.
        ledger: The gateway's movements; None if nobody can see them.
        card: The card of an attempt, unless another is named.
        amount: The amount of an attempt, unless another is named.
        store_id: The order's store.
        order_id: The order: no other check has it, on gateways that remember those of yesterday.
    """

    payments: PaymentGateway
    ledger: Ledger | None
    card: Card
    amount: Money
    store_id: str
    order_id: str = attrs.field(factory=lambda: f"order-{uuid.uuid4().hex}")
    _numbers: Counter[Purpose] = attrs.field(factory=Counter[Purpose])

    def of_another_order(self) -> Till:
        """A till of another order, at the same gateway."""
        return Till(
            payments=self.payments, ledger=self.ledger, card=self.card, amount=self.amount, store_id=self.store_id
        )

    def attempt(self, purpose: Purpose, **changes: Any) -> PaymentAttempt:
        """A new attempt of the order, claimed and never sent."""
        self._numbers[purpose] += 1
        now = SystemClock().now()
        fields: dict[str, Any] = {
            "key": payment_key(self.order_id, purpose, self._numbers[purpose]),
            "by": Actor.system(),
            "purpose": purpose,
            "number": self._numbers[purpose],
            "order_id": self.order_id,
            "store_id": self.store_id,
            "customer_id": f"customer-of-{self.order_id}",
            "amount": self.amount,
            "card": self.card,
            "claim": uuid.uuid4().hex,
            "begun_at": now,
            "first_sent_at": now,
            "last_sent_at": now,
            **changes,
        }
        return PaymentAttempt(**fields)

    def verification(self, **changes: Any) -> PaymentAttempt:
        """A new authorization."""
        return self.attempt(Purpose.VERIFICATION, **changes)

    def charge(self, **changes: Any) -> PaymentAttempt:
        """A new charge."""
        return self.attempt(Purpose.CHARGE, **changes)

    def void(self, target: str) -> PaymentAttempt:
        """A new void."""
        return self.attempt(Purpose.VOID, target=target)

    def refund(self, target: str, amount: Money | None = None) -> PaymentAttempt:
        """A new refund; of the usual amount, unless another is named."""
        return self.attempt(Purpose.REFUND, target=target, amount=amount or self.amount)

    def ready(self, purpose: Purpose) -> PaymentAttempt:
        """A new attempt that the gateway must approve: what it undoes has been done."""
        if purpose is Purpose.VOID:
            return self.void(self.approved(self.verification()).transaction_id)
        if purpose is Purpose.REFUND:
            return self.refund(self.approved(self.charge()).transaction_id)
        return self.attempt(purpose)

    def send(self, attempt: PaymentAttempt) -> Outcome:
        """What the gateway answers."""
        methods: dict[Purpose, Callable[[PaymentAttempt], Outcome]] = {
            Purpose.VERIFICATION: self.payments.authorize,
            Purpose.CHARGE: self.payments.charge,
            Purpose.VOID: self.payments.void,
            Purpose.REFUND: self.payments.refund,
        }
        return methods[attempt.purpose](attempt)

    def sent_in_vain(self, attempt: PaymentAttempt) -> Outcome | None:
        """What the gateway answers to what it can't do; None if it raises, which it always may."""
        try:
            return self.send(attempt)
        except Exception:
            return None

    def approved(self, attempt: PaymentAttempt) -> Approved:
        """The gateway's approval of what it must approve."""
        outcome = self.send(attempt)
        assert isinstance(outcome, Approved), f"a {attempt.purpose.value} that nothing speaks against is not approved"
        return outcome

    def found(self, attempt: PaymentAttempt) -> Outcome | None:
        """What the gateway finds of a key that it was sent."""
        outcome = self.payments.find(attempt)
        if outcome is None and not self.payments.conclusive_lookup:
            pytest.skip("its look-up is not conclusive, and does not know the key yet")
        return outcome

    def moved(self, *purposes: Purpose) -> tuple[Moved, ...] | None:
        """What moved for the order, for these purposes or for all; None if nobody can see it."""
        if self.ledger is None:
            return None
        return tuple(
            Moved(Purpose(one.purpose), one.transaction_id, one.key, one.amount, one.target)
            for one in self.ledger()
            if one.order_id == self.order_id and (not purposes or one.purpose in purposes)
        )
