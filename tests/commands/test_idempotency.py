"""Idempotency keys: the same key again has no second effect."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from commands.giving import ACTORS, ARGUMENTS, COMMANDS, give, in_review, proven_absent, refused
from orderflow import (
    Actor,
    Approved,
    Card,
    Declined,
    Fulfillment,
    IdempotencyConflict,
    Money,
    NotPermitted,
    Order,
    OrderNotFound,
    OrderStatus,
    PaymentUnavailable,
    ValidationError,
)
from orderflow.adapters.memory import MemoryStorage
from shops import CUSTOMER, MERCHANT, OPERATOR, OTHER_CUSTOMER, PRINT, Shop, card, kinds

BEGINS_IN = {
    "accept": "received",
    "decline": "received",
    "cancel": "received",
    "retry_payment": "pending_payment",
    "complete": "accepted",
    "add_note": "received",
    "refund": "accepted",
}
WHO = {"cancel": CUSTOMER, "retry_payment": CUSTOMER}


def begin(shop: Shop, command: str) -> tuple[Order, dict[str, Any]]:
    """An order that takes the command, and the command's arguments."""
    if command == "resolve_payment":
        order = in_review(shop, "received")
        key = next(attempt.key for attempt in order.attempts if attempt.state == "review")
        return order, {**ARGUMENTS[command], "key": key, "by": MERCHANT}
    return shop.order_in(BEGINS_IN[command]), {**ARGUMENTS[command], "by": WHO.get(command, MERCHANT)}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_same_key_again_has_no_second_effect(shop: Shop, command: str) -> None:
    order, arguments = begin(shop, command)
    first = give(shop, command, order.id, **arguments, idempotency_key="k-1")
    before = shop.state()
    assert give(shop, command, order.id, **arguments, idempotency_key="k-1") == first
    assert shop.state() == before


@pytest.mark.parametrize("command", COMMANDS)
def test_the_same_key_returns_the_order_as_it_now_stands(shop: Shop, command: str) -> None:
    order, arguments = begin(shop, command)
    give(shop, command, order.id, **arguments, idempotency_key="k-1")
    later = shop.orders.add_note(order.id, by=OPERATOR, text="looked at")
    again = give(shop, command, order.id, **arguments, idempotency_key="k-1")
    assert again.version == later.version


@pytest.mark.parametrize(("command", "other"), [*itertools.permutations(COMMANDS, 2)])
def test_the_same_key_with_another_command_is_a_conflict(shop: Shop, command: str, other: str) -> None:
    order, arguments = begin(shop, command)
    give(shop, command, order.id, **arguments, idempotency_key="k-1")
    with refused(shop, IdempotencyConflict) as raised:
        give(shop, other, order.id, by=WHO.get(other, MERCHANT), idempotency_key="k-1")
    assert raised.value.order_id == order.id


@pytest.mark.parametrize(
    ("command", "other"),
    [
        ("decline", {"reason": "ill"}),
        ("cancel", {"reason": ""}),
        ("retry_payment", {"card": card("tok_good", last4="1881")}),
        ("retry_payment", {"card": Card("tok_good", "visa", "4242", 11, 2031)}),
        ("retry_payment", {"card": Card("tok_good", "visa", "4242", 12, 2032)}),
        ("retry_payment", {"card": Card("tok_good", "amex", "4242", 12, 2031)}),
        ("retry_payment", {"card": None}),
        ("complete", {"fulfillment": Fulfillment.shipped("DHL", "JD02")}),
        ("complete", {"fulfillment": Fulfillment.shipped("UPS", "JD014600003828392837")}),
        ("complete", {"fulfillment": Fulfillment.digital("https://example.com/1")}),
        ("complete", {"fulfillment": Fulfillment.handed_over("at the door")}),
        ("add_note", {"text": "wants it before Monday"}),
        ("refund", {"amount": Money(5, "USD")}),
        ("refund", {"reason": "late"}),
        ("resolve_payment", {"key": "of1_other"}),
        ("resolve_payment", {"evidence": "a hunch"}),
        ("resolve_payment", {"outcome": Approved("ch_1")}),
        ("resolve_payment", {"outcome": Declined("no_funds")}),
    ],
    ids=repr,
)
def test_the_same_key_with_other_arguments_is_a_conflict(shop: Shop, command: str, other: dict[str, Any]) -> None:
    order, arguments = begin(shop, command)
    if command == "retry_payment":
        arguments["card"] = card()
    give(shop, command, order.id, **arguments, idempotency_key="k-1")
    with refused(shop, IdempotencyConflict):
        give(shop, command, order.id, **{**arguments, **other}, idempotency_key="k-1")


