"""How often the sweep looks an open payment up: after half the time since its first send, within bounds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from faults.books import audit
from faults.faulty import Faulty, before
from faults.money import attempt, states
from orderflow import PaymentInProgress, Policy
from shops import CUSTOMER, MERCHANT, Shop, kinds


def pending(shop: Shop) -> str:
    order_id = shop.submit().id
    shop.gateway.pend_next("charge")
    shop.orders.accept(order_id, by=MERCHANT)
    return order_id


def looks(shop: Shop, count: int) -> list[float]:
    """The minutes before each of the sweep's next looks, with no look in between."""
    gateway = Faulty(shop.gateway)
    orders = shop.service(payments=gateway)
    due = orders.run_due().next_due_at
    assert gateway.calls == []
    pauses = []
    for _ in range(count):
        pauses.append((due - shop.clock.now()).total_seconds() / 60)
        shop.clock.set(due - timedelta(microseconds=1))
        orders.run_due()
        assert gateway.calls == [], "it looked before its time"
        shop.clock.set(due)
        due = orders.run_due().next_due_at
        assert gateway.calls == ["find"]
        gateway.calls.clear()
    return pauses


def test_the_pauses_grow_from_a_claim_to_an_hour(shop: Shop) -> None:
    order_id = pending(shop)
    assert looks(shop, 13) == [
        *(2, 2, 2, 3, 4.5, 6.75, 10.125, 15.1875),
        *(pytest.approx(22.78125), pytest.approx(34.171875), pytest.approx(51.2578125), 60, 60),
    ]
    shop.gateway.finish(attempt(shop, order_id, "charge").key)
    audit(shop)


def test_a_claim_is_the_longest_call_if_that_is_longer_than_the_lease(shop: Shop) -> None:
    shop.gateway.longest_call = timedelta(minutes=10)
    order_id = pending(shop)
    assert looks(shop, 4) == [10, 10, 10, 15]
    shop.gateway.finish(attempt(shop, order_id, "charge").key)
    audit(shop)


def test_a_sweep_that_stayed_away_looks_once(shop: Shop) -> None:
    order_id = pending(shop)
    shop.clock.advance(days=3)
    gateway = Faulty(shop.gateway)
    shop.service(payments=gateway).run_due()
    shop.service(payments=gateway).run_due()
    assert gateway.calls == ["find"]
    shop.gateway.finish(attempt(shop, order_id, "charge").key)
    audit(shop)


def test_a_fruitless_look_of_the_sweep_is_a_commit_without_events(shop: Shop) -> None:
    order_id = pending(shop)
    before_it = shop.get(order_id)
    shop.clock.advance(minutes=2)
    report = shop.orders.run_due()
    after_it = shop.get(order_id)
    assert after_it.version == before_it.version + 1
    assert (after_it.timeline, after_it.attempts) == (before_it.timeline, before_it.attempts)
    assert (report.concluded, report.needs_review) == (0, 0)
    shop.gateway.finish(attempt(shop, order_id, "charge").key)
    audit(shop)


def test_a_commands_look_comes_at_once_and_puts_nothing_off(shop: Shop) -> None:
    order_id = pending(shop)
    shop.clock.advance(minutes=2, microseconds=-1)
    gateway = Faulty(shop.gateway)
    orders = shop.service(payments=gateway)
    for _ in range(3):
        with pytest.raises(PaymentInProgress):
            orders.cancel(order_id, by=CUSTOMER)
    shop.clock.advance(microseconds=1)
    orders.run_due()
    assert gateway.calls == ["find"] * 4
    shop.gateway.finish(attempt(shop, order_id, "charge").key)
    audit(shop)


def test_the_pauses_count_from_the_first_send_however_often_it_was_sent_again(shop: Shop) -> None:
    order_id = shop.submit().id
    broken = Faulty(shop.gateway, before("charge", ever=True))
    orders = shop.service(payments=broken)
    orders.accept(order_id, by=MERCHANT)
    shop.clock.advance(minutes=30)
    due = orders.run_due().next_due_at
    assert broken.calls[-2:] == ["find", "charge"]
    assert due == shop.clock.now() + timedelta(minutes=15)
    audit(shop)


def test_looking_never_puts_off_what_proves_an_absence(shop: Shop) -> None:
    """Only a pass that may send moves the time of the last send: looks do not feed on themselves."""
    order_id = shop.submit().id
    shop.gateway.time_out_next("charge", effect=False)
    shop.orders.accept(order_id, by=MERCHANT)
    shop.clock.advance(hours=24, minutes=-3)
    shop.gateway.time_out_next("charge", effect=False)
    shop.orders.run_due()
    shop.gateway.idempotency_window = timedelta(0)
    for _ in range(4):
        shop.clock.advance(minutes=3)
        shop.orders.check_payment(order_id)
    assert states(shop.get(order_id), "charge") == ["absent"]
    assert kinds(shop.get(order_id))[-1] == "payment_absent"
    audit(shop)


def test_the_sweep_says_when_it_must_come_by_next(shop: Shop) -> None:
    order = shop.order_in("pending_payment")
    assert order.payment_due_at is not None
    report = shop.orders.run_due()
    assert report.next_due_at == order.payment_due_at - Policy().reminders[0]
    shop.clock.set(report.next_due_at)
    report = shop.orders.run_due()
    assert (report.reminded, report.next_due_at) == (1, order.payment_due_at)
    shop.clock.set(report.next_due_at)
    report = shop.orders.run_due()
    assert (report.expired, report.next_due_at, report.remaining) == (1, None, False)
    audit(shop)


def test_a_limited_sweep_says_that_more_remains(shop: Shop) -> None:
    for _ in range(3):
        shop.order_in("pending_payment")
    shop.clock.advance(days=7)
    reports = [shop.orders.run_due(limit=2) for _ in range(2)]
    assert [report.expired for report in reports] == [2, 1]
    assert reports[0].remaining
    audit(shop)
