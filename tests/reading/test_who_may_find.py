"""Who may see what: a customer their own, a merchant the store's, an operator all."""

from __future__ import annotations

from typing import Any

import pytest

from orderflow import Actor, NotPermitted, OrderNotFound, OrderQuery, OrderStatus, ValidationError
from reading.desk import Facts, found, put, walk
from shops import CUSTOMER, MERCHANT, OPERATOR, OTHER_CUSTOMER, OTHER_MERCHANT, STORE, SYSTEM, Shop, kinds

DESK = (
    Facts(id="1", store_id="studio-7", customer_id="m-42"),
    Facts(id="2", store_id="studio-7", customer_id="m-43"),
    Facts(id="3", store_id="studio-8", customer_id="m-42"),
    Facts(id="4", store_id="studio-8", customer_id="m-43"),
)


@pytest.mark.parametrize(
    ("by", "query", "expected"),
    [
        (OPERATOR, {}, "1234"),
        (SYSTEM, {}, "1234"),
        (OPERATOR, {"store_id": "studio-8"}, "34"),
        (OPERATOR, {"customer_id": "m-42"}, "13"),
        (MERCHANT, {}, "12"),
        (MERCHANT, {"store_id": "studio-7"}, "12"),
        (MERCHANT, {"customer_id": "m-43"}, "2"),
        (OTHER_MERCHANT, {}, "34"),
        (CUSTOMER, {}, "13"),
        (CUSTOMER, {"customer_id": "m-42"}, "13"),
        (CUSTOMER, {"store_id": "studio-8"}, "3"),
        (OTHER_CUSTOMER, {}, "24"),
        (Actor.customer("m-44"), {}, ""),
        (Actor.merchant("studio-9"), {}, ""),
        (Actor.merchant("studio-7"), {}, "12"),
    ],
)
def test_everyone_finds_what_is_theirs(shop: Shop, by: Actor, query: dict[str, Any], expected: str) -> None:
    put(shop.storage, *DESK)
    assert "".join(found(shop.orders, by, sort="placed_at", **query)) == expected
    pages = walk(shop.orders, OrderQuery(sort="placed_at", limit=1, **query), by)
    assert "".join(row.id for page in pages for row in page.rows) == expected


@pytest.mark.parametrize(
    ("by", "query"),
    [
        (MERCHANT, {"store_id": "studio-8"}),
        (OTHER_MERCHANT, {"store_id": "studio-7", "customer_id": "m-42"}),
        (CUSTOMER, {"customer_id": "m-43"}),
        (CUSTOMER, {"customer_id": "m-43", "store_id": "studio-7"}),
    ],
)
def test_nobody_asks_for_what_is_others(shop: Shop, by: Actor, query: dict[str, Any]) -> None:
    put(shop.storage, *DESK)
    with pytest.raises(NotPermitted):
        shop.orders.find(OrderQuery(**query), by=by)


def test_a_cursor_opens_no_other_actors_list(shop: Shop) -> None:
    put(shop.storage, *DESK)
    after = shop.orders.find(OrderQuery(limit=1), by=CUSTOMER).next
    with pytest.raises(ValidationError):
        shop.orders.find(OrderQuery(limit=1, after=after), by=OTHER_CUSTOMER)


@pytest.mark.parametrize("by", [CUSTOMER, MERCHANT, Actor.merchant(STORE), OPERATOR, SYSTEM])
def test_who_may_see_an_order_gets_it(shop: Shop, by: Actor) -> None:
    order = shop.submit()
    assert shop.orders.get(order.id, by=by).id == order.id


@pytest.mark.parametrize("by", [OTHER_CUSTOMER, OTHER_MERCHANT, Actor.customer("studio-7"), Actor.merchant("m-42")])
@pytest.mark.parametrize("method", ["get", "messages", "available_actions"])
def test_an_order_of_others_is_as_one_that_does_not_exist(shop: Shop, method: str, by: Actor) -> None:
    order = shop.submit()
    refusals = []
    for order_id in (order.id, "ord-9"):
        with pytest.raises(OrderNotFound) as refused:
            getattr(shop.orders, method)(order_id, by=by)
        refusals.append(str(refused.value).replace(order_id, ""))
    assert refusals[0] == refusals[1]


