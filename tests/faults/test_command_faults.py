"""What every command does when it is repeated, races another, or loses its acknowledgement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from faults.books import audit
from faults.faulty import Faulty, after, another, meanwhile
from orderflow import IdempotencyConflict, InvalidTransition, Order, OrderflowError, OrderStatus, PaymentInProgress
from shops import CUSTOMER, MERCHANT, OPERATOR, SHIPPED, VIDEO, Shop

COMMANDS: dict[str, tuple[str, Callable[[Any, str, str | None], Order]]] = {
    "accept": ("received", lambda orders, order_id, key: orders.accept(order_id, by=MERCHANT, idempotency_key=key)),
    "decline": (
        "received",
        lambda orders, order_id, key: orders.decline(order_id, by=MERCHANT, reason="no", idempotency_key=key),
    ),
    "cancel": (
        "received",
        lambda orders, order_id, key: orders.cancel(order_id, by=CUSTOMER, reason="", idempotency_key=key),
    ),
    "retry_payment": (
        "pending_payment",
        lambda orders, order_id, key: orders.retry_payment(order_id, by=CUSTOMER, idempotency_key=key),
    ),
    "complete": (
        "accepted",
        lambda orders, order_id, key: orders.complete(order_id, by=MERCHANT, fulfillment=SHIPPED, idempotency_key=key),
    ),
    "add_note": (
        "received",
        lambda orders, order_id, key: orders.add_note(order_id, by=MERCHANT, text="x", idempotency_key=key),
    ),
    "refund": ("accepted", lambda orders, order_id, key: orders.refund(order_id, by=MERCHANT, idempotency_key=key)),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_repeated_with_its_key_has_no_second_effect(shop: Shop, name: str) -> None:
    status, command = COMMANDS[name]
    order_id = shop.order_in(status).id
    command(shop.orders, order_id, "once")
    state = shop.state()
    command(shop.orders, order_id, "once")
    assert shop.state() == state
    audit(shop)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_key_used_for_another_command_is_a_conflict(shop: Shop, name: str) -> None:
    status, command = COMMANDS[name]
    order_id = shop.order_in(status).id
    shop.orders.add_note(order_id, by=OPERATOR, text="first", idempotency_key="once")
    state = shop.state()
    with pytest.raises(IdempotencyConflict):
        command(shop.orders, order_id, "once")
    assert shop.state() == state


@pytest.mark.parametrize("name", COMMANDS)
def test_two_of_a_command_at_once_with_one_key_have_one_effect(shop: Shop, name: str) -> None:
    status, command = COMMANDS[name]
    order_id = shop.order_in(status).id
    storage = Faulty(shop.storage, meanwhile("commit", lambda: command(another(shop), order_id, "once")))
    gateway = Faulty(shop.gateway)
    order = command(shop.service(storage=storage, payments=gateway), order_id, "once")
    assert len(order.notes) <= 1
    assert gateway.calls == []
    audit(shop)


@pytest.mark.parametrize("name", ["accept", "decline", "cancel", "complete", "retry_payment", "refund"])
def test_of_two_at_once_one_wins_and_the_other_learns_why(shop: Shop, name: str) -> None:
    status, command = COMMANDS[name]
    order_id = shop.order_in(status).id
    storage = Faulty(shop.storage, meanwhile("commit", lambda: command(another(shop), order_id, None)))
    gateway = Faulty(shop.gateway)
    with pytest.raises(OrderflowError) as refused:
        command(shop.service(storage=storage, payments=gateway), order_id, None)
    assert type(refused.value).__name__ in ("InvalidTransition", "ValidationError")
    assert gateway.calls == []
    audit(shop)


@pytest.mark.parametrize("rival", ["decline", "cancel"])
def test_accept_that_comes_second_charges_nothing(shop: Shop, rival: str) -> None:
    order_id = shop.submit().id
    storage = Faulty(shop.storage, meanwhile("commit", lambda: COMMANDS[rival][1](another(shop), order_id, None)))
    with pytest.raises(InvalidTransition):
        shop.service(storage=storage).accept(order_id, by=MERCHANT)
    assert "charge" not in shop.purposes()
    audit(shop)


@pytest.mark.parametrize("rival", ["decline", "cancel"])
def test_a_rival_that_comes_while_the_charge_is_sent_is_told_to_wait(shop: Shop, rival: str) -> None:
    order_id = shop.submit().id
    refusals: list[type[OrderflowError]] = []

    def act() -> None:
        try:
            COMMANDS[rival][1](another(shop), order_id, None)
        except OrderflowError as error:
            refusals.append(type(error))

    order = shop.service(payments=Faulty(shop.gateway, meanwhile("charge", act))).accept(order_id, by=MERCHANT)
    assert order.status is OrderStatus.ACCEPTED
    assert refusals == [PaymentInProgress]
    audit(shop)


def test_two_notes_at_once_are_both_kept(shop: Shop) -> None:
    order_id = shop.submit().id
    rival = meanwhile("commit", lambda: another(shop).add_note(order_id, by=MERCHANT, text="first"))
    order = shop.service(storage=Faulty(shop.storage, rival)).add_note(order_id, by=MERCHANT, text="second")
    assert [note.text for note in order.notes] == ["first", "second"]
    audit(shop)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_whose_acknowledgement_is_lost_is_done_once(shop: Shop, name: str) -> None:
    status, command = COMMANDS[name]
    order_id = shop.order_in(status, VIDEO).id
    before_it = shop.get(order_id)
    order = command(shop.service(storage=Faulty(shop.storage, after("commit"))), order_id, None)
    assert order.version > before_it.version
    assert len(order.notes) <= 1
    audit(shop)
