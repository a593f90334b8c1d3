"""Unknown outcomes: looked up first, then the same key again, never a new one; absent only when that is proven."""

from __future__ import annotations

import pytest

from faults.books import audit
from faults.faulty import Answering, Conflict, Faulty, another, before, meanwhile
from faults.money import attempt, states, unknown_charge, unknown_verification
from orderflow import (
    InvalidTransition,
    NotSent,
    OrderStatus,
    PaymentInProgress,
    PaymentUnavailable,
    Policy,
    ValidationError,
)
from shops import CUSTOMER, MERCHANT, OPERATOR, Shop, data_of, kinds


@pytest.mark.parametrize("effect", [True, False])
def test_the_key_is_looked_up_before_it_is_sent_again(shop: Shop, effect: bool) -> None:
    order_id = unknown_charge(shop, effect=effect)
    shop.clock.advance(minutes=2)
    gateway = Faulty(shop.gateway)
    assert shop.service(payments=gateway).run_due().concluded == 1
    assert gateway.calls == (["find"] if effect else ["find", "charge"])
    order = shop.get(order_id)
    assert (order.status, states(order, "charge")) == (OrderStatus.ACCEPTED, ["approved"])
    audit(shop)


def test_what_is_sent_again_is_the_same_attempt(shop: Shop) -> None:
    order_id = unknown_charge(shop, effect=False)
    sent = attempt(shop, order_id, "charge")
    shop.clock.advance(hours=1)
    shop.orders.run_due()
    again = attempt(shop, order_id, "charge")
    same = ("key", "by", "number", "amount", "card", "begun_at", "first_sent_at")
    assert [getattr(sent, name) for name in same] == [getattr(again, name) for name in same]
    assert again.last_sent_at == shop.clock.now()
    assert shop.gateway.ledger[-1].key == sent.key


def test_while_its_sender_may_be_at_it_nobody_else_sends(shop: Shop) -> None:
    order_id = unknown_charge(shop, effect=False)
    gateway = Faulty(shop.gateway)
    orders = shop.service(payments=gateway)
    shop.clock.advance(minutes=2, microseconds=-1)
    with pytest.raises(PaymentInProgress):
        orders.cancel(order_id, by=CUSTOMER)
    assert gateway.calls == ["find"]
    shop.clock.advance(microseconds=1)
    with pytest.raises(InvalidTransition):
        orders.cancel(order_id, by=CUSTOMER)
    assert gateway.calls == ["find", "find", "charge"]
    audit(shop)


def test_a_claim_lasts_as_long_as_the_longest_call(shop: Shop) -> None:
    shop.gateway.longest_call = 3 * Policy().lease
    order_id = unknown_charge(shop, effect=False)
    gateway = Faulty(shop.gateway)
    orders = shop.service(payments=gateway)
    shop.clock.advance(minutes=6, microseconds=-1)
    with pytest.raises(PaymentInProgress):
        orders.accept(order_id, by=MERCHANT)
    assert gateway.calls == ["find"]
    audit(shop)


def test_no_new_key_is_made_while_the_old_one_is_unknown(shop: Shop) -> None:
    order_id = unknown_charge(shop, effect=False)
    shop.gateway.down = True
    for _ in range(20):
        shop.clock.advance(hours=5)
        shop.orders.run_due()
        with pytest.raises(PaymentInProgress):
            shop.orders.accept(order_id, by=MERCHANT)
    assert states(shop.get(order_id), "charge") == ["open"]
    shop.gateway.down = False
    audit(shop)


@pytest.mark.parametrize(
    ("seconds", "then"),
    [(24 * 3600 - 121, "approved"), (24 * 3600 - 120, "absent"), (24 * 3600, "absent"), (30 * 24 * 3600, "absent")],
)
def test_it_is_sent_again_only_if_it_arrives_while_the_gateway_honours_the_key(
    shop: Shop, seconds: int, then: str
) -> None:
    order_id = unknown_charge(shop, effect=False)
    shop.clock.advance(seconds=seconds)
    shop.orders.run_due()
    assert states(shop.get(order_id), "charge") == [then]
    audit(shop)


@pytest.mark.parametrize(("microseconds", "then"), [(0, "open"), (1, "absent")])
def test_an_absence_counts_only_after_the_grace(shop: Shop, microseconds: int, then: str) -> None:
    """A send may arrive late: what is not found ten minutes after it proves nothing yet."""
    order_id = unknown_charge(shop, effect=False)
    _send_again_at_the_end_of_the_window(shop, order_id)
    shop.clock.advance(minutes=10, microseconds=microseconds)
    shop.orders.check_payment(order_id)
    assert states(shop.get(order_id), "charge") == [then]
    audit(shop)


