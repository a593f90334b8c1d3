"""Services over faulty ports, as a host's own tests use them."""

from __future__ import annotations

from typing import Any

import pytest

from orderflow import AsyncOrderService, OrderStatus, PaymentInProgress, StorageError
from orderflow.testing import Crash, Fault, FaultKind, Faulty, Interruption, audit
from shops import MERCHANT, MODES, Driven, Shop, Suspending


def over(shop: Shop, **faulty: Fault | Interruption) -> Any:
    """A service of the shop's kind over its parts, of which those that are named have a fault."""
    wrap = Suspending if shop.mode == MODES[2] else (lambda port: port)
    parts: dict[str, Any] = {"storage": shop.storage, "payments": shop.gateway, "notifier": shop.notifier}
    plugged = {
        name: Faulty(wrap(port), faulty[name]) if name in faulty else wrap(port)  # type: ignore[no-untyped-call]
        for name, port in parts.items()
    }
    if shop.mode == MODES[0]:
        return shop.service(**plugged)
    return Driven(AsyncOrderService(**plugged, clock=shop.clock))


@pytest.mark.parametrize("kind", FaultKind)
def test_a_charge_that_goes_wrong_is_concluded_once(shop: Shop, kind: FaultKind) -> None:
    order_id = shop.submit().id
    orders = over(shop, payments=Fault(kind=kind, method="charge"))
    try:
        assert orders.accept(order_id, by=MERCHANT).payment_in_progress
    except Crash:
        assert kind in (FaultKind.CRASH_BEFORE, FaultKind.CRASH_AFTER)
    audit(shop.get(order_id), shop.gateway.ledger)
    shop.clock.advance(hours=1)
    orders.run_due()
    order = shop.get(order_id)
    assert order.status is OrderStatus.ACCEPTED
    assert shop.purposes().count("charge") == 1
    audit(order, shop.gateway.ledger)


@pytest.mark.parametrize("kind", [FaultKind.ERROR, FaultKind.CRASH_BEFORE, FaultKind.CRASH_AFTER])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_a_storage_that_fails_leaves_an_order_that_can_be_finished(shop: Shop, kind: FaultKind, call: int) -> None:
    order_id = shop.submit().id
    orders = over(shop, storage=Fault(kind=kind, method="commit", call=call))
    try:
        orders.accept(order_id, by=MERCHANT, idempotency_key="accept-1")
    except (StorageError, Crash):
        audit(shop.get(order_id), shop.gateway.ledger)
    shop.clock.advance(hours=1)
    orders.run_due()
    order = orders.accept(order_id, by=MERCHANT, idempotency_key="accept-1")
    assert order.status is OrderStatus.ACCEPTED
    audit(order, shop.gateway.ledger)


def test_a_notifier_that_fails_is_tried_again(shop: Shop) -> None:
    orders = over(shop, notifier=Fault(kind="timeout", method="send", call=1))
    order_id = shop.submit().id
    before = len(shop.notifier.sent)
    orders.decline(order_id, by=MERCHANT, reason="fully booked")
    assert len(shop.notifier.sent) == before + 2
    shop.clock.advance(hours=1)
    assert orders.run_due().delivered == 1


def test_someone_else_comes_first(shop: Shop) -> None:
    order_id = shop.submit().id

    def decline() -> None:
        with pytest.raises(PaymentInProgress):
            shop.orders.decline(order_id, by=MERCHANT)

    other = Shop()
    other.storage, other.gateway, other.clock = shop.storage, shop.gateway, shop.clock
    shop.orders = other.service()
    orders = over(shop, payments=Interruption(act=decline, method="charge"))
    assert orders.accept(order_id, by=MERCHANT).status is OrderStatus.ACCEPTED