@pytest.mark.parametrize(
    ("said", "other"),
    [
        (Approved("ch_1"), Approved("ch_2")),
        (Declined("no_funds"), Declined("lost_card")),
        (Declined("no_funds", "Sorry."), Declined("no_funds", "No.")),
        (Declined("no_funds", "", "ch_1"), Declined("no_funds")),
    ],
    ids=repr,
)
def test_the_same_key_with_another_outcome_is_a_conflict(shop: Shop, said: Any, other: Any) -> None:
    order, arguments = begin(shop, "resolve_payment")
    give(shop, "resolve_payment", order.id, **{**arguments, "outcome": said}, idempotency_key="k-1")
    with refused(shop, IdempotencyConflict):
        give(shop, "resolve_payment", order.id, **{**arguments, "outcome": other}, idempotency_key="k-1")


@pytest.mark.parametrize(
    ("command", "other"),
    [
        ("add_note", OPERATOR),
        ("add_note", Actor.merchant("studio-7", "staff-2")),
        ("add_note", Actor.merchant("studio-7")),
        ("refund", OPERATOR),
    ],
    ids=repr,
)
def test_the_same_key_by_another_actor_is_a_conflict(shop: Shop, command: str, other: Actor) -> None:
    order, arguments = begin(shop, command)
    give(shop, command, order.id, **arguments, idempotency_key="k-1")
    with refused(shop, IdempotencyConflict):
        give(shop, command, order.id, **{**arguments, "by": other}, idempotency_key="k-1")


def test_another_name_is_no_other_actor(shop: Shop) -> None:
    order, arguments = begin(shop, "add_note")
    give(shop, "add_note", order.id, **arguments, idempotency_key="k-1")
    renamed = Actor.merchant("studio-7", "staff-1", "Maria")
    assert len(give(shop, "add_note", order.id, **{**arguments, "by": renamed}, idempotency_key="k-1").notes) == 1


def test_who_may_not_see_or_not_act_learns_nothing_by_a_key(shop: Shop) -> None:
    order, arguments = begin(shop, "add_note")
    give(shop, "add_note", order.id, **arguments, idempotency_key="k-1")
    with refused(shop, OrderNotFound):
        give(shop, "add_note", order.id, by=OTHER_CUSTOMER, idempotency_key="k-1")
    with refused(shop, NotPermitted):
        give(shop, "add_note", order.id, by=CUSTOMER, idempotency_key="k-1")


def test_a_token_made_anew_is_the_same_card(shop: Shop) -> None:
    order = shop.order_in("pending_payment")
    for token in ("tok_1", "tok_2"):
        shop.orders.retry_payment(order.id, by=CUSTOMER, card=card(token), idempotency_key="k-1")
    assert shop.purposes().count("charge") == 1
    assert shop.get(order.id).card.token == "tok_1"


def test_a_key_belongs_to_its_order(shop: Shop) -> None:
    for _ in range(2):
        order = shop.submit()
        assert shop.orders.accept(order.id, by=MERCHANT, idempotency_key="k-1").status is OrderStatus.ACCEPTED
    assert shop.purposes().count("charge") == 2


def test_a_refused_command_leaves_its_key_free(shop: Shop) -> None:
    """Only a commit remembers a key."""
    order = shop.order_in("accepted")
    with refused(shop, ValidationError):
        shop.orders.refund(order.id, by=MERCHANT, amount=Money(500, "USD"), idempotency_key="k-1")
    answer = shop.orders.refund(order.id, by=MERCHANT, amount=Money(5, "USD"), idempotency_key="k-1")
    assert answer.refunded == Money(5, "USD")


@pytest.mark.parametrize("key", ["", " ", "a\n", "x" * 201, 7, b"k", "\ud800"], ids=repr)
def test_a_key_that_is_none_is_refused(shop: Shop, key: Any) -> None:
    order = shop.order_in("received")
    with refused(shop, ValidationError):
        shop.orders.accept(order.id, by=MERCHANT, idempotency_key=key)


def _not_sent(shop: Shop, command: str, order_id: str) -> None:
    shop.gateway.not_send_next("charge" if command != "refund" else "refund")
    with pytest.raises(PaymentUnavailable) as raised:
        give(shop, command, order_id, by=WHO.get(command, MERCHANT), idempotency_key="k-1")
    assert raised.value.order_id == order_id


def _proven_absent(shop: Shop, command: str, order_id: str) -> None:
    shop.gateway.time_out_next("charge" if command != "refund" else "refund", effect=False)
    give(shop, command, order_id, by=WHO.get(command, MERCHANT), idempotency_key="k-1")
    proven_absent(shop)


