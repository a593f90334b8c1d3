"""A gateway under a service: orders are sold over it, and the books agree."""

from __future__ import annotations

from .... import Actor, Item, Money, Order, OrderStatus, Policy, Purpose, verify_history
from ...books import audit
from ..sales import requested, service_over
from .base import GatewayChecks
from .till import Ledger, Till

__all__ = ["Selling"]


class Selling(GatewayChecks):
    """The whole way."""

    def test_an_order_is_sold_and_refunded_over_it_and_its_books_agree(self, till: Till, ledger: Ledger | None) -> None:
        order = _sold(till)
        assert (order.status, order.refunded) == (OrderStatus.ACCEPTED, order.total)
        assert [(one.purpose, one.state.value) for one in order.attempts] == [
            (purpose, "approved") for purpose in (Purpose.VERIFICATION, Purpose.VOID, Purpose.CHARGE, Purpose.REFUND)
        ]
        verify_history(order)
        if ledger is not None:
            audit(order, ledger())


def _sold(till: Till) -> Order:
    orders = service_over(payments=till.payments, policy=Policy(verification_amount=Money(1, till.amount.currency)))
    merchant = Actor.merchant(till.store_id)
    items = [Item(name="Birthday video", unit_price=till.amount)]
    order = requested(orders, store_id=till.store_id, items=items, card=till.card, order_id=till.order_id)
    orders.accept(order.id, by=merchant)
    return orders.refund(order.id, by=merchant)
