"""Texts and values that storages have stumbled over."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Final

import pytest

from .... import (
    Actor,
    AttemptState,
    Card,
    Customer,
    Event,
    EventKind,
    Fulfillment,
    Item,
    Money,
    Note,
    Order,
    OrderQuery,
    OrderStatus,
    PaymentAttempt,
    Purpose,
    ShippingAddress,
)
from ....ports import CommandRecord, Storage
from .built import NOW, keep, onwards, order, owed
from .case import StorageCase

__all__ = ["Hostile"]

TEXTS: Final = (
    "'; DROP TABLE orders; --",
    '"quoted" and \'quoted\' and `quoted`',
    "100 % of _everything_ \\ % \\_",
    "{} {0} :name ?1 $1 %s %(name)s @p",
    "Zo\u00eb \U0001f382\U0001f469\u200d\U0001f469\u200d\U0001f467 \u5f20\u4f1f",
    "\u05e9\u05dc\u05d5\u05dd \u202eabc\u202c \u0627\u0644\u0633\u0644\u0627\u0645",
    "e\u0301 and \u00e9, \u0130stanbul, stra\u00dfe",
    "\ufeff\u200b\u00a0between\u2003spaces",
    "null", "NULL", "None", "0", "1e5", "true", "[1]", '{"a": 1}',
    "x" * 200,
)  # fmt: skip
FAR: Final = datetime(8999, 12, 31, 23, 59, 59, 999999, tzinfo=timezone.utc)
LONG_AGO: Final = datetime(1, 1, 2, 0, 0, 0, 1, tzinfo=timezone.utc)


def full_of(text: str, at: datetime, amount: Money) -> Order:
    """An order that says a text wherever texts are free, with something in every field."""
    shown = Actor.merchant("studio-7", "staff-1", text)
    card = Card("tok_good", text[:50], "4242", exp_month=12, exp_year=2099, payer="payer-1")
    attempt = PaymentAttempt(
        key="key-1",
        by=shown,
        purpose=Purpose.CHARGE,
        number=1,
        order_id="ord-1",
        store_id="studio-7",
        customer_id="m-42",
        amount=amount,
        card=card,
        target="auth-1",
        state=AttemptState.APPROVED,
        transaction_id="txn-1",
        code="code-1",
        message=text,
        action_url="https://pay.example/?a=1&b='2'",
        claim="claim-1",
        begun_at=at,
        first_sent_at=at,
        last_sent_at=at,
        concluded_at=at,
    )
    happened = Event(1, EventKind.SUBMITTED, at, shown, None, OrderStatus.RECEIVED, {"reason": text})
    return Order(
        id="ord-1",
        store_id="studio-7",
        customer=Customer(id="m-42", name=text, email="ana@example.com", locale="pt-BR"),
        items=[Item(name=text, unit_price=amount, quantity=1, physical=True, details={text: text}, ref="ref-1")],
        card=card,
        shipping_address=ShippingAddress(text, text, text, "1000-001", "PT", line2=text, region=text, phone="+351 1"),
        metadata={"told": text},
        status=OrderStatus.COMPLETED,
        verified=True,
        placed_at=at,
        updated_at=at,
        payment_due_at=at,
        reason=text,
        fulfillment=Fulfillment.handed_over(text),
        attempts=[attempt],
        timeline=[happened],
        notes=[Note("note-1", shown, text, at)],
        version=1,
    )


class Hostile(StorageCase):
    """What was committed comes back as it was, whatever it says."""

    @pytest.mark.parametrize("text", TEXTS)
    def test_every_field_comes_back_as_it_was_committed(self, store: Storage, text: str) -> None:
        kept = keep(store, full_of(text, NOW, Money("120.00", "USD")))
        assert store.load("ord-1") == kept

    @pytest.mark.parametrize("text", TEXTS)
    def test_messages_and_commands_come_back_as_they_were_committed(self, store: Storage, text: str) -> None:
        row = owed(1, "in_app", text, id=f"ord-1.{text}"[:100])
        command = CommandRecord("ord-1", text, "digest", "key-1")
        keep(store, order(), row, command=command)
        assert [state.message for state in store.messages("ord-1")] == [row.message]
        assert store.inbox(text, unread_only=False, limit=10, after=None).messages == (row.message,)
        assert store.find_command("ord-1", text) == command

    @pytest.mark.parametrize("text", TEXTS)
    def test_ids_of_any_kind_keep_orders_apart(self, store: Storage, text: str) -> None:
        one, other = order(text, store_id=text), order(f"{text[:100]}x", store_id="other")
        keep(store, one)
        keep(store, other)
        assert (store.load(text), store.load(other.id)) == (one, other)
        assert [row.id for row in store.find(OrderQuery(store_id=text)).rows] == [text]
        assert store.counts(text)[OrderStatus.RECEIVED] == 1

    @pytest.mark.parametrize("at", [LONG_AGO, NOW.replace(microsecond=1), FAR], ids=["long ago", "now", "far ahead"])
    def test_moments_come_back_to_the_microsecond(self, store: Storage, at: datetime) -> None:
        kept = keep(store, full_of("x", at, Money("1.00", "USD")), due_at=at)
        assert store.load("ord-1") == kept
        (row,) = store.find(OrderQuery(placed_from=at)).rows
        assert (row.placed_at, row.payment_due_at) == (at, at)

    @pytest.mark.parametrize(
        "amount",
        [Money(0, "USD"), Money("0.001", "KWD"), Money("1", "JPY"), Money.from_minor_units(10**18 - 1, "USD")],
        ids=str,
    )
    def test_amounts_come_back_to_the_last_unit(self, store: Storage, amount: Money) -> None:
        kept = keep(store, full_of("x", NOW, amount))
        assert store.load("ord-1") == kept
        (row,) = store.find(OrderQuery(total_min=amount, total_max=amount)).rows
        assert row.total == amount

    @pytest.mark.parametrize("text", ["%", "_", "b%", "b_r", "\\", "'", "*", '"'])
    def test_what_databases_take_for_wildcards_finds_nothing_by_itself(self, store: Storage, text: str) -> None:
        charge = full_of("Birthday video", NOW, Money(1, "USD")).attempts[0]
        keep(store, order(attempts=(charge,)))
        assert store.find(OrderQuery(transaction_id=text)).rows == ()
        assert [row.id for row in store.find(OrderQuery(transaction_id="txn-")).rows] == ["ord-1"]
        assert store.find(OrderQuery(text=f"{text}zz")).rows == ()

    def test_a_long_life_comes_back_in_order(self, store: Storage) -> None:
        kept = keep(store, order())
        for _ in range(40):
            kept = keep(store, onwards(kept))
        assert store.load("ord-1") == kept
