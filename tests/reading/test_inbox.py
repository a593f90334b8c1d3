"""The inbox: in-app messages to a customer, or to a store's merchant."""

from __future__ import annotations

from typing import Any

import pytest

from orderflow import Actor, InboxPage, Message, NotPermitted, ValidationError
from shops import ANA, CUSTOMER, MERCHANT, OPERATOR, OTHER_CUSTOMER, OTHER_MERCHANT, SYSTEM, Shop


def inbox(shop: Shop, by: Actor = CUSTOMER, **asked: Any) -> list[Message]:
    page: InboxPage = shop.orders.inbox(by=by, **asked)
    return list(page.messages)


def told(messages: list[Message]) -> list[tuple[str, str]]:
    return [(message.order_id, message.kind.value) for message in messages]


def test_both_sides_read_what_happened_the_newest_first(shop: Shop) -> None:
    first = shop.submit().id
    shop.clock.advance(minutes=1)
    second = shop.submit().id
    shop.clock.advance(minutes=1)
    shop.orders.accept(first, by=MERCHANT)
    expected = [(first, "accepted"), (second, "card_verified"), (first, "card_verified")]
    for by in (CUSTOMER, MERCHANT, Actor.merchant("studio-7")):
        assert told(inbox(shop, by)) == expected


def test_messages_of_one_moment_come_by_order_and_event(shop: Shop) -> None:
    for order_id in ("b", "a"):
        shop.submit(order_id=order_id)
        shop.orders.accept(order_id, by=MERCHANT)
    expected = [("b", "accepted"), ("b", "card_verified"), ("a", "accepted"), ("a", "card_verified")]
    assert told(inbox(shop)) == expected


def test_everyone_reads_their_own(shop: Shop) -> None:
    order = shop.submit()
    assert {message.audience for message in inbox(shop, CUSTOMER)} == {"customer"}
    assert {message.audience for message in inbox(shop, MERCHANT)} == {"merchant"}
    for by in (OTHER_CUSTOMER, OTHER_MERCHANT, Actor.customer("studio-7"), Actor.merchant("m-42")):
        assert inbox(shop, by) == []
    assert {message.order_id for message in inbox(shop)} == {order.id}


def test_a_message_says_what_a_page_needs(shop: Shop) -> None:
    order = shop.submit()
    (message,) = inbox(shop)
    assert (message.channel, message.status, message.store_id) == ("in_app", "received", "studio-7")
    assert (message.occurred_at, message.read_at, message.address) == (order.placed_at, None, None)
    assert (message.order.id, message.order.item_name) == (order.id, "Birthday video")
    assert message.subject
    assert message.body


def test_commands_and_sweeps_that_are_repeated_tell_nobody_twice(shop: Shop) -> None:
    for _ in range(3):
        shop.submit(order_id="ord-1")
        shop.orders.accept("ord-1", by=MERCHANT, idempotency_key="click-1")
        shop.orders.run_due()
        shop.clock.advance(days=1)
    assert told(inbox(shop)) == [("ord-1", "accepted"), ("ord-1", "card_verified")]


def test_a_message_is_read_in_the_app_while_nothing_else_gets_through(shop: Shop) -> None:
    shop.notifier.down = True
    shop.submit()
    assert len(inbox(shop, CUSTOMER)) == len(inbox(shop, MERCHANT)) == 1


def test_pages_hold_each_message_once(shop: Shop) -> None:
    for _ in range(5):
        shop.submit()
        shop.clock.advance(minutes=1)
    whole = [message.id for message in inbox(shop)]
    pages, after = [], None
    for _ in range(3):
        page = shop.orders.inbox(by=CUSTOMER, limit=2, after=after)
        pages.append([message.id for message in page.messages])
        after = page.next
        shop.submit()  # what arrives meanwhile is newer, and on no later page
        shop.clock.advance(minutes=1)
    assert pages == [whole[:2], whole[2:4], whole[4:]]
    assert after is None


def test_fifty_messages_make_a_page_unless_told_otherwise(sync_shop: Shop) -> None:
    for _ in range(51):
        sync_shop.submit()
    page = sync_shop.orders.inbox(by=MERCHANT)
    assert len(page.messages) == 50
    assert len(sync_shop.orders.inbox(by=MERCHANT, after=page.next).messages) == 1


def test_what_was_read_is_not_unread(shop: Shop) -> None:
    for _ in range(3):
        shop.submit()
        shop.clock.advance(minutes=1)
    newest, middle, oldest = inbox(shop)
    shop.orders.mark_read([middle.id], by=CUSTOMER)
    assert [message.id for message in inbox(shop, unread_only=True)] == [newest.id, oldest.id]
    assert [message.read_at for message in inbox(shop)] == [None, shop.clock.now(), None]


def test_the_first_time_that_a_message_was_read_stays(shop: Shop) -> None:
    shop.submit()
    (message,) = inbox(shop)
    first = shop.clock.now()
    for _ in range(2):
        shop.orders.mark_read([message.id], by=CUSTOMER)
        shop.clock.advance(minutes=1)
    assert [message.read_at for message in inbox(shop)] == [first]


def test_nobody_reads_in_anothers_name(shop: Shop) -> None:
    """Ids of others' messages are ignored, as are those of nothing at all."""
    shop.submit()
    (customers,), (merchants,) = inbox(shop, CUSTOMER), inbox(shop, MERCHANT)
    for by in (OTHER_CUSTOMER, OTHER_MERCHANT):
        shop.orders.mark_read([customers.id, merchants.id, "ord-9.x"], by=by)
    shop.orders.mark_read([merchants.id], by=CUSTOMER)
    assert [message.read_at for message in inbox(shop, CUSTOMER) + inbox(shop, MERCHANT)] == [None, None]


def test_the_stores_staff_share_one_inbox(shop: Shop) -> None:
    shop.submit()
    (message,) = inbox(shop, MERCHANT)
    shop.orders.mark_read([message.id], by=Actor.merchant("studio-7", "staff-2"))
    assert inbox(shop, MERCHANT, unread_only=True) == []


def test_a_customer_reads_of_orders_in_every_store(shop: Shop) -> None:
    for store_id in ("studio-7", "studio-8"):
        shop.submit(store_id=store_id, customer=ANA)
    assert {message.store_id for message in inbox(shop)} == {"studio-7", "studio-8"}


@pytest.mark.parametrize("by", [OPERATOR, SYSTEM])
def test_operators_and_the_system_have_no_inbox(shop: Shop, by: Actor) -> None:
    with pytest.raises(NotPermitted):
        shop.orders.inbox(by=by)
    with pytest.raises(NotPermitted):
        shop.orders.mark_read(["m"], by=by)


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 0},
        {"limit": 201},
        {"limit": True},
        {"limit": 2.0},
        {"unread_only": 1},
        {"unread_only": None},
        {"after": ""},
        {"after": 7},
        {"after": "x"},
        {"after": "bm90IGpzb24="},
        {"after": "x" * 10_001},
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(shop: Shop, wrong: dict[str, Any]) -> None:
    shop.submit()
    with pytest.raises(ValidationError):
        shop.orders.inbox(by=CUSTOMER, **wrong)


@pytest.mark.parametrize(
    "ids", ["m-1", b"m", None, {"m": 1}, [7], [""], ["a\0"], ["m"] * 10_001], ids=lambda ids: str(ids)[:20]
)
def test_what_are_no_ids_is_refused(shop: Shop, ids: object) -> None:
    with pytest.raises(ValidationError):
        shop.orders.mark_read(ids, by=CUSTOMER)
