"""Orders sold over Stripe, with a fault at each call: the books agree with Stripe's ledger at every moment."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from orderflow import Actor, Card, ManualClock, OrderflowError, OrderStatus
from orderflow.adapters.stripe import StripeGateway
from orderflow.testing import audit
from orderflow.testing.contracts.sales import requested, service_over

MERCHANT = Actor.merchant("studio-7")
CARD = Card(token="pm_card_visa", brand="visa", last4="4242", exp_month=12, exp_year=2031)


@pytest.mark.parametrize("path", ["customers", "attach", "payment_intents$", "confirm", "cancel", "refunds"])
@pytest.mark.parametrize("kind", [500, "drop"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_fault_at_any_call_is_made_good_and_the_books_agree(
    gateway: StripeGateway, server: Any, standin: Any, path: str, kind: Any, after: bool
) -> None:
    clock = ManualClock()
    orders = service_over(payments=gateway, clock=clock)
    server.troubles.append(standin.Trouble(path, kind, after))

    def made_good() -> None:
        for _ in range(4):
            clock.advance(hours=1)
            orders.run_due()
            audit(orders.get("ord-1", by=MERCHANT), server.ledger)

    with suppress(OrderflowError):
        requested(orders, order_id="ord-1", card=CARD)
    made_good()
    orders.accept("ord-1", by=MERCHANT)
    made_good()
    orders.refund("ord-1", by=MERCHANT)
    made_good()
    order = orders.get("ord-1", by=MERCHANT)
    assert order.status is OrderStatus.ACCEPTED
    assert order.refunded == order.total
    assert server.troubles[0].left == 0
