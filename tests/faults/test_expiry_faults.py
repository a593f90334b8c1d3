"""The end of the time to pay: to the microsecond, under faults, and with clocks that are put back and forward."""

from __future__ import annotations

from datetime import timedelta

import pytest

from faults.books import audit
from faults.faulty import Conflict, Crash, Faulty, after, another, before, meanwhile
from faults.money import absent_charge, late_approval, states
from orderflow import InvalidTransition, Order, OrderStatus, PaymentInProgress, PaymentUnavailable, PaymentWindowClosed
from shops import CUSTOMER, MERCHANT, OPERATOR, Shop, kinds


def over(shop: Shop, microseconds: int = 0) -> Order:
    """An order that waits for its payment, with the clock at its deadline and some microseconds."""
    order = shop.order_in("pending_payment")
    assert order.payment_due_at is not None
    shop.clock.set(order.payment_due_at + timedelta(microseconds=microseconds))
    return order


@pytest.mark.parametrize(("microseconds", "expired"), [(-1, 0), (0, 1), (1, 1)])
def test_the_sweep_expires_at_the_deadline_and_not_a_microsecond_before(
    shop: Shop, microseconds: int, expired: int
) -> None:
    order = over(shop, microseconds)
    assert shop.orders.run_due().expired == expired
    assert (shop.get(order.id).status is OrderStatus.EXPIRED) is bool(expired)
    audit(shop)


def test_a_retry_a_microsecond_before_the_deadline_counts(shop: Shop) -> None:
    order = over(shop, -1)
    assert shop.orders.retry_payment(order.id, by=CUSTOMER).status is OrderStatus.ACCEPTED
    audit(shop)


@pytest.mark.parametrize("microseconds", [0, 1])
@pytest.mark.parametrize("swept", [True, False])
def test_no_result_depends_on_when_the_sweep_came_by(shop: Shop, microseconds: int, swept: bool) -> None:
    order = over(shop, microseconds)
    if swept:
        shop.orders.run_due()
    with pytest.raises(PaymentWindowClosed) as closed:
        shop.orders.retry_payment(order.id, by=CUSTOMER)
    with pytest.raises(InvalidTransition) as refused:
        shop.orders.cancel(order.id, by=CUSTOMER)
    assert (closed.value.status, refused.value.status) == (OrderStatus.EXPIRED, OrderStatus.EXPIRED)
    assert "charge" not in shop.purposes()
    audit(shop)


@pytest.mark.parametrize("swept", [True, False])
def test_a_late_approval_of_an_absent_charge_after_the_deadline_is_surplus_whenever_the_sweep_came_by(
    shop: Shop, swept: bool
) -> None:
    """What was proven absent holds up no expiry: by then the order has expired, and can take no money."""
    order = shop.order_in("pending_payment")
    shop.gateway.not_send_next("charge")
    with pytest.raises(PaymentUnavailable):
        shop.orders.retry_payment(order.id, by=CUSTOMER)
    late = late_approval(shop, order.id, number=2)
    shop.clock.advance(days=7)
    if swept:
        shop.orders.run_due()
    order = shop.orders.check_payment(order.id, late.key)
    assert order.status is OrderStatus.EXPIRED
    assert states(order, "charge") == ["declined", "surplus"]
    audit(shop)


def test_an_expired_order_says_so_on_every_command_and_people_are_told_once(shop: Shop) -> None:
    order = over(shop)
    for _ in range(3):
        with pytest.raises(PaymentWindowClosed):
            shop.orders.retry_payment(order.id, by=CUSTOMER)
    assert kinds(shop.get(order.id)).count("expired") == 1
    assert shop.told(order.id).count(("customer", "email", "expired")) == 1
    audit(shop)


def test_an_open_charge_holds_up_the_expiry_until_it_is_resolved(shop: Shop) -> None:
    order = over(shop, -1)
    shop.gateway.time_out_next("charge", effect=False)
    shop.orders.retry_payment(order.id, by=CUSTOMER)
    shop.gateway.down = True
    for _ in range(5):
        shop.clock.advance(days=3)
        assert shop.orders.run_due().expired == 0
        with pytest.raises(PaymentInProgress):
            shop.orders.cancel(order.id, by=CUSTOMER)
    shop.gateway.down = False
    shop.clock.advance(hours=1)
    assert shop.orders.run_due().expired == 1
    audit(shop)


def test_a_charge_in_review_holds_up_the_expiry_until_a_person_resolves_it(shop: Shop) -> None:
    order = over(shop, -1)
    shop.gateway.conclusive_lookup = False
    shop.gateway.time_out_next("charge", effect=False)
    shop.orders.retry_payment(order.id, by=CUSTOMER)
    shop.clock.advance(days=30)
    report = shop.orders.run_due()
    assert (report.needs_review, report.next_due_at) == (1, None)  # the sweep has nothing more to do on it
    assert shop.orders.run_due().expired == 0
    key = shop.get(order.id).attempts[-1].key
    order = shop.orders.resolve_payment(order.id, by=OPERATOR, key=key, outcome=None, evidence="statement of May")
    assert order.status is OrderStatus.EXPIRED
    assert kinds(order)[-3:] == ["payment_resolved", "payment_absent", "expired"]
    audit(shop)


