"""Submit: what is refused, what makes two requests one, and how a card is verified."""

from __future__ import annotations

from typing import Any

import pytest

from commands.giving import refused
from orderflow import (
    Actor,
    Customer,
    DuplicateOrder,
    Item,
    Money,
    OrderflowError,
    OrderStatus,
    ShippingAddress,
    ValidationError,
)
from shops import (
    ADDRESS,
    ANA,
    CUSTOMER,
    FREE,
    MERCHANT,
    PRINT,
    STORE,
    VIDEO,
    Shop,
    card,
    kinds,
)

HUGE = Money(10**15, "USD")


@pytest.mark.parametrize(
    "request_",
    [
        {"store_id": ""},
        {"store_id": None},
        {"store_id": "s" * 201},
        {"customer": None},
        {"customer": CUSTOMER},
        {"items": []},
        {"items": [VIDEO] * 101},
        {"items": VIDEO},
        {"items": ["Birthday video"]},
        {"items": [VIDEO, Item("Lied", Money(5, "EUR"))]},
        {"items": [Item("Castle", HUGE, quantity=5), Item("Castle", HUGE, quantity=6)]},
        {"card": "tok_good"},
        {"card": None},
        {"shipping_address": "Rua 1"},
        {"items": [PRINT], "shipping_address": None},
        {"metadata": {"n": 1}},
        {"metadata": {str(n): "" for n in range(51)}},
        {"metadata": {"long": "x" * 1001}},
        {"metadata": [("a", "b")]},
        {"order_id": ""},
        {"order_id": "a\nb"},
        {"order_id": 7},
    ],
    ids=repr,
)
def test_a_request_that_is_not_what_it_must_be_is_refused(shop: Shop, request_: dict[str, Any]) -> None:
    shop.submit()
    with refused(shop, ValidationError):
        shop.submit(**request_)


@pytest.mark.parametrize("left_out", ["store_id", "customer", "items", "card"])
def test_a_request_without_what_it_must_have_is_refused(shop: Shop, left_out: str) -> None:
    request: dict[str, Any] = {"store_id": STORE, "customer": ANA, "items": [VIDEO], "card": card()}
    del request[left_out]
    with refused(shop, TypeError):
        shop.orders.submit(**request)


def test_a_new_order_is_what_was_asked_for(shop: Shop) -> None:
    order = shop.submit(VIDEO, PRINT, metadata={"cart": "c-9"}, order_id="ord-1")
    assert (order.id, order.store_id, order.customer, order.items) == ("ord-1", STORE, ANA, (VIDEO, PRINT))
    assert (order.card, order.shipping_address, order.metadata) == (card(), ADDRESS, {"cart": "c-9"})
    assert (order.status, order.verified, order.total) == (OrderStatus.RECEIVED, True, Money("191.00", "USD"))
    assert (order.placed_at, order.updated_at) == (shop.clock.now(), shop.clock.now())
    assert kinds(order) == ["submitted", "card_verified", "verification_voided"]
    assert [(event.from_status, event.to_status) for event in order.timeline] == [
        (None, None),
        (None, "received"),
        ("received", None),
    ]
    assert order.timeline[0].actor == Actor.customer("m-42", "Ana")


def test_what_was_passed_in_may_change_later(sync_shop: Shop) -> None:
    items, metadata = [VIDEO], {"cart": "c-9"}
    order = sync_shop.submit(items=items, metadata=metadata)
    items.append(FREE)
    metadata["cart"] = "c-10"
    assert sync_shop.get(order.id).items == (VIDEO,)
    assert sync_shop.get(order.id).metadata == {"cart": "c-9"}


def test_metadata_may_hold_long_numbers_and_is_told_to_nobody(shop: Shop) -> None:
    order = shop.submit(metadata={"ref": "4242 4242 4242 4242"})
    shop.orders.accept(order.id, by=MERCHANT)
    assert shop.get(order.id).metadata == {"ref": "4242 4242 4242 4242"}
    assert not any("4242 4242" in message.subject + message.body for message in shop.notifier.sent)


def test_only_a_physical_item_needs_an_address(shop: Shop) -> None:
    assert shop.submit(VIDEO).shipping_address is None
    assert shop.submit(VIDEO, shipping_address=ADDRESS).shipping_address == ADDRESS


