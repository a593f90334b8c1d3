"""What was sent to whom, and sending it once more."""

from __future__ import annotations

from typing import Any

import pytest

from orderflow import Actor, MessageState, NotPermitted, OrderNotFound, OrderQuery, Policy, ValidationError
from shops import (
    ANA,
    CUSTOMER,
    MERCHANT,
    OPERATOR,
    OTHER_CUSTOMER,
    OTHER_MERCHANT,
    STORE,
    SYSTEM,
    VIDEO,
    Shop,
    card,
)

REQUEST: dict[str, Any] = {"store_id": STORE, "customer": ANA, "items": [VIDEO], "card": card()}


def row(shop: Shop, order_id: str, route: str, recipient: str = "merchant") -> MessageState:
    """The order's first message on a route to one side."""
    states = shop.orders.messages(order_id, by=OPERATOR)
    return next(one for one in states if one.route == route and one.recipient.startswith(recipient))


def given_up(shop: Shop) -> str:
    """An order of which all that was sent outside the app has failed for good."""
    shop.notifier.down = True
    order = shop.submit()
    for _ in range(10):
        shop.clock.advance(days=2)
        shop.orders.run_due()
    shop.notifier.down = False
    return order.id


def test_everything_that_was_sent_is_told(shop: Shop) -> None:
    order = shop.submit()
    states = shop.orders.messages(order.id, by=MERCHANT)
    assert sorted((one.route, one.recipient.partition(":")[0]) for one in states) == [
        ("email", "customer"),
        ("email", "merchant"),
        ("in_app", "customer"),
        ("in_app", "merchant"),
        ("webhook", "merchant"),
    ]
    assert {one.state for one in states} == {"delivered"}
    assert {one.delivered_at for one in states} == {shop.clock.now()}
    assert {(one.order_id, one.seq, one.last_error, one.next_try) for one in states} == {(order.id, 2, "", None)}
    assert {one.route: one.tries for one in states} == {"in_app": 0, "email": 1, "webhook": 1}


def test_a_failing_message_tells_why_and_when_it_is_tried_next(shop: Shop) -> None:
    shop.notifier.down = True
    order = shop.submit()
    state = row(shop, order.id, "webhook")
    assert (state.state, state.tries, state.last_error) == ("waiting", 1, "ConnectionError")
    assert state.next_try is not None
    assert state.next_try > shop.clock.now()


def test_messages_come_by_event_recipient_and_route(shop: Shop) -> None:
    order = shop.order_in("completed")
    places = [(one.seq, one.recipient, one.route) for one in shop.orders.messages(order.id, by=MERCHANT)]
    assert places == sorted(places)
    assert {seq for seq, _, _ in places} == {2, 4, 5}


def test_customers_are_told_what_was_sent_to_them(shop: Shop) -> None:
    order = shop.submit()
    states = shop.orders.messages(order.id, by=CUSTOMER)
    assert [(one.recipient, one.route) for one in states] == [("customer:m-42", "email"), ("customer:m-42", "in_app")]


def test_handlers_stand_among_the_messages_of_the_staff(shop: Shop) -> None:
    orders = shop.service(handlers={"grant-access": lambda event, order: None})
    order = orders.submit(**REQUEST)
    for by, there in ((MERCHANT, True), (OPERATOR, True), (SYSTEM, True), (CUSTOMER, False)):
        assert ("grant-access" in {one.route for one in orders.messages(order.id, by=by)}) is there


@pytest.mark.parametrize("by", [MERCHANT, OPERATOR, SYSTEM])
def test_a_failed_webhook_is_delivered_again(shop: Shop, by: Actor) -> None:
    order_id = given_up(shop)
    failed = row(shop, order_id, "webhook")
    assert (failed.state, failed.tries, failed.last_error) == ("failed", 10, "ConnectionError")
    again = shop.orders.redeliver(failed.id, by=by)
    assert (again.id, again.state, again.tries, again.last_error) == (failed.id, "delivered", 1, "")
    assert shop.notifier.sent == (failed.message,)
    assert row(shop, order_id, "webhook") == again


def test_a_redelivery_has_all_its_tries_before_it(shop: Shop) -> None:
    order_id = given_up(shop)
    shop.notifier.down = True
    again = shop.orders.redeliver(row(shop, order_id, "webhook").id, by=MERCHANT)
    assert (again.state, again.tries) == ("waiting", 1)
    for _ in range(9):
        assert row(shop, order_id, "webhook").state == "waiting"
        shop.clock.advance(days=2)
        shop.orders.run_due()
    assert (row(shop, order_id, "webhook").state, row(shop, order_id, "webhook").tries) == ("failed", 10)


