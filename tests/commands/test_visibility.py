"""Who sees what of an order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from commands.giving import ACTORS, COMMANDS, OUTSIDERS, give, in_review, refused
from orderflow import Actor, NotPermitted, Order, OrderNotFound, OrderQuery, OrderStatus, ValidationError
from shops import CUSTOMER, MERCHANT, OPERATOR, OTHER_CUSTOMER, OTHER_MERCHANT, SHIPPED, STORE, SYSTEM, Shop, kinds

Read = Callable[[Shop, str, Actor], Any]

READS: dict[str, Read] = {
    "get": lambda shop, order_id, by: shop.orders.get(order_id, by=by),
    "available_actions": lambda shop, order_id, by: shop.orders.available_actions(order_id, by=by),
    "messages": lambda shop, order_id, by: shop.orders.messages(order_id, by=by),
    "redeliver": lambda shop, order_id, by: shop.orders.redeliver(f"{order_id}.abc", by=by),
}


def noted(shop: Shop) -> Order:
    """An order with a note between its other events."""
    order = shop.order_in("received")
    shop.orders.add_note(order.id, by=MERCHANT, text="a difficult customer")
    shop.orders.accept(order.id, by=MERCHANT)
    return shop.get(order.id)


@pytest.mark.parametrize("who", ["merchant", "operator", "system"])
def test_staff_see_the_whole_order(shop: Shop, who: str) -> None:
    order = noted(shop)
    seen = shop.orders.get(order.id, by=ACTORS[who])
    assert seen == shop.storage.load(order.id)
    assert [note.text for note in seen.notes] == ["a difficult customer"]


def test_a_customer_sees_no_notes_and_their_numbers_stay_missing(shop: Shop) -> None:
    order = noted(shop)
    assert kinds(order) == ["submitted", "card_verified", "verification_voided", "note_added", "accepted"]
    seen = shop.orders.get(order.id, by=CUSTOMER)
    assert seen.notes == ()
    assert [event.seq for event in seen.timeline] == [1, 2, 3, 5]
    assert "note_added" not in kinds(seen)


def test_a_customer_sees_attempts_without_their_keys(shop: Shop) -> None:
    order = noted(shop)
    seen = shop.orders.get(order.id, by=CUSTOMER)
    assert [attempt.key for attempt in seen.attempts] == ["", "", ""]
    assert [(one.purpose, one.state, one.transaction_id) for one in seen.attempts] == [
        (one.purpose, one.state, one.transaction_id) for one in order.attempts
    ]
    assert all(attempt.key for attempt in order.attempts)


def test_a_customer_sees_no_evidence(shop: Shop) -> None:
    order = in_review(shop, "received")
    key = next(attempt.key for attempt in order.attempts if attempt.state == "review")
    give(shop, "resolve_payment", order.id, by=OPERATOR, key=key, evidence="seen in the bank's books")
    by_customer = shop.orders.get(order.id, by=CUSTOMER)
    (resolved,) = [event for event in by_customer.timeline if event.kind == "payment_resolved"]
    assert resolved.data == {"purpose": "charge", "number": "1", "amount": "120.00 USD", "outcome": "absent"}
    (whole,) = [event for event in shop.get(order.id).timeline if event.kind == "payment_resolved"]
    assert whole.data == {**resolved.data, "evidence": "seen in the bank's books"}


def test_what_a_command_returns_is_what_its_actor_may_see(shop: Shop) -> None:
    order = noted(shop)
    by_merchant = shop.orders.complete(order.id, by=MERCHANT, fulfillment=SHIPPED)
    assert by_merchant == shop.get(order.id)
    other = shop.order_in("received")
    shop.orders.add_note(other.id, by=OPERATOR, text="secret")
    by_customer = shop.orders.cancel(other.id, by=CUSTOMER)
    assert by_customer == shop.orders.get(other.id, by=CUSTOMER)
    assert (by_customer.notes, by_customer.attempts[0].key) == ((), "")


def test_submit_returns_what_the_customer_may_see(shop: Shop) -> None:
    assert {attempt.key for attempt in shop.submit().attempts} == {""}


@pytest.mark.parametrize("who", OUTSIDERS)
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_finds_a_foreign_order(shop: Shop, command: str, who: str) -> None:
    order = shop.order_in("received")
    with refused(shop, OrderNotFound) as foreign:
        give(shop, command, order.id, by=ACTORS[who], idempotency_key="k-1")
    with refused(shop, OrderNotFound) as missing:
        give(shop, command, "ord_none", by=ACTORS[who], idempotency_key="k-1")
    assert str(foreign.value).replace(order.id, "") == str(missing.value).replace("ord_none", "")


@pytest.mark.parametrize("who", OUTSIDERS)
@pytest.mark.parametrize("read", READS)
def test_no_reading_finds_a_foreign_order(shop: Shop, read: str, who: str) -> None:
    order = shop.order_in("received")
    for order_id in (order.id, "ord_none"):
        with refused(shop, OrderNotFound) as raised:
            READS[read](shop, order_id, ACTORS[who])
        assert raised.value.order_id == order_id


def test_check_payment_finds_no_order_that_is_not_there(shop: Shop) -> None:
    with refused(shop, OrderNotFound):
        shop.orders.check_payment("ord_none")


def test_a_customer_with_a_stores_id_sees_nothing_of_it(shop: Shop) -> None:
    """Ids of customers, stores and operators live in worlds of their own."""
    order = shop.order_in("received")
    for stranger in (Actor.customer(STORE), Actor.customer("staff-1"), Actor.merchant("m-42", "m-42")):
        with refused(shop, OrderNotFound):
            shop.orders.get(order.id, by=stranger)


def test_each_finds_the_orders_that_are_theirs(shop: Shop) -> None:
    mine = shop.submit()
    others = shop.submit(store_id="studio-8")

    def found(by: Actor, **filters: Any) -> set[str]:
        return {row.id for row in shop.orders.find(OrderQuery(**filters), by=by).rows}

    assert found(CUSTOMER) == {mine.id, others.id}
    assert found(CUSTOMER, store_id=STORE, customer_id="m-42") == {mine.id}
    assert found(OTHER_CUSTOMER) == set()
    assert found(MERCHANT) == found(MERCHANT, store_id=STORE) == {mine.id}
    assert found(OTHER_MERCHANT) == {others.id}
    assert found(OPERATOR) == found(SYSTEM) == {mine.id, others.id}


def test_nobody_asks_for_others_orders(shop: Shop) -> None:
    with refused(shop, NotPermitted):
        shop.orders.find(OrderQuery(customer_id="m-43"), by=CUSTOMER)
    with refused(shop, NotPermitted):
        shop.orders.find(OrderQuery(store_id="studio-8"), by=MERCHANT)
    for stranger in (CUSTOMER, OTHER_MERCHANT):
        with refused(shop, NotPermitted):
            shop.orders.counts(store_id=STORE, by=stranger)


@pytest.mark.parametrize("who", ["merchant", "operator", "system"])
def test_counts_are_for_the_stores_side(shop: Shop, who: str) -> None:
    shop.order_in("received")
    shop.order_in("expired")
    counts = shop.orders.counts(store_id=STORE, by=ACTORS[who])
    assert list(counts) == list(OrderStatus)
    assert {status.value: n for status, n in counts.items() if n} == {"received": 1, "expired": 1}


def test_a_customer_sees_the_messages_that_were_theirs(shop: Shop) -> None:
    order = shop.order_in("accepted")
    seen = shop.orders.messages(order.id, by=CUSTOMER)
    assert {(state.recipient, state.route) for state in seen} == {
        ("customer:m-42", "email"),
        ("customer:m-42", "in_app"),
    }
    everything = shop.orders.messages(order.id, by=MERCHANT)
    assert len(everything) == 10
    assert list(everything) == list(shop.orders.messages(order.id, by=SYSTEM))


def test_a_customer_redelivers_nothing(shop: Shop) -> None:
    order = shop.order_in("accepted")
    for state in shop.orders.messages(order.id, by=CUSTOMER):
        with refused(shop, NotPermitted):
            shop.orders.redeliver(state.id, by=CUSTOMER)


def test_staff_redeliver_what_went_outside_the_app(shop: Shop) -> None:
    order = shop.order_in("accepted")
    by_route = {state.route: state for state in shop.orders.messages(order.id, by=MERCHANT)}
    sent = len(shop.notifier.sent)
    for who in (MERCHANT, OPERATOR):
        assert shop.orders.redeliver(by_route["email"].id, by=who).state == "delivered"
    assert len(shop.notifier.sent) == sent + 2
    for message_id in (by_route["in_app"].id, f"{order.id}.none"):
        with refused(shop, ValidationError):
            shop.orders.redeliver(message_id, by=MERCHANT)


@pytest.mark.parametrize("who", [OPERATOR, SYSTEM], ids=["operator", "system"])
def test_only_customers_and_merchants_have_an_inbox(shop: Shop, who: Actor) -> None:
    with refused(shop, NotPermitted):
        shop.orders.inbox(by=who)
    with refused(shop, NotPermitted):
        shop.orders.mark_read([], by=who)


@pytest.mark.parametrize("who", ["customer", "merchant", "operator", "system"])
def test_available_actions_are_those_that_are_taken(shop: Shop, who: str) -> None:
    order = shop.order_in("received")
    actions = shop.orders.available_actions(order.id, by=ACTORS[who])
    assert {command.value for command in actions} == set(COMMANDS)
    taken = {"customer": {"cancel"}, "merchant": {"accept", "decline", "add_note"}, "operator": {"add_note"}}
    assert {command.value for command, reason in actions.items() if reason is None} == taken.get(who, set())
    assert all(reason is None or reason for reason in actions.values())