def test_operators_and_merchants_see_the_whole_order(shop: Shop) -> None:
    order = shop.submit()
    shop.orders.add_note(order.id, by=MERCHANT, text="wants it soon")
    for by in (MERCHANT, OPERATOR, SYSTEM):
        seen = shop.orders.get(order.id, by=by)
        assert [note.text for note in seen.notes] == ["wants it soon"]
        assert kinds(seen)[-1] == "note_added"
        assert all(attempt.key for attempt in seen.attempts)


def test_customers_see_no_notes_and_no_keys(shop: Shop) -> None:
    order = shop.submit()
    shop.orders.add_note(order.id, by=MERCHANT, text="wants it soon")
    shop.orders.accept(order.id, by=MERCHANT)
    seen = shop.orders.get(order.id, by=CUSTOMER)
    assert seen.notes == ()
    assert [(event.seq, event.kind) for event in seen.timeline][-2:] == [(3, "verification_voided"), (5, "accepted")]
    assert {attempt.key for attempt in seen.attempts} == {""}


@pytest.mark.parametrize("by", [None, "merchant", CUSTOMER.id, object()], ids=["none", "a word", "an id", "an object"])
@pytest.mark.parametrize("method", ["get", "messages", "available_actions", "find", "counts", "inbox", "mark_read"])
def test_what_is_no_actor_is_refused(sync_shop: Shop, method: str, by: object) -> None:
    arguments: dict[str, tuple[Any, ...]] = {"find": (OrderQuery(),), "inbox": (), "mark_read": (["m"],), "counts": ()}
    named = {"store_id": STORE} if method == "counts" else {}
    with pytest.raises(ValidationError):
        getattr(sync_shop.orders, method)(*arguments.get(method, ("ord-1",)), by=by, **named)


@pytest.mark.parametrize("order_id", ["", " ", "a\0", "x" * 201, None, 7, b"ord-1"], ids=repr)
@pytest.mark.parametrize("method", ["get", "messages", "available_actions"])
def test_what_is_no_id_is_refused(sync_shop: Shop, method: str, order_id: object) -> None:
    with pytest.raises(ValidationError):
        getattr(sync_shop.orders, method)(order_id, by=OPERATOR)


def test_all_seven_statuses_are_counted(shop: Shop) -> None:
    for status in reversed(OrderStatus):  # expired before pending payment: the clock moves on for it
        shop.order_in(status)
    shop.order_in("completed")
    told = shop.orders.counts(store_id=STORE, by=MERCHANT)
    assert told == {**dict.fromkeys(OrderStatus, 1), OrderStatus.COMPLETED: 2}
    assert list(told) == list(OrderStatus)


def test_nothing_is_counted_as_nothing(shop: Shop) -> None:
    assert shop.orders.counts(store_id=STORE, by=MERCHANT) == dict.fromkeys(OrderStatus, 0)


def test_refused_and_unverified_orders_are_not_counted(shop: Shop) -> None:
    put(
        shop.storage,
        Facts(id="1", verified=False),
        Facts(id="2", verified=False, status=OrderStatus.DECLINED),
        Facts(id="3", status=OrderStatus.DECLINED),
    )
    told = shop.orders.counts(store_id=STORE, by=MERCHANT)
    assert told == {**dict.fromkeys(OrderStatus, 0), OrderStatus.DECLINED: 1}


def test_a_stores_orders_are_counted_for_its_merchant_and_for_operators(shop: Shop) -> None:
    put(shop.storage, *DESK, Facts(id="5", store_id="studio-8"))
    for by, store_id, number in ((MERCHANT, STORE, 2), (OTHER_MERCHANT, "studio-8", 3), (OPERATOR, "studio-8", 3)):
        assert shop.orders.counts(store_id=store_id, by=by)[OrderStatus.RECEIVED] == number
    for by in (CUSTOMER, OTHER_MERCHANT):
        with pytest.raises(NotPermitted):
            shop.orders.counts(store_id=STORE, by=by)


@pytest.mark.parametrize("store_id", ["", None, 7, "a\n"], ids=repr)
def test_what_is_no_store_is_refused(sync_shop: Shop, store_id: object) -> None:
    with pytest.raises(ValidationError):
        sync_shop.orders.counts(store_id=store_id, by=OPERATOR)