def test_only_the_message_that_is_named_is_delivered_again(shop: Shop) -> None:
    order_id = given_up(shop)
    shop.orders.redeliver(row(shop, order_id, "email", "customer").id, by=MERCHANT)
    assert [(message.channel, message.audience) for message in shop.notifier.sent] == [("email", "customer")]
    assert row(shop, order_id, "email", "merchant").state == "failed"


def test_a_delivered_message_can_be_delivered_again_under_its_id(shop: Shop) -> None:
    order = shop.submit()
    webhook = row(shop, order.id, "webhook")
    shop.orders.redeliver(webhook.id, by=MERCHANT)
    assert [message.id for message in shop.notifier.sent].count(webhook.id) == 2


def test_a_waiting_message_need_not_wait(shop: Shop) -> None:
    shop.notifier.down = True
    order = shop.submit()
    shop.notifier.down = False
    assert shop.orders.redeliver(row(shop, order.id, "webhook").id, by=MERCHANT).state == "delivered"


def test_a_deferring_service_leaves_the_redelivery_to_the_sweep(shop: Shop) -> None:
    order_id = given_up(shop)
    deferring = shop.service(deliver="deferred")
    again = deferring.redeliver(row(shop, order_id, "webhook").id, by=MERCHANT)
    assert (again.state, again.tries, again.next_try) == ("waiting", 0, shop.clock.now())
    assert shop.notifier.sent == ()
    assert deferring.run_due().delivered == 1
    assert row(shop, order_id, "webhook").state == "delivered"


def test_a_message_that_another_process_holds_is_left_to_it(shop: Shop) -> None:
    order = shop.service(deliver="deferred").submit(**REQUEST)
    webhook = row(shop, order.id, "webhook")
    now, routes = shop.clock.now(), frozenset({"webhook"})
    (held,) = shop.storage.claim_messages(now=now, lease=Policy().lease, limit=9, routes=routes)
    assert held.id == webhook.id
    assert shop.orders.redeliver(webhook.id, by=MERCHANT).state == "waiting"
    assert webhook.message not in shop.notifier.sent


def test_a_redelivery_changes_no_order(shop: Shop) -> None:
    order_id = given_up(shop)
    before = shop.get(order_id)
    shop.orders.redeliver(row(shop, order_id, "webhook").id, by=MERCHANT)
    assert shop.get(order_id) == before


def test_the_webhook_of_a_row_follows_its_redelivery(shop: Shop) -> None:
    order_id = given_up(shop)
    query = OrderQuery(webhook="failed")
    assert [one.id for one in shop.orders.find(query, by=MERCHANT).rows] == [order_id]
    shop.orders.redeliver(row(shop, order_id, "webhook").id, by=MERCHANT)
    assert shop.orders.find(query, by=MERCHANT).rows == ()


def test_customers_may_not_redeliver(shop: Shop) -> None:
    order_id = given_up(shop)
    with pytest.raises(NotPermitted):
        shop.orders.redeliver(row(shop, order_id, "email", "customer").id, by=CUSTOMER)
    assert shop.notifier.sent == ()


@pytest.mark.parametrize("by", [OTHER_CUSTOMER, OTHER_MERCHANT])
def test_nobody_redelivers_of_an_order_that_they_may_not_see(shop: Shop, by: Actor) -> None:
    order_id = given_up(shop)
    with pytest.raises(OrderNotFound):
        shop.orders.redeliver(row(shop, order_id, "webhook").id, by=by)
    assert shop.notifier.sent == ()


def test_an_unknown_message_is_refused(shop: Shop) -> None:
    order = shop.submit()
    with pytest.raises(ValidationError):
        shop.orders.redeliver(f"{order.id}.nothing", by=MERCHANT)
    with pytest.raises(OrderNotFound):
        shop.orders.redeliver("ord-9.nothing", by=MERCHANT)
    with pytest.raises(ValidationError):
        shop.orders.redeliver("nothing", by=MERCHANT)


def test_what_is_in_the_app_is_not_redelivered(shop: Shop) -> None:
    order = shop.submit()
    with pytest.raises(ValidationError):
        shop.orders.redeliver(row(shop, order.id, "in_app").id, by=MERCHANT)


@pytest.mark.parametrize("message_id", ["", None, 7, "a\0.b", "x" * 231], ids=lambda one: repr(one)[:12])
def test_what_is_no_id_is_refused(sync_shop: Shop, message_id: object) -> None:
    with pytest.raises(ValidationError):
        sync_shop.orders.redeliver(message_id, by=MERCHANT)
