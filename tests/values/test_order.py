"""What an order says of itself is drawn from what it holds."""

from __future__ import annotations

import itertools
from typing import Any

import attrs
import pytest

from orderflow import AttemptState, Item, Money, Order, OrderStatus, PaymentAttempt, Purpose, ValidationError
from orderflow.order import left_to_refund, paying_charge
from values.made import CARD, ITEM, NOW, PRICE, make

VERIFICATION, CHARGE, VOID, REFUND = Purpose.VERIFICATION, Purpose.CHARGE, Purpose.VOID, Purpose.REFUND
OPEN, APPROVED, DECLINED = AttemptState.OPEN, AttemptState.APPROVED, AttemptState.DECLINED
ABSENT, SURPLUS, REVIEW = AttemptState.ABSENT, AttemptState.SURPLUS, AttemptState.REVIEW


def attempt(purpose: Purpose, state: AttemptState, transaction_id: str | None = None, **changes: Any) -> PaymentAttempt:
    made: PaymentAttempt = make(PaymentAttempt, purpose=purpose, state=state, transaction_id=transaction_id, **changes)
    return made


def refund(amount: str, state: AttemptState = APPROVED, target: str = "ch") -> PaymentAttempt:
    return attempt(REFUND, state, "re", amount=Money(amount, "USD"), target=target)


def order(*attempts: PaymentAttempt, **changes: Any) -> Order:
    made: Order = make(Order, attempts=attempts, **changes)
    return made


def test_a_total_is_the_sum_of_its_items() -> None:
    items = [Item("a", Money("35.50", "USD"), 2), Item("b", Money("0.01", "USD")), Item("c", Money(0, "USD"), 7)]

    assert order(items=items).total == Money("71.01", "USD")


@pytest.mark.parametrize(
    ("items", "rule"),
    [
        ([], "at least 1"),
        ([ITEM] * 101, "at most 100, not 101"),
        ([Item("a", Money(1, "USD")), Item("b", Money(1, "EUR"))], "do not mix"),
        ([Item("a", Money("9" * 16, "USD"))] * 2, "at most 999999999999999999 minor units"),
        (ITEM, "must be a list or a tuple"),
        ("abc", "must be a list or a tuple"),
        ([ITEM, None], "must be of type Item"),
        (iter([ITEM]), "must be a list or a tuple"),
    ],
)
def test_items_add_up(items: Any, rule: str) -> None:
    with pytest.raises(ValidationError, match=rule):
        order(items=items)


def test_what_is_shipped_needs_an_address() -> None:
    with pytest.raises(ValidationError, match="shipping_address"):
        order(items=[ITEM, make(Item, physical=True)], shipping_address=None)

    assert order(items=[ITEM], shipping_address=None).shipping_address is None


def test_lists_are_copied_and_metadata_is_read_only() -> None:
    items, metadata = [ITEM], {"cart": "c-1"}
    made = order(items=items, metadata=metadata)

    items.append(ITEM)
    metadata["cart"] = "c-2"

    assert made.items == (ITEM,)
    assert made.metadata == {"cart": "c-1"}
    with pytest.raises(TypeError):
        made.metadata["cart"] = "c-2"  # type: ignore[index]


def test_an_order_does_not_change() -> None:
    for field in ("status", "total", "refunded", "new"):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(order(), field, None)


@pytest.mark.parametrize("status", OrderStatus)
def test_nothing_leaves_four_of_the_statuses(status: OrderStatus) -> None:
    assert order(status=status).is_terminal is (status in ("declined", "canceled", "expired", "completed"))


@pytest.mark.parametrize(
    ("attempts", "transaction_id"),
    [
        ([], None),
        ([attempt(VERIFICATION, OPEN)], None),
        ([attempt(VERIFICATION, APPROVED, "ve")], "ve"),
        ([attempt(VERIFICATION, APPROVED, "ve"), attempt(VOID, APPROVED, "vo")], "ve"),
        ([attempt(VERIFICATION, APPROVED, "ve"), attempt(CHARGE, OPEN)], "ve"),
        ([attempt(VERIFICATION, APPROVED, "ve"), attempt(CHARGE, DECLINED, "d1")], "d1"),
        ([attempt(CHARGE, DECLINED, "d1"), attempt(CHARGE, DECLINED, "d2"), attempt(CHARGE, OPEN)], "d2"),
        ([attempt(CHARGE, APPROVED, "ch"), attempt(CHARGE, SURPLUS, "su"), refund("1.00")], "ch"),
        ([attempt(CHARGE, DECLINED, "d1"), attempt(CHARGE, APPROVED, "ch")], "ch"),
        ([attempt(CHARGE, SURPLUS, "su")], "su"),
    ],
)
def test_the_transaction_is_the_charges_that_paid_else_the_latest(
    attempts: list[PaymentAttempt], transaction_id: str | None
) -> None:
    assert order(*attempts).transaction_id == transaction_id