@pytest.mark.parametrize("fault", [before, after])
def test_an_expiry_that_fails_or_crashes_is_left_to_the_next_sweep(shop: Shop, fault: object) -> None:
    order = over(shop)
    crashing = Faulty(shop.storage, fault("commit", raises=Crash))  # type: ignore[operator]
    with pytest.raises(Crash):
        shop.service(storage=crashing).run_due()
    shop.clock.advance(minutes=2)
    shop.orders.run_due()
    order = shop.get(order.id)
    assert order.status is OrderStatus.EXPIRED
    assert kinds(order).count("expired") == 1
    audit(shop)


def test_a_storage_error_on_one_order_keeps_no_other_from_expiring(shop: Shop) -> None:
    orders = [over(shop) for _ in range(3)]
    faulty = Faulty(shop.storage, *(before("commit", call) for call in (1, 2, 3)))
    shop.clock.advance(days=7)
    assert shop.service(storage=faulty).run_due().expired == 2
    shop.clock.advance(minutes=2)
    assert shop.orders.run_due().expired == 1
    assert {shop.get(order.id).status for order in orders} == {OrderStatus.EXPIRED}
    audit(shop)


def test_a_note_that_lands_while_the_order_expires_keeps_it_from_nothing(shop: Shop) -> None:
    order = over(shop)
    note = meanwhile("commit", lambda: shop.storage.load(order.id) and _note(shop, order.id))
    shop.service(storage=Faulty(shop.storage, note)).run_due()
    order = shop.get(order.id)
    assert order.status is OrderStatus.EXPIRED
    assert len(order.notes) == 1
    audit(shop)


def _note(shop: Shop, order_id: str) -> None:
    now = shop.clock.now()
    shop.clock.advance(minutes=-1)  # another machine's clock is behind: to it, there is still time
    another(shop).add_note(order_id, by=MERCHANT, text="still hoping")
    shop.clock.set(now)


def test_an_expiry_that_always_conflicts_is_left_to_the_next_sweep(shop: Shop) -> None:
    order = over(shop)
    shop.service(storage=Faulty(shop.storage, before("commit", raises=Conflict, ever=True))).run_due()
    assert shop.get(order.id).status is OrderStatus.PENDING_PAYMENT
    shop.clock.advance(minutes=2)
    assert shop.orders.run_due().expired == 1
    audit(shop)


def test_a_clock_that_is_put_back_only_delays_the_expiry(shop: Shop) -> None:
    order = over(shop, -1)
    shop.clock.advance(days=-3)
    assert shop.orders.run_due().expired == 0
    assert shop.get(order.id).payment_due_at == order.payment_due_at
    shop.clock.advance(days=3, microseconds=1)
    assert shop.orders.run_due().expired == 1
    audit(shop)


def test_a_clock_that_was_put_forward_and_back_leaves_an_order_expired_with_times_in_order(shop: Shop) -> None:
    order = shop.order_in("pending_payment")
    shop.clock.advance(days=8)
    shop.orders.run_due()
    shop.clock.advance(days=-8)
    with pytest.raises(InvalidTransition):
        shop.orders.cancel(order.id, by=CUSTOMER)
    shop.orders.add_note(order.id, by=MERCHANT, text="the clock was wrong")
    order = shop.get(order.id)
    assert order.timeline[-1].at == order.timeline[-2].at
    assert order.timeline[-1].at > shop.clock.now()
    audit(shop)


def test_the_deadline_is_the_clocks_own_even_if_the_clock_was_put_back(shop: Shop) -> None:
    """Events never go back; deadlines count from the clock as it is."""
    order_id = shop.submit(token="tok_charge_decline_lost_card").id
    shop.clock.advance(days=-1)
    order = shop.orders.accept(order_id, by=MERCHANT)
    assert order.payment_due_at == shop.clock.now() + timedelta(days=7)
    assert order.timeline[-1].at == order.timeline[-2].at
    audit(shop)


def test_a_reminder_is_written_once_and_a_conflict_leaves_it_due(shop: Shop) -> None:
    order = shop.order_in("pending_payment")
    shop.clock.advance(days=6)
    conflicting = Faulty(shop.storage, before("commit", raises=Conflict, ever=True))
    assert shop.service(storage=conflicting).run_due().reminded == 0
    shop.clock.advance(minutes=2)
    assert shop.orders.run_due().reminded == 1
    shop.clock.advance(minutes=2)
    assert shop.orders.run_due().reminded == 0
    assert shop.told(order.id).count(("customer", "email", "payment_reminder")) == 1
    audit(shop)


def test_nobody_is_reminded_to_pay_what_is_being_paid(shop: Shop) -> None:
    order = shop.order_in("pending_payment")
    shop.clock.advance(days=5, hours=23, minutes=59)
    shop.gateway.pend_next("charge")
    shop.orders.retry_payment(order.id, by=CUSTOMER)
    shop.clock.advance(hours=3)
    assert shop.orders.run_due().reminded == 0
    shop.gateway.finish(shop.get(order.id).attempts[-1].key)
    audit(shop)
    assert absent_charge(shop) != order.id
