"""One commit in the making: what happens to an order, gathered until it is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ..attempt import AttemptState, PaymentAttempt, Purpose
from ..event import Event, EventKind, Note
from ..ids import payment_key, unique
from ..money import Money
from ..order import Order
from ..people import Actor
from ..status import OrderStatus

__all__ = ["Change", "attempt_of", "changed"]


class Change:
    """What one commit does to an order. `built` is the order after it; the order before never changes.

    Its `id` is the commit's, and the claim of the attempts that this caller may send after it (`claimed`).

    Events follow the clock, and never go back behind the event before. All else is the clock's own.
    """

    def __init__(self, order: Order, now: datetime) -> None:
        self.id = unique()
        self.order = order
        self.now = now
        self.status = order.status
        self.verified = order.verified
        self.reason = order.reason
        self.card = order.card
        self.payment_due_at = order.payment_due_at
        self.fulfillment = order.fulfillment
        self.events: list[Event] = []
        self.claimed: list[PaymentAttempt] = []
        self._attempts = {attempt.key: attempt for attempt in order.attempts}
        self._notes = order.notes

    @property
    def at(self) -> datetime:
        """The time of what happens: now, unless the clock was put back."""
        return max(self.now, self.order.updated_at) if self.order.version else self.now

    def event(
        self, kind: EventKind, actor: Actor, data: Mapping[str, str | None], *, to: OrderStatus | None = None
    ) -> None:
        """Add an event; with `to`, it changes the status. Data that is None or empty is left out."""
        settled = self.verified or self.status is not OrderStatus.RECEIVED
        self.events.append(
            Event(
                seq=(self.order.timeline[-1].seq if self.order.timeline else 0) + len(self.events) + 1,
                kind=kind,
                at=self.at,
                actor=actor,
                from_status=self.status if settled else None,
                to_status=to,
                data={key: text for key, text in data.items() if text},
            )
        )
        if to is not None:
            self.status = to

    def begin(
        self, purpose: Purpose, amount: Money, by: Actor, *, target: str | None = None, claimed: bool = True
    ) -> PaymentAttempt:
        """Begin an attempt under the next number of its purpose.

        With `claimed`, its first send is this caller's, who must send it after the commit; else the sweep's, later.
        """
        number = 1 + sum(attempt.purpose is purpose for attempt in self._attempts.values())
        attempt = PaymentAttempt(
            key=payment_key(self.order.id, purpose, number),
            by=by,
            purpose=purpose,
            number=number,
            order_id=self.order.id,
            store_id=self.order.store_id,
            customer_id=self.order.customer.id,
            amount=amount,
            card=self.card,
            target=target,
            begun_at=self.now,
        )
        self._attempts[attempt.key] = attempt
        return self.claim(attempt) if claimed else attempt

    def claim(self, attempt: PaymentAttempt) -> PaymentAttempt:
        """Claim the next send of an attempt for this caller, who must send it after the commit."""
        first = attempt.claim.partition(" ")[0]
        claimed = changed(
            attempt,
            claim=f"{first} {self.id}" if first else self.id,
            first_sent_at=attempt.first_sent_at or self.now,
            last_sent_at=self.now,
        )
        self.put(claimed)
        self.claimed.append(claimed)
        return claimed

    def put(self, attempt: PaymentAttempt) -> None:
        """Write down what is now known of an attempt."""
        self._attempts[attempt.key] = attempt

    def has_charge(self, *states: AttemptState, besides: str) -> bool:
        """Whether a charge other than the one with the key `besides` is in one of the states."""
        return any(
            attempt.purpose is Purpose.CHARGE and attempt.state in states and attempt.key != besides
            for attempt in self._attempts.values()
        )

    def is_surplus_refund(self, refund: PaymentAttempt) -> bool:
        """Whether a refund gives back money that the order could not take."""
        return any(
            attempt.state is AttemptState.SURPLUS and attempt.transaction_id == refund.target
            for attempt in self._attempts.values()
        )

    def never_sent(self, purpose: Purpose, target: str | None) -> list[PaymentAttempt]:
        """Attempts that are owed and were not sent yet."""
        return [
            attempt
            for attempt in self._attempts.values()
            if attempt.purpose is purpose
            and attempt.target == target
            and attempt.state is AttemptState.OPEN
            and attempt.first_sent_at is None
        ]

    def close_review(self, key: str) -> None:
        """A person has said what became of an attempt: a refusal that waited for that is a refusal now."""
        attempt = self._attempts[key]
        if attempt.state is AttemptState.REVIEW:
            self.put(changed(attempt, state=AttemptState.DECLINED))

    def note(self, note: Note) -> None:
        self._notes = (*self._notes, note)

    def built(self) -> Order:
        """The order after this change, one version on. `attrs.evolve` costs four times as much."""
        order = self.order
        return Order(
            id=order.id,
            store_id=order.store_id,
            customer=order.customer,
            items=order.items,
            card=self.card,
            shipping_address=order.shipping_address,
            metadata=order.metadata,
            status=self.status,
            verified=self.verified,
            placed_at=order.placed_at,
            updated_at=self.at,
            payment_due_at=self.payment_due_at,
            reason=self.reason,
            fulfillment=self.fulfillment,
            attempts=tuple(self._attempts.values()),
            timeline=(*order.timeline, *self.events),
            notes=self._notes,
            version=order.version + 1,
        )


def attempt_of(order: Order, key: str) -> PaymentAttempt | None:
    """The order's attempt with that key."""
    return next((attempt for attempt in order.attempts if attempt.key == key), None)


def changed(
    attempt: PaymentAttempt,
    *,
    state: AttemptState | None = None,
    transaction_id: str | None = None,
    code: str | None = None,
    message: str = "",
    action_url: str | None = None,
    claim: str = "",
    first_sent_at: datetime | None = None,
    last_sent_at: datetime | None = None,
    concluded_at: datetime | None = None,
) -> PaymentAttempt:
    """An attempt with what is newly known of it; what is None or empty stays."""
    return PaymentAttempt(
        key=attempt.key,
        by=attempt.by,
        purpose=attempt.purpose,
        number=attempt.number,
        order_id=attempt.order_id,
        store_id=attempt.store_id,
        customer_id=attempt.customer_id,
        amount=attempt.amount,
        card=attempt.card,
        target=attempt.target,
        state=state or attempt.state,
        transaction_id=transaction_id or attempt.transaction_id,
        code=code or attempt.code,
        message=message or attempt.message,
        action_url=action_url or attempt.action_url,
        claim=claim or attempt.claim,
        begun_at=attempt.begun_at,
        first_sent_at=first_sent_at or attempt.first_sent_at,
        last_sent_at=last_sent_at or attempt.last_sent_at,
        concluded_at=concluded_at or attempt.concluded_at,
    )
