"""Every command in every status by everyone, against the table of the design."""

from __future__ import annotations

import itertools

import pytest

from commands.giving import ACTORS, ARGUMENTS, COMMANDS, OUTSIDERS, STATUSES, give, in_review, refused
from orderflow import (
    InvalidTransition,
    Money,
    NotPermitted,
    OrderNotFound,
    OrderStatus,
    PaymentInProgress,
    PaymentWindowClosed,
    ValidationError,
)
from shops import CUSTOMER, MERCHANT, OPERATOR, Shop

# The design's table: (command, who) -> {status in which it may begin: status that follows}.
MOVES = {
    ("accept", "merchant"): {"received": "accepted"},
    ("decline", "merchant"): {"received": "declined"},
    ("cancel", "customer"): {"received": "canceled", "pending_payment": "canceled"},
    ("retry_payment", "customer"): {"pending_payment": "accepted"},
    ("complete", "merchant"): {"accepted": "completed"},
    ("add_note", "merchant"): {status: status for status in STATUSES},
    ("add_note", "operator"): {status: status for status in STATUSES},
    ("refund", "merchant"): {"accepted": "accepted", "completed": "completed"},
    ("refund", "operator"): {"accepted": "accepted", "completed": "completed"},
    ("resolve_payment", "merchant"): {},  # only with a payment in review: see below
    ("resolve_payment", "operator"): {},
}
MOVED = {
    "accept": ["charge"],
    "retry_payment": ["charge"],
    "refund": ["refund"],
}
WOULD_MOVE = ("accept", "decline", "cancel", "retry_payment", "complete")


def allowed(status: str, who: str) -> set[str]:
    return {command for (command, role), moves in MOVES.items() if role == who and status in moves}


@pytest.mark.parametrize(
    ("status", "command", "who"), [*itertools.product(STATUSES, COMMANDS, ACTORS)], ids=lambda part: part
)
def test_a_command_does_what_the_table_says_and_nothing_else(shop: Shop, status: str, command: str, who: str) -> None:
    order = shop.order_in(status)
    moved_before = len(shop.purposes())
    to = MOVES.get((command, who), {}).get(status)
    if to is not None:
        answer = give(shop, command, order.id, by=ACTORS[who])
        assert answer.status.value == shop.get(order.id).status.value == to
        assert answer.timeline[-1].actor == ACTORS[who]
        assert shop.purposes()[moved_before:] == MOVED.get(command, [])
    elif who in OUTSIDERS:
        with refused(shop, OrderNotFound) as raised:
            give(shop, command, order.id, by=ACTORS[who])
        assert raised.value.order_id == order.id
    elif (command, who) not in MOVES:
        with refused(shop, NotPermitted):
            give(shop, command, order.id, by=ACTORS[who])
    else:
        closed = command == "retry_payment" and status == "expired"
        with refused(shop, PaymentWindowClosed if closed else InvalidTransition) as raised:
            give(shop, command, order.id, by=ACTORS[who])
        assert (raised.value.order_id, raised.value.status, raised.value.command) == (order.id, status, command)
        assert set(raised.value.allowed) == allowed(status, who)
        assert all(name in str(raised.value) for name in (order.id, status, command, *allowed(status, who)))


@pytest.mark.parametrize("who", ["operator", "merchant"])
@pytest.mark.parametrize("status", STATUSES)
def test_a_payment_in_review_is_resolved_in_every_status(shop: Shop, status: str, who: str) -> None:
    order = in_review(shop, status)
    key = next(attempt.key for attempt in order.attempts if attempt.state == "review")
    answer = give(shop, "resolve_payment", order.id, by=ACTORS[who], key=key)
    assert not answer.needs_review
    assert answer.status is order.status
    resolved = [event for event in answer.timeline if event.kind == "payment_resolved"]
    assert [(event.actor, event.to_status) for event in resolved] == [(ACTORS[who], None)]
    shop.get(order.id)


@pytest.mark.parametrize("status", STATUSES)
def test_another_key_than_that_in_review_is_refused(shop: Shop, status: str) -> None:
    order = in_review(shop, status)
    settled = next(attempt.key for attempt in order.attempts if attempt.state != "review")
    for key in (settled, "of1_of_nobody"):
        with refused(shop, ValidationError):
            give(shop, "resolve_payment", order.id, by=OPERATOR, key=key)


@pytest.mark.parametrize("who", ["customer", "system", *OUTSIDERS])
def test_nobody_else_resolves_a_payment(shop: Shop, who: str) -> None:
    order = in_review(shop, "received")
    key = next(attempt.key for attempt in order.attempts if attempt.state == "review")
    with refused(shop, OrderNotFound if who in OUTSIDERS else NotPermitted):
        give(shop, "resolve_payment", order.id, by=ACTORS[who], key=key)