def test_an_absence_counts_only_after_the_longest_call(shop: Shop) -> None:
    shop.gateway.longest_call = 6 * Policy().grace
    order_id = unknown_charge(shop, effect=False)
    shop.clock.advance(hours=22)
    shop.gateway.time_out_next("charge", effect=False)
    shop.orders.run_due()
    shop.clock.advance(hours=1, minutes=1)
    shop.orders.check_payment(order_id)
    assert states(shop.get(order_id), "charge") == ["open"]
    shop.clock.advance(hours=1)
    shop.orders.check_payment(order_id)
    assert states(shop.get(order_id), "charge") == ["absent"]
    audit(shop)


def _send_again_at_the_end_of_the_window(shop: Shop, order_id: str) -> None:
    shop.clock.advance(hours=23, minutes=57)
    shop.gateway.time_out_next("charge", effect=False)
    shop.orders.run_due()
    assert attempt(shop, order_id, "charge").last_sent_at == shop.clock.now()


def test_a_proven_absence_frees_the_order_and_tells_the_merchant(shop: Shop) -> None:
    order_id = unknown_charge(shop, effect=False)
    shop.clock.advance(days=2)
    shop.orders.run_due()
    order = shop.get(order_id)
    assert (order.status, order.payment_in_progress) == (OrderStatus.RECEIVED, False)
    assert data_of(order, "payment_absent") == {"purpose": "charge", "number": "1", "amount": "120.00 USD"}
    assert {audience for audience, _, kind in shop.told(order_id) if kind == "payment_absent"} == {"merchant"}
    order = shop.orders.accept(order_id, by=MERCHANT)
    assert states(order, "charge") == ["absent", "approved"]
    audit(shop)


def test_a_key_whose_charge_is_proven_absent_begins_anew(shop: Shop) -> None:
    order_id = shop.submit().id
    shop.gateway.time_out_next("charge", effect=False)
    shop.orders.accept(order_id, by=MERCHANT, idempotency_key="once")
    shop.clock.advance(days=2)
    order = shop.orders.accept(order_id, by=MERCHANT, idempotency_key="once")
    assert (order.status, states(order, "charge")) == (OrderStatus.ACCEPTED, ["absent", "approved"])
    order = shop.orders.accept(order_id, by=MERCHANT, idempotency_key="once")
    assert states(order, "charge") == ["absent", "approved"]
    audit(shop)


def test_a_verification_proven_absent_closes_the_order(shop: Shop) -> None:
    order_id = unknown_verification(shop, effect=False)
    shop.clock.advance(days=2)
    shop.orders.run_due()
    order = shop.get(order_id)
    assert (order.status, order.reason, order.verified) == (OrderStatus.DECLINED, "card_unverified", False)
    assert order.timeline[-1].actor.role == "system"
    assert {audience for audience, _, _ in shop.told(order_id)} == {"customer"}
    audit(shop)


def test_a_refund_proven_absent_can_be_begun_anew(shop: Shop) -> None:
    order_id = shop.order_in("accepted").id
    shop.gateway.time_out_next("refund", effect=False)
    shop.orders.refund(order_id, by=MERCHANT, idempotency_key="once")
    with pytest.raises(ValidationError):
        shop.orders.refund(order_id, by=MERCHANT)  # what is left counts open refunds too
    shop.clock.advance(days=2)
    order = shop.orders.refund(order_id, by=MERCHANT, idempotency_key="once")
    assert states(order, "refund") == ["absent", "approved"]
    assert order.refunded == order.total
    audit(shop)


def test_a_refund_that_was_not_sent_is_no_refund(shop: Shop) -> None:
    order_id = shop.order_in("accepted").id
    shop.gateway.not_send_next("refund")
    with pytest.raises(PaymentUnavailable):
        shop.orders.refund(order_id, by=MERCHANT)
    assert states(shop.get(order_id), "refund") == ["absent"]
    audit(shop)