def test_the_same_request_again_returns_the_first_order(shop: Shop) -> None:
    first = shop.submit(VIDEO, order_id="ord-1", metadata={"cart": "c-9"})
    before = shop.state()
    again = shop.submit(VIDEO, order_id="ord-1", metadata={"cart": "c-9"}, token="tok_made_anew")
    assert again == first
    assert again.card.token == "tok_good"
    assert shop.state() == before


def test_the_same_request_again_returns_the_order_as_it_now_stands(shop: Shop) -> None:
    order = shop.submit(order_id="ord-1")
    shop.orders.accept(order.id, by=MERCHANT)
    shop.orders.add_note(order.id, by=MERCHANT, text="hidden")
    again = shop.submit(order_id="ord-1")
    assert (again.status, again.notes) == (OrderStatus.ACCEPTED, ())


@pytest.mark.parametrize(
    "other",
    [
        {"store_id": "studio-8"},
        {"customer": Customer("m-43", "Ana", "ana@example.com")},
        {"customer": Customer("m-42", "Ana", "ana@example.org")},
        {"items": [FREE]},
        {"items": [VIDEO, VIDEO]},
        {"shipping_address": ADDRESS},
        {"metadata": {"cart": "c-10"}},
    ],
    ids=repr,
)
def test_the_same_id_with_other_contents_is_refused(shop: Shop, other: dict[str, Any]) -> None:
    shop.submit(order_id="ord-1")
    with refused(shop, DuplicateOrder) as raised:
        shop.submit(order_id="ord-1", **other)
    assert raised.value.order_id == "ord-1"


def test_a_repeated_request_settles_what_is_open(shop: Shop) -> None:
    """The customer's app repeats a submit that timed out, and learns what came of it."""
    shop.gateway.time_out_next("verification", effect=True)
    first = shop.submit(order_id="ord-1")
    assert (first.verified, first.payment_in_progress, first.status) == (False, True, OrderStatus.RECEIVED)
    again = shop.submit(order_id="ord-1")
    assert (again.verified, again.payment_in_progress) == (True, False)
    assert shop.purposes() == ["verification", "void"]


def test_a_repeated_request_expires_what_is_over(shop: Shop) -> None:
    shop.gateway.decline_next("charge", "insufficient_funds")
    shop.submit(order_id="ord-1")
    shop.orders.accept("ord-1", by=MERCHANT)
    shop.clock.advance(days=7)
    assert shop.submit(order_id="ord-1").status is OrderStatus.EXPIRED


def test_ids_are_the_hosts_own_if_it_makes_them(shop: Shop) -> None:
    ids = iter(["A-1", "A-2"])
    shop.orders = shop.service(new_id=lambda: next(ids))
    assert [shop.submit().id, shop.submit().id] == ["A-1", "A-2"]


def test_ids_sort_by_age_and_differ(shop: Shop) -> None:
    ids = []
    for _ in range(3):
        ids.append(shop.submit().id)
        shop.clock.advance(seconds=1)
    assert ids == sorted(set(ids))


@pytest.mark.parametrize("made", ["", 7, None, "a\x00b", "x" * 201], ids=repr)
def test_an_id_of_the_hosts_that_is_none_is_refused(shop: Shop, made: Any) -> None:
    shop.orders = shop.service(new_id=lambda: made)
    with refused(shop, ValidationError):
        shop.submit()


def test_an_id_of_the_hosts_that_is_taken_is_refused(shop: Shop) -> None:
    shop.orders = shop.service(new_id=lambda: "A-1")
    shop.submit()
    with refused(shop, DuplicateOrder):
        shop.submit(FREE)


def test_a_failing_new_id_is_told_without_its_text(shop: Shop) -> None:
    def fail() -> str:
        raise RuntimeError("secret")

    shop.orders = shop.service(new_id=fail)
    with refused(shop, OrderflowError) as raised:
        shop.submit()
    assert "secret" not in str(raised.value)
    assert raised.value.__cause__ is raised.value.__context__ is None


def test_the_address_of_a_gift_may_be_anywhere(shop: Shop) -> None:
    elsewhere = ShippingAddress("Sam", "Hauptstr. 1", "Berlin", "", "DE", phone="4242424242424242")
    assert shop.get(shop.submit(PRINT, shipping_address=elsewhere).id).shipping_address == elsewhere