def begin_charge(shop: Shop) -> str:
    order_id = shop.order_in("received").id
    shop.gateway.time_out_next("charge", effect=False)
    shop.orders.accept(order_id, by=MERCHANT)
    return order_id


def begin_retry(shop: Shop) -> str:
    order_id = shop.order_in("pending_payment").id
    shop.gateway.time_out_next("charge", effect=False)
    shop.orders.retry_payment(order_id, by=CUSTOMER)
    return order_id


def begin_verification(shop: Shop) -> str:
    shop.gateway.time_out_next("verification", effect=False)
    return shop.submit().id


def review_charge(shop: Shop) -> str:
    return in_review(shop, "received").id


IN_PROGRESS = {
    "accept timed out": begin_charge,
    "retry timed out": begin_retry,
    "verification timed out": begin_verification,
    "charge in review": review_charge,
}


@pytest.mark.parametrize("begun", IN_PROGRESS)
@pytest.mark.parametrize(("command", "who"), [*itertools.product(COMMANDS, ACTORS)], ids=lambda part: part)
def test_a_payment_in_progress_holds_up_every_command_that_would_move_the_order(
    shop: Shop, begun: str, command: str, who: str
) -> None:
    order = shop.get(IN_PROGRESS[begun](shop))
    assert order.payment_in_progress
    error: type[Exception] | None
    if who in OUTSIDERS:
        error = OrderNotFound
    elif (command, who) not in MOVES:
        error = NotPermitted
    elif command in WOULD_MOVE:
        error = PaymentInProgress
    elif command == "resolve_payment" and begun == "charge in review":
        error = ValidationError  # the key is another
    else:
        error = None if command == "add_note" else InvalidTransition
    if error is None:
        answer = give(shop, command, order.id, by=ACTORS[who])
        assert [note.text for note in answer.notes] == [ARGUMENTS["add_note"]["text"]]
        assert (answer.status, answer.payment_in_progress) == (order.status, True)
        return
    with refused(shop, error) as raised:
        give(shop, command, order.id, by=ACTORS[who])
    if error is PaymentInProgress:
        assert (raised.value.order_id, raised.value.command) == (order.id, command)


@pytest.mark.parametrize(("command", "who"), [("decline", MERCHANT), ("accept", MERCHANT), ("cancel", CUSTOMER)])
def test_a_void_that_is_owed_blocks_nothing(shop: Shop, command: str, who: object) -> None:
    shop.gateway.time_out_next("void", effect=False)
    order = shop.submit()
    assert not order.payment_in_progress
    give(shop, command, order.id, by=who)


def test_a_refund_that_is_open_blocks_nothing(shop: Shop) -> None:
    order = shop.order_in("accepted")
    shop.gateway.time_out_next("refund", effect=False)
    answer = give(shop, "refund", order.id, by=MERCHANT, amount=Money(1, "USD"))
    assert not answer.payment_in_progress
    assert give(shop, "complete", order.id, by=MERCHANT).status is OrderStatus.COMPLETED


def test_a_command_first_settles_what_came_of_a_payment(shop: Shop) -> None:
    """No result depends on when the sweep last ran: the charge went through, so that the order can be completed."""
    order = shop.order_in("received")
    shop.gateway.time_out_next("charge", effect=True)
    assert shop.orders.accept(order.id, by=MERCHANT).payment_in_progress
    answer = give(shop, "complete", order.id, by=MERCHANT)
    assert answer.status is OrderStatus.COMPLETED
    assert shop.purposes().count("charge") == 1


def test_a_refused_command_still_tells_what_it_settled(shop: Shop) -> None:
    order = shop.order_in("received")
    shop.gateway.time_out_next("charge", effect=True)
    shop.orders.accept(order.id, by=MERCHANT)
    with pytest.raises(InvalidTransition):
        shop.orders.decline(order.id, by=MERCHANT)
    assert ("customer", "email", "accepted") in shop.told(order.id)
    assert [m.kind.value for m in shop.notifier.sent if m.audience == "customer"][-1] == "accepted"


def test_a_command_first_expires_what_is_over(shop: Shop) -> None:
    order = shop.order_in("pending_payment")
    shop.clock.advance(days=7)
    with pytest.raises(InvalidTransition) as raised:
        shop.orders.cancel(order.id, by=CUSTOMER)
    assert raised.value.status is OrderStatus.EXPIRED
    assert shop.get(order.id).status is OrderStatus.EXPIRED


def test_a_retry_after_the_window_is_refused_before_the_sweep_came_by(shop: Shop) -> None:
    order = shop.order_in("pending_payment")
    shop.clock.advance(days=7)
    with pytest.raises(PaymentWindowClosed) as raised:
        shop.orders.retry_payment(order.id, by=CUSTOMER)
    assert (raised.value.order_id, raised.value.status, raised.value.command) == (order.id, "expired", "retry_payment")
    assert shop.purposes().count("charge") == 0
