"""The void of the verification is owed for ever, and holds up nothing."""

from __future__ import annotations

import pytest

from faults.books import audit
from faults.faulty import Answering, Faulty, after, before
from faults.money import attempt, states
from orderflow import NotSent, Order, OrderStatus, StorageError
from shops import ANA, MERCHANT, SHIPPED, STORE, VIDEO, Shop, card, kinds


def test_a_gateway_that_is_down_for_a_month_voids_in_the_end(shop: Shop) -> None:
    """Long after the gateway has forgotten the key."""
    broken = Faulty(shop.gateway, before("void", ever=True))
    order_id = shop.service(payments=broken).submit(**_request()).id
    for _ in range(30):
        shop.clock.advance(days=1)
        shop.service(payments=broken).run_due()
    assert broken.calls.count("void") == 31
    assert states(shop.get(order_id), "void") == ["open"]
    shop.clock.advance(hours=1)
    assert shop.orders.run_due().voided == 1
    audit(shop)


def test_meanwhile_the_order_is_sold_charged_and_sent(shop: Shop) -> None:
    shop.gateway.decline_next("void", "try_later")
    order = shop.submit()
    assert not order.payment_in_progress
    shop.orders.accept(order.id, by=MERCHANT)
    order = shop.orders.complete(order.id, by=MERCHANT, fulfillment=SHIPPED)
    assert order.status is OrderStatus.COMPLETED
    audit(shop)
    assert states(shop.get(order.id), "void") == ["declined", "approved"]


def test_a_refused_void_is_tried_under_a_new_key_after_growing_pauses(shop: Shop) -> None:
    """A gateway repeats its refusal for as long as it honours the key."""
    for _ in range(14):
        shop.gateway.decline_next("void", "try_later")
    order_id = shop.submit().id
    pauses = []
    while "open" in states(shop.get(order_id), "void"):
        due = shop.orders.run_due().next_due_at
        if due is not None:
            pauses.append((due - shop.clock.now()).total_seconds() / 60)
            shop.clock.set(due)
    assert pauses == [8, 16, 32, 64, 128, 256, 512, 1024, *[1440.0] * 6]
    assert len({one.key for one in shop.get(order_id).attempts}) == len(shop.get(order_id).attempts)
    audit(shop)


@pytest.mark.parametrize("effect", [True, False])
def test_an_unknown_void_is_finished_by_the_sweep(shop: Shop, effect: bool) -> None:
    shop.gateway.time_out_next("void", effect)
    order_id = shop.submit().id
    shop.clock.advance(minutes=2)
    assert shop.orders.run_due().voided == 1
    assert kinds(shop.get(order_id))[-1] == "verification_voided"
    audit(shop)


def test_a_void_that_was_not_sent_is_neither_absent_nor_unclear(shop: Shop) -> None:
    shop.gateway.conclusive_lookup = False
    orders = shop.service(payments=Answering(shop.gateway, void=NotSent("bad key")))
    order_id = orders.submit(**_request()).id
    for _ in range(4):
        shop.clock.advance(days=2)
        assert orders.run_due().needs_review == 0
    assert states(shop.get(order_id), "void") == ["open"]
    audit(shop)


def test_a_lost_void_is_looked_up_before_it_is_sent_again(shop: Shop) -> None:
    order_id = shop.service(payments=Faulty(shop.gateway, after("void"))).submit(**_request()).id
    shop.clock.advance(minutes=2)
    gateway = Faulty(shop.gateway)
    shop.service(payments=gateway).run_due()
    assert gateway.calls == ["find"]
    assert states(shop.get(order_id), "void") == ["approved"]
    audit(shop)


def test_an_authorization_that_is_gone_already_counts_as_voided(shop: Shop) -> None:
    broken = Faulty(shop.gateway, after("void"), before("find", ever=True))
    order_id = shop.service(payments=broken).submit(**_request()).id
    shop.clock.advance(days=2)
    void = attempt(shop, order_id, "void")
    shop.gateway.void(void)
    shop.orders.run_due()
    assert states(shop.get(order_id), "void") == ["approved"]
    audit(shop)


def test_a_void_that_cannot_be_written_down_fails_no_command(shop: Shop) -> None:
    storage = Faulty(shop.storage, *(before("commit", call) for call in (3, 4, 5)))
    order: Order = shop.service(storage=storage).submit(**_request())
    assert (order.status, order.verified) == (OrderStatus.RECEIVED, True)
    audit(shop)


def test_a_storage_that_is_down_is_an_error_of_the_sweep_itself(shop: Shop) -> None:
    with pytest.raises(StorageError):
        shop.service(storage=Faulty(shop.storage, before("claim_due"))).run_due()


def _request() -> dict[str, object]:
    return {"store_id": STORE, "customer": ANA, "items": [VIDEO], "card": card()}
