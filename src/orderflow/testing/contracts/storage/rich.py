"""Values with something unusual in every field, from a seed: the same ones in every run."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Final, TypeVar

import attrs

from .... import (
    Actor,
    AttemptState,
    Audience,
    Card,
    Channel,
    Customer,
    Event,
    EventKind,
    Fulfillment,
    Item,
    Message,
    Money,
    Note,
    Order,
    OrderStatus,
    OrderSummary,
    PaymentAttempt,
    Purpose,
    ShippingAddress,
    WebhookState,
)
from ....ports import Owed
from .built import NOW

__all__ = ["FAR", "LONG_AGO", "TEXTS", "Rich"]

T = TypeVar("T")

#: What people, and attackers, write; databases and their drivers have stumbled over each.
TEXTS: Final = (
    "'; DROP TABLE orders; --",
    '"quoted" and \'quoted\' and `quoted`',
    "100 % of _everything_ \\ % \\_",
    "{} {0} :name ?1 $1 %s %(name)s @p",
    "Zo\u00eb \U0001f382\U0001f469\u200d\U0001f469\u200d\U0001f467 \u5f20\u4f1f",
    "\u05e9\u05dc\u05d5\u05dd \u202eabc\u202c \u0627\u0644\u0633\u0644\u0627\u0645",
    "e\u0301 and \u00e9, \u0130stanbul, stra\u00dfe",
    "\ufeff\u200b\u00a0between\u2003spaces",
    " blank at both ends ",
    "last \U0010fffd and \uffff of their planes",
    "null", "NULL", "None", "0", "1e5", "007", "true", "[1]", '{"q": 1}',
    "x" * 200,
)  # fmt: skip
FAR: Final = datetime(8999, 12, 31, 23, 59, 59, 999999, tzinfo=timezone.utc)
LONG_AGO: Final = datetime(1, 1, 2, 0, 0, 0, 1, tzinfo=timezone.utc)
_MOMENTS: Final = (LONG_AGO, datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=timezone.utc), NOW, FAR)
_UNITS: Final = (0, 1, 9, 10, 99, 2**31, 2**53 + 1, 10**15 - 1)
_CURRENCIES: Final = ("USD", "JPY", "KWD", "CLF")  # of two places, none, three and four


class Rich:
    """Makes values at random, from a seed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._numbers = itertools.count(1)

    def one(self, of: Sequence[T]) -> T:
        return self._chance.choice(of)

    def text(self, longest: int = 200) -> str:
        """One text, or two of them."""
        return "".join(self.one(TEXTS) for _ in range(self.one((1, 1, 2))))[:longest]

    def long_text(self) -> str:
        """Several lines of it, or none."""
        return "\n\t".join(self.text() for _ in range(self.one((0, 1, 3, 20))))

    def id(self) -> str:
        """One that nobody else has."""
        return f"{next(self._numbers)} {self.text(190)}"

    def moment(self) -> datetime:
        away = timedelta(microseconds=self._chance.randrange(10**15))
        return self.one((*_MOMENTS, NOW + away, NOW - away))

    def amount(self, currency: str | None = None) -> Money:
        return Money.from_minor_units(self.one(_UNITS), currency or self.one(_CURRENCIES))

    def card(self) -> Card:
        payer = self.one((None, self.text()))
        return Card(self.text(), self.text(50), "0042", exp_month=self.one((1, 12)), exp_year=2199, payer=payer)

    def actor(self) -> Actor:
        return self.one(
            (
                Actor.customer(self.text()),
                Actor.customer(self.text(), self.text(300)),
                Actor.merchant(self.text()),
                Actor.merchant(self.text(), self.text(), self.text(300)),
                Actor.operator(self.text(), self.text(300)),
                Actor.system(),
            )
        )

    def words(self, most: int) -> dict[str, str]:
        return {self.text(): self.text(1_000) for _ in range(self._chance.randrange(most))}

    def item(self, currency: str) -> Item:
        return Item(
            name=self.text(300),
            unit_price=self.amount(currency),
            quantity=self.one((1, 2, 9)),
            physical=self.one((True, False)),
            details=self.words(4),
            ref=self.one(("", self.text())),
        )

    def attempt(self, state: AttemptState, purpose: Purpose) -> PaymentAttempt:
        told: dict[str, Any] = {name: self.text() for name in ("order_id", "store_id", "customer_id")}
        for name in ("target", "transaction_id", "code", "action_url"):
            told[name] = self.one((None, self.text()))
        for name in ("first_sent_at", "last_sent_at", "concluded_at"):
            told[name] = self.one((None, self.moment()))
        return PaymentAttempt(
            key=self.id(),
            by=self.actor(),
            purpose=purpose,
            number=self.one((1, 10**6)),
            amount=self.amount(),
            card=self.card(),
            state=state,
            message=self.long_text()[:1_000],
            claim=self.one(("", self.text())),
            begun_at=self.moment(),
            **told,
        )

    def attempts(self) -> list[PaymentAttempt]:
        """Some of every purpose, and of charges one that holds the order at most."""
        others = [purpose for purpose in Purpose if purpose is not Purpose.CHARGE]
        over = (AttemptState.SURPLUS, AttemptState.ABSENT, AttemptState.DECLINED)
        made = [
            self.attempt(self.one(over), Purpose.CHARGE),
            self.attempt(self.one(list(AttemptState)), Purpose.CHARGE),
        ]
        made += [self.attempt(self.one(list(AttemptState)), self.one(others)) for _ in range(2)]
        return made[self.one((0, 1, 4)) :]

    def event(self, seq: int) -> Event:
        status = (None, *OrderStatus)
        return Event(
            seq,
            self.one(list(EventKind)),
            self.moment(),
            self.actor(),
            self.one(status),
            self.one(status),
            self.words(4),
        )

    def fulfillment(self) -> Fulfillment | None:
        return self.one(
            (
                None,
                Fulfillment.shipped(carrier=self.text(), tracking_number=self.text()),
                Fulfillment.shipped(carrier=self.text()),
                Fulfillment.digital(url="https://a.example/v?x=1%20&y='2'#z"),
                Fulfillment.handed_over(self.long_text()),
            )
        )

    def order(self, order_id: str | None = None) -> Order:
        """An order in its first version."""
        told = {name: self.text() for name in ("line2", "region", "phone")}
        currency = self.one(_CURRENCIES)
        return Order(
            id=order_id or self.id(),
            store_id=self.text(),
            customer=Customer(
                id=self.text(), name=self.text(300), email="jos\u00e9@b\u00fccher.example", locale="pt-BR"
            ),
            items=[self.item(currency) for _ in range(self.one((1, 2, 7)))],
            card=self.card(),
            shipping_address=ShippingAddress(self.text(), self.text(), self.text(), "007", "PT", **told),
            metadata=self.words(5),
            status=self.one(list(OrderStatus)),
            verified=self.one((True, False)),
            placed_at=self.moment(),
            updated_at=self.moment(),
            payment_due_at=self.one((None, self.moment())),
            reason=self.long_text(),
            fulfillment=self.fulfillment(),
            attempts=self.attempts(),
            timeline=[self.event(seq) for seq in range(1, self.one((1, 2, 5)))],
            notes=[self.note() for _ in range(self.one((0, 1, 3)))],
            version=1,
        )

    def changed(self, before: Order) -> Order:
        """The order one version on: what may change has changed, and what may be added was."""
        other = self.order()
        return attrs.evolve(
            before,
            card=other.card,
            status=other.status,
            verified=other.verified,
            updated_at=other.updated_at,
            payment_due_at=other.payment_due_at,
            reason=other.reason,
            fulfillment=other.fulfillment,
            attempts=[*map(self._concluded, before.attempts), self.attempt(AttemptState.OPEN, Purpose.CHARGE)],
            timeline=(*before.timeline, self.event(len(before.timeline) + 1)),
            notes=(*before.notes, self.note()),
            version=before.version + 1,
        )

    def _concluded(self, attempt: PaymentAttempt) -> PaymentAttempt:
        return attrs.evolve(self.attempt(AttemptState.DECLINED, attempt.purpose), key=attempt.key)

    def note(self) -> Note:
        return Note(self.id(), self.actor(), self.text(), self.moment())

    def owed(self, order_id: str, channel: Channel, **changes: Any) -> Owed:
        """A row with its message."""
        row: dict[str, Any] = {"id": self.id(), "order_id": order_id, "occurred_at": self.moment()}
        message = Message(
            store_id=self.text(),
            audience=self.one(list(Audience)),
            channel=channel,
            kind=self.one(list(EventKind)),
            status=self.one(list(OrderStatus)),
            subject=self.text(1_000),
            body=self.long_text() * self.one((0, 1, 30)),
            order=self._summary(),
            address=self.one((None, self.text())),
            **row,
        )
        said: dict[str, Any] = {"recipient": self.text(300), "message": message, **changes}
        return Owed(seq=self.one((1, 10**9)), route=channel.value, **row, **said)

    def _summary(self) -> OrderSummary:
        return OrderSummary(
            id=self.text(),
            placed_at=self.moment(),
            item_name=self.text(320),
            total=self.amount(),
            status=self.one(list(OrderStatus)),
            transaction_id=self.one((None, self.text())),
            webhook=self.one(list(WebhookState)),
            customer_name=self.text(300),
            needs_review=self.one((True, False)),
            payment_due_at=self.one((None, self.moment())),
        )