def test_a_look_up_that_fails_proves_nothing(shop: Shop) -> None:
    order_id = unknown_charge(shop, effect=True)
    shop.clock.advance(days=30)
    for broken in (Faulty(shop.gateway, before("find", ever=True)), Answering(shop.gateway, find=NotSent("bad key"))):
        shop.service(payments=broken).run_due()
        shop.clock.advance(hours=2)
    assert states(shop.get(order_id), "charge") == ["open"]
    audit(shop)
    assert shop.get(order_id).status is OrderStatus.ACCEPTED


def test_an_absence_is_not_written_over_a_send_that_came_between(shop: Shop) -> None:
    order_id = unknown_charge(shop, effect=False)
    shop.clock.advance(days=1)

    def send_elsewhere() -> None:
        shop.clock.advance(hours=-1)  # on another machine the window is still open
        shop.gateway.time_out_next("charge", effect=False)
        with pytest.raises(PaymentInProgress):
            another(shop).cancel(order_id, by=CUSTOMER)
        shop.clock.advance(hours=1)

    orders = shop.service(storage=Faulty(shop.storage, meanwhile("commit", send_elsewhere)))
    orders.check_payment(order_id)
    assert states(shop.get(order_id), "charge") == ["open"]
    audit(shop)


def test_an_absence_is_written_over_a_note_that_came_between(shop: Shop) -> None:
    order_id = unknown_charge(shop, effect=False)
    shop.clock.advance(days=1)

    def note() -> None:
        shop.gateway.down = True
        another(shop).add_note(order_id, by=OPERATOR, text="asked the bank")
        shop.gateway.down = False

    shop.service(storage=Faulty(shop.storage, meanwhile("commit", note))).check_payment(order_id)
    assert kinds(shop.get(order_id))[-2:] == ["note_added", "payment_absent"]
    audit(shop)


def test_a_claim_overtaken_by_another_sender_looks_again_and_sends_nothing(shop: Shop) -> None:
    order_id = unknown_charge(shop, effect=False)
    shop.clock.advance(minutes=3)
    gateway = Faulty(shop.gateway)
    storage = Faulty(shop.storage, meanwhile("commit", lambda: another(shop).run_due()))
    with pytest.raises(InvalidTransition):
        shop.service(storage=storage, payments=gateway).cancel(order_id, by=CUSTOMER)
    assert gateway.calls == ["find", "find"]
    audit(shop)


def test_a_claim_that_failed_is_not_taken_for_the_claim_of_another_sender(shop: Shop) -> None:
    """Its commit did not land, and a second later another claimed the attempt: only that one sends."""
    order_id = unknown_charge(shop, effect=False)
    shop.clock.advance(minutes=3)
    gateway = Faulty(shop.gateway)

    def claim_elsewhere() -> None:
        shop.clock.advance(seconds=1)
        shop.gateway.time_out_next("charge", effect=False)
        another(shop).run_due()

    storage = Faulty(shop.storage, before("commit"), meanwhile("commit", claim_elsewhere, 2))
    with pytest.raises(PaymentInProgress):
        shop.service(storage=storage, payments=gateway).cancel(order_id, by=CUSTOMER)
    assert "charge" not in gateway.calls
    audit(shop)


def test_a_claim_that_always_conflicts_gives_up(shop: Shop) -> None:
    order_id = unknown_charge(shop, effect=False)
    shop.clock.advance(minutes=3)
    gateway = Faulty(shop.gateway)
    storage = Faulty(shop.storage, before("commit", raises=Conflict, ever=True))
    with pytest.raises(PaymentInProgress):
        shop.service(storage=storage, payments=gateway).cancel(order_id, by=CUSTOMER)
    assert set(gateway.calls) == {"find"}
    audit(shop)


def test_a_clock_that_is_put_back_only_delays(shop: Shop) -> None:
    order_id = unknown_charge(shop, effect=False)
    shop.clock.advance(days=-2)
    gateway = Faulty(shop.gateway)
    orders = shop.service(payments=gateway)
    orders.run_due()
    with pytest.raises(PaymentInProgress):
        orders.accept(order_id, by=MERCHANT)
    assert gateway.calls == ["find"]
    shop.clock.advance(days=2, minutes=5)
    audit(shop)
    assert shop.get(order_id).status is OrderStatus.ACCEPTED


def test_a_clock_that_jumps_forward_loses_no_charge_that_went_through(shop: Shop) -> None:
    order_id = unknown_charge(shop, effect=True)
    shop.clock.advance(days=400)
    shop.orders.run_due()
    assert shop.get(order_id).status is OrderStatus.ACCEPTED
    audit(shop)
