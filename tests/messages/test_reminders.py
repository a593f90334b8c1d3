"""The customer is reminded to pay before the time is over, once each time."""

from __future__ import annotations

from datetime import timedelta

from orderflow import Order, Policy
from shops import CUSTOMER, Shop, kinds

THREE = Policy(reminders=(timedelta(days=3), timedelta(days=1), timedelta(hours=2)))


def pending(shop: Shop, policy: Policy) -> Order:
    shop.orders = shop.service(policy=policy)
    return shop.order_in("pending_payment")


def reminders(shop: Shop, order: Order) -> list[str]:
    """How long before the end each reminder was for, in seconds."""
    return [event.data["before"] for event in shop.get(order.id).timeline if event.kind == "payment_reminder"]


def test_each_reminder_is_written_once_at_its_time(shop: Shop) -> None:
    order = pending(shop, THREE)
    for hours in range(0, 7 * 24, 6):
        shop.clock.set(order.placed_at + timedelta(hours=hours))
        shop.orders.run_due()
    shop.clock.set(order.placed_at + timedelta(days=6, hours=22))
    report = shop.orders.run_due()
    assert reminders(shop, order) == ["259200.0", "86400.0", "7200.0"]
    assert report.reminded == 1


def test_the_sweep_knows_when_the_next_reminder_is_due(shop: Shop) -> None:
    order = pending(shop, THREE)
    assert order.payment_due_at is not None
    assert shop.orders.run_due().next_due_at == order.payment_due_at - timedelta(days=3)


def test_a_sweep_that_comes_late_reminds_once_of_several(shop: Shop) -> None:
    """Two mails at once would tell nothing more."""
    order = pending(shop, THREE)
    shop.clock.advance(days=6, hours=12)
    shop.orders.run_due()
    shop.orders.run_due()
    assert reminders(shop, order) == ["86400.0"]


def test_nobody_is_reminded_when_the_time_is_over(shop: Shop) -> None:
    order = pending(shop, THREE)
    shop.clock.advance(days=7)
    shop.orders.run_due()
    assert "payment_reminder" not in kinds(shop.get(order.id))


def test_nobody_is_reminded_of_what_is_paid_or_canceled(shop: Shop) -> None:
    paid, canceled = pending(shop, THREE), pending(shop, THREE)
    shop.orders.retry_payment(paid.id, by=CUSTOMER)
    shop.orders.cancel(canceled.id, by=CUSTOMER)
    shop.clock.advance(days=6, hours=23)
    assert shop.orders.run_due().reminded == 0


def test_nobody_is_reminded_while_a_payment_is_in_progress(shop: Shop) -> None:
    order = pending(shop, THREE)
    shop.gateway.pend_next("charge", "https://bank.example/3ds")
    assert shop.orders.retry_payment(order.id, by=CUSTOMER).payment_in_progress
    shop.clock.advance(days=6)
    shop.orders.run_due()
    assert reminders(shop, order) == []


def test_a_policy_without_reminders_sends_none(shop: Shop) -> None:
    order = pending(shop, Policy(reminders=()))
    shop.clock.advance(days=6, hours=23)
    shop.orders.run_due()
    assert reminders(shop, order) == []