def test_the_charge_that_paid_is_the_approved_one() -> None:
    paid = attempt(CHARGE, APPROVED, "ch")

    assert paying_charge(order(attempt(VERIFICATION, APPROVED, "ve"), attempt(CHARGE, DECLINED, "d"), paid)) == paid
    assert paying_charge(order(attempt(CHARGE, SURPLUS, "su"), attempt(CHARGE, REVIEW))) is None


@pytest.mark.parametrize(
    ("attempts", "refunded", "left"),
    [
        ([], "0.00", "0.00"),
        ([attempt(CHARGE, OPEN)], "0.00", "0.00"),
        ([attempt(CHARGE, APPROVED, "ch")], "0.00", "120.00"),
        ([attempt(CHARGE, APPROVED, "ch"), refund("20.00"), refund("0.50")], "20.50", "99.50"),
        ([attempt(CHARGE, APPROVED, "ch"), refund("20.00", OPEN), refund("1.00", REVIEW)], "0.00", "99.00"),
        ([attempt(CHARGE, APPROVED, "ch"), refund("20.00", DECLINED), refund("1.00", ABSENT)], "0.00", "120.00"),
        ([attempt(CHARGE, APPROVED, "ch"), refund("120.00", target="su")], "0.00", "120.00"),
        ([attempt(CHARGE, SURPLUS, "su"), refund("120.00", target="su")], "0.00", "0.00"),
        ([attempt(CHARGE, APPROVED, "ch"), refund("120.00")], "120.00", "0.00"),
    ],
)
def test_refunds_are_those_of_the_charge_that_paid(attempts: list[PaymentAttempt], refunded: str, left: str) -> None:
    made = order(*attempts)

    assert made.refunded == Money(refunded, "USD")
    assert left_to_refund(made) == Money(left, "USD")


@pytest.mark.parametrize(("purpose", "state"), list(itertools.product(Purpose, AttemptState)))
def test_a_payment_is_in_progress_while_a_verification_or_a_charge_is_unsettled(
    purpose: Purpose, state: AttemptState
) -> None:
    made = order(attempt(VERIFICATION, APPROVED, "ve"), attempt(purpose, state, target="ve"))

    assert made.payment_in_progress is (purpose in (VERIFICATION, CHARGE) and state in (OPEN, REVIEW))
    assert made.needs_review is (state is REVIEW)


def test_an_order_of_nothing_but_what_it_needs_is_received_and_unannounced() -> None:
    whole = make(Order)
    needed = ("id", "store_id", "customer", "items", "card", "placed_at", "updated_at")

    made = Order(**{name: getattr(whole, name) for name in needed})

    assert (made.status, made.verified, made.version, made.reason) == (OrderStatus.RECEIVED, False, 0, "")
    assert (made.attempts, made.timeline, made.notes, dict(made.metadata)) == ((), (), (), {})
    assert (made.fulfillment, made.payment_due_at, made.shipping_address) == (None, None, None)
    assert (made.payment_in_progress, made.needs_review, made.refunded) == (False, False, PRICE * 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("id", ""), ("status", "received"), ("verified", 1), ("version", -1), ("card", "tok"), ("customer", None)),
        *(("reason", None), ("placed_at", NOW.replace(tzinfo=None)), ("metadata", {"a": 1}), ("attempts", [CARD])),
        *(("timeline", None), ("notes", {}), ("fulfillment", "shipped"), ("shipping_address", "Rua 1")),
    ],
)
def test_what_an_order_holds_is_of_its_kind(field: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=rf"Order\.{field} must"):
        make(Order, **{field: value})