def _said_to_be_absent(shop: Shop, command: str, order_id: str) -> None:
    shop.gateway.conclusive_lookup = False
    _proven_absent(shop, command, order_id)
    key = next(attempt.key for attempt in shop.get(order_id).attempts if attempt.state == "review")
    give(shop, "resolve_payment", order_id, by=OPERATOR, key=key)


@pytest.mark.parametrize("absence", [_not_sent, _proven_absent, _said_to_be_absent])
@pytest.mark.parametrize("command", ["accept", "retry_payment", "refund"])
def test_the_key_of_an_absent_attempt_begins_anew(
    shop: Shop, absence: Callable[[Shop, str, str], None], command: str
) -> None:
    order = shop.order_in(BEGINS_IN[command])
    moved_before = len(shop.purposes())
    absence(shop, command, order.id)
    assert ("merchant", "email", "payment_absent") in shop.told(order.id)
    assert len(shop.purposes()) == moved_before
    for _ in range(2):
        answer = give(shop, command, order.id, by=WHO.get(command, MERCHANT), idempotency_key="k-1")
        assert answer.status is OrderStatus.ACCEPTED
    assert len(shop.purposes()) == moved_before + 1
    assert kinds(shop.get(order.id)).count("payment_absent") == 1


def test_a_forgotten_key_still_belongs_to_its_arguments(shop: Shop) -> None:
    order = shop.order_in("accepted")
    _not_sent(shop, "refund", order.id)
    with refused(shop, IdempotencyConflict):
        shop.orders.refund(order.id, by=MERCHANT, amount=Money(5, "USD"), idempotency_key="k-1")


def test_the_key_of_a_declined_charge_stays_with_its_answer(shop: Shop) -> None:
    order = shop.order_in("received")
    shop.gateway.decline_next("charge", "insufficient_funds")
    for _ in range(2):
        answer = shop.orders.accept(order.id, by=MERCHANT, idempotency_key="k-1")
        assert answer.status is OrderStatus.PENDING_PAYMENT
    assert kinds(answer).count("payment_declined") == 1


def test_the_key_of_an_open_charge_settles_it_and_sends_no_other(shop: Shop) -> None:
    order = shop.order_in("received")
    shop.gateway.time_out_next("charge", effect=True)
    assert shop.orders.accept(order.id, by=MERCHANT, idempotency_key="k-1").payment_in_progress
    answer = shop.orders.accept(order.id, by=MERCHANT, idempotency_key="k-1")
    assert answer.status is OrderStatus.ACCEPTED
    assert shop.purposes().count("charge") == 1


def together(call: Callable[[], object]) -> list[object]:
    """What two threads get that make the same call at once."""
    barrier = threading.Barrier(2)
    answers: list[object] = []

    def run() -> None:
        barrier.wait()
        try:
            answers.append(call())
        except Exception as error:  # a failure in a thread would be lost
            answers.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.parametrize("command", ["accept", "decline", "add_note", "refund"])
def test_two_at_once_with_one_key_have_one_effect(command: str) -> None:
    """Both find no record, one commit wins, and the other answers like a repetition."""
    for _ in range(10):
        shop = Shop()
        order, arguments = begin(shop, command)
        give_it = partial(give, shop, command, order.id, **arguments, idempotency_key="k-1")
        answers = together(lambda give_it=give_it: give_it().id)  # type: ignore[misc]
        assert answers == [order.id, order.id]
        assert len(shop.get(order.id).timeline) == len(order.timeline) + {"refund": 2}.get(command, 1)


class Overtaken(MemoryStorage):
    """A storage in which the same command, under the same key, wins just before the first commit that has one."""

    def __init__(self, first: Callable[[], object]) -> None:
        super().__init__()
        self._first: Callable[[], object] | None = first

    def commit(self, order: Order, **rest: Any) -> None:
        if rest["command"] is not None and self._first is not None:
            first, self._first = self._first, None
            first()
        super().commit(order, **rest)


@pytest.mark.parametrize("command", ["accept", "decline", "add_note"])
def test_who_is_overtaken_by_the_same_key_answers_like_a_repetition(command: str) -> None:
    shop = Shop()
    call: list[Callable[[], object]] = []
    shop.storage = Overtaken(lambda: call[0]())
    shop.orders = shop.service()
    order, arguments = begin(shop, command)
    call.append(partial(give, shop, command, order.id, **arguments, idempotency_key="k-1"))
    answer: Any = call[0]()
    assert answer == shop.get(order.id)
    assert len(answer.timeline) == len(order.timeline) + 1


def test_a_key_works_for_an_order_of_many_items(shop: Shop) -> None:
    order = shop.order_in("accepted", PRINT, PRINT)
    for _ in range(2):
        answer = shop.orders.refund(order.id, by=ACTORS["operator"], idempotency_key="k-1")
    assert answer.refunded == order.total
