"""What each event tells, to the letter: hosts read it by these keys. And what each attempt keeps of how it ended."""

from __future__ import annotations

import contextlib

import pytest

from faults.faulty import Answering
from faults.money import absent_charge, attempt, late_approval, review_of_a_charge
from orderflow import (
    Card,
    Declined,
    EventKind,
    Fulfillment,
    IdempotencyConflict,
    Money,
    Order,
    OrderflowError,
    Pending,
)
from shops import CUSTOMER, MERCHANT, OPERATOR, Shop, data_of

REFUSED = "The card was declined."


def due(order: Order) -> str:
    assert order.payment_due_at is not None
    return order.payment_due_at.isoformat()


def test_a_paid_and_sent_order_tells_of_its_money(sync_shop: Shop) -> None:
    order = sync_shop.order_in("completed")
    assert data_of(order, "submitted") == {"total": "120.00 USD"}
    assert data_of(order, "card_verified") == {"amount": "1.00 USD", "transaction_id": "auth_1"}
    assert data_of(order, "verification_voided") == {"amount": "1.00 USD", "transaction_id": "auth_1"}
    assert data_of(order, "accepted") == {"amount": "120.00 USD", "number": "1", "transaction_id": "charge_3"}
    assert data_of(order, "completed") == {
        "method": "shipped",
        "carrier": "DHL",
        "tracking_number": "JD014600003828392837",
    }


@pytest.mark.parametrize(
    ("fulfillment", "told"),
    [
        (Fulfillment.digital(url="https://a.example/v"), {"method": "digital", "url": "https://a.example/v"}),
        (Fulfillment.handed_over(note="at the fair"), {"method": "handed_over", "note": "at the fair"}),
    ],
    ids=["digital", "handed over"],
)
def test_a_completed_order_tells_how_it_was_sent(
    sync_shop: Shop, fulfillment: Fulfillment, told: dict[str, str]
) -> None:
    order_id = sync_shop.order_in("accepted").id
    sync_shop.orders.complete(order_id, by=MERCHANT, fulfillment=fulfillment)
    assert data_of(sync_shop.get(order_id), "completed") == told


def test_a_refused_card_is_told_with_its_code(sync_shop: Shop) -> None:
    with contextlib.suppress(OrderflowError):
        sync_shop.submit(token="tok_decline_lost_card", order_id="o-1")
    assert data_of(sync_shop.get("o-1"), "card_refused") == {
        "amount": "1.00 USD",
        "code": "lost_card",
        "message": REFUSED,
    }


def test_a_declined_charge_tells_until_when_to_pay(sync_shop: Shop) -> None:
    order = sync_shop.order_in("pending_payment")
    told = {
        "amount": "120.00 USD",
        "number": "1",
        "code": "insufficient_funds",
        "message": REFUSED,
        "payment_due_at": due(order),
    }
    assert data_of(order, "payment_declined") == told
    sync_shop.gateway.decline_next("charge", "expired_card")
    sync_shop.orders.retry_payment(order.id, by=CUSTOMER)
    again = data_of(sync_shop.get(order.id), "payment_declined")
    assert again == {**told, "number": "2", "code": "expired_card"}


def test_an_expired_order_tells_when_its_time_was_over(sync_shop: Shop) -> None:
    order = sync_shop.order_in("pending_payment")
    sync_shop.clock.advance(days=6)
    sync_shop.orders.run_due()
    sync_shop.clock.advance(days=1)
    sync_shop.orders.run_due()
    after = sync_shop.get(order.id)
    assert data_of(after, "payment_reminder") == {"payment_due_at": due(order), "before": "86400.0"}
    assert data_of(after, "expired") == {"payment_due_at": due(order)}


@pytest.mark.parametrize("status", ["declined", "canceled"])
def test_who_closes_an_order_may_say_why(sync_shop: Shop, status: str) -> None:
    command, by = ("decline", MERCHANT) if status == "declined" else ("cancel", CUSTOMER)
    for reason, told in (("fully booked", {"reason": "fully booked"}), ("", {})):
        order_id = sync_shop.submit().id
        getattr(sync_shop.orders, command)(order_id, by=by, reason=reason)
        assert data_of(sync_shop.get(order_id), status) == told


def test_a_refund_tells_what_it_gives_back(sync_shop: Shop) -> None:
    order_id = sync_shop.order_in("accepted").id
    sync_shop.orders.refund(order_id, by=MERCHANT, amount=Money("20", "USD"), reason="late")
    sync_shop.gateway.decline_next("refund", "too_late")
    sync_shop.orders.refund(order_id, by=MERCHANT)
    order = sync_shop.get(order_id)
    begun = [event.data for event in order.timeline if event.kind is EventKind.REFUND_BEGUN]
    assert begun == [
        {"amount": "20.00 USD", "number": "1", "reason": "late"},
        {"amount": "100.00 USD", "number": "2"},
    ]
    assert data_of(order, "refunded") == {
        "amount": "20.00 USD",
        "number": "1",
        "transaction_id": "refund_4",
        "target": "charge_3",
    }
    assert data_of(order, "refund_declined") == {
        "amount": "100.00 USD",
        "number": "2",
        "code": "too_late",
        "message": REFUSED,
        "target": "charge_3",
    }


def test_an_absent_payment_tells_which(sync_shop: Shop) -> None:
    order = sync_shop.get(absent_charge(sync_shop))
    assert data_of(order, "payment_absent") == {"purpose": "charge", "number": "1", "amount": "120.00 USD"}


def test_a_review_tells_which_payment_and_what_was_found(sync_shop: Shop) -> None:
    charge = review_of_a_charge(sync_shop)
    which = {"purpose": "charge", "number": "1", "amount": "120.00 USD"}
    assert data_of(sync_shop.get(charge.order_id), "payment_unclear") == which
    sync_shop.orders.resolve_payment(
        charge.order_id, by=OPERATOR, key=charge.key, outcome=None, evidence="not on the statement"
    )
    resolved = data_of(sync_shop.get(charge.order_id), "payment_resolved")
    assert resolved == {**which, "outcome": "absent", "evidence": "not on the statement"}


def test_a_surplus_tells_what_came_too_late(sync_shop: Shop) -> None:
    order_id = absent_charge(sync_shop)
    sync_shop.orders.cancel(order_id, by=CUSTOMER)
    late = late_approval(sync_shop, order_id)
    sync_shop.orders.check_payment(order_id, late.key)
    order = sync_shop.get(order_id)
    assert data_of(order, "surplus_charge") == {"amount": "120.00 USD", "number": "1", "transaction_id": "charge_3"}


def test_an_attempt_keeps_when_it_was_concluded_whatever_came_of_it(sync_shop: Shop) -> None:
    began = sync_shop.clock.now()
    absent = attempt(sync_shop, absent_charge(sync_shop), "charge")
    declined = attempt(sync_shop, sync_shop.order_in("pending_payment").id, "charge")
    approved = attempt(sync_shop, sync_shop.order_in("accepted").id, "charge")
    sync_shop.gateway.not_send_next("verification")
    with contextlib.suppress(OrderflowError):
        sync_shop.submit(order_id="o-9")
    unverified = attempt(sync_shop, "o-9", "verification")
    assert [one.concluded_at for one in (absent, declined, approved, unverified)] == [began] * 4
    sync_shop.gateway.time_out_next("charge", effect=False)
    still_open = sync_shop.orders.accept(sync_shop.submit().id, by=MERCHANT)
    assert attempt(sync_shop, still_open.id, "charge").concluded_at is None


def test_a_declined_attempt_keeps_the_gateways_transaction(sync_shop: Shop) -> None:
    order_id = sync_shop.submit().id
    declining = Answering(sync_shop.gateway, charge=Declined("do_not_honor", "No.", "txn-7"))
    sync_shop.service(payments=declining).accept(order_id, by=MERCHANT)
    kept = attempt(sync_shop, order_id, "charge")
    assert (kept.transaction_id, kept.code, kept.message) == ("txn-7", "do_not_honor", "No.")


def test_a_pending_attempt_keeps_the_gateways_transaction_and_address(sync_shop: Shop) -> None:
    order_id = sync_shop.submit().id
    pending = Answering(sync_shop.gateway, charge=Pending("txn-8", "https://pay.example/3ds"))
    sync_shop.service(payments=pending).accept(order_id, by=MERCHANT)
    kept = attempt(sync_shop, order_id, "charge")
    assert (kept.state, kept.transaction_id, kept.action_url) == ("open", "txn-8", "https://pay.example/3ds")


def test_a_command_under_its_key_with_another_argument_is_a_conflict(sync_shop: Shop) -> None:
    """Each argument counts; a card counts by what is printed on it, and not by its token."""
    one = Card("tok_a", "visa", "4242", exp_month=12, exp_year=2031)
    others = [
        Card("tok_a", "amex", "4242", exp_month=12, exp_year=2031),
        Card("tok_a", "visa", "1111", exp_month=12, exp_year=2031),
        Card("tok_a", "visa", "4242", exp_month=11, exp_year=2031),
        Card("tok_a", "visa", "4242", exp_month=12, exp_year=2032),
    ]
    order_id = sync_shop.order_in("pending_payment").id
    sync_shop.orders.retry_payment(order_id, by=CUSTOMER, card=one, idempotency_key="k")
    for other in others:
        with pytest.raises(IdempotencyConflict):
            sync_shop.orders.retry_payment(order_id, by=CUSTOMER, card=other, idempotency_key="k")


def test_a_refund_under_its_key_with_another_amount_is_a_conflict(sync_shop: Shop) -> None:
    order_id = sync_shop.order_in("accepted").id
    sync_shop.orders.refund(order_id, by=MERCHANT, amount=Money("20", "USD"), idempotency_key="k")
    for other in (Money("20.01", "USD"), None):
        with pytest.raises(IdempotencyConflict):
            sync_shop.orders.refund(order_id, by=MERCHANT, amount=other, idempotency_key="k")
    assert str(sync_shop.get(order_id).refunded) == "20.00 USD"


def test_the_smallest_unit_can_be_refunded(sync_shop: Shop) -> None:
    order_id = sync_shop.order_in("accepted").id
    sync_shop.orders.refund(order_id, by=MERCHANT, amount=Money("0.01", "USD"))
    assert str(sync_shop.get(order_id).refunded) == "0.01 USD"


def test_the_sweep_counts_all_that_it_did(sync_shop: Shop) -> None:
    for _ in range(2):
        sync_shop.gateway.time_out_next("void", effect=False)
        sync_shop.submit()
        order_id = sync_shop.order_in("accepted").id
        sync_shop.gateway.time_out_next("refund", effect=True)
        sync_shop.orders.refund(order_id, by=MERCHANT)
        sync_shop.gateway.time_out_next("charge", effect=True)
        sync_shop.orders.accept(sync_shop.submit().id, by=MERCHANT)
        sync_shop.order_in("pending_payment")
    sync_shop.clock.advance(days=6)
    report = sync_shop.orders.run_due()
    assert (report.voided, report.refunded, report.concluded, report.reminded, report.expired) == (2, 2, 2, 2, 0)
    sync_shop.clock.advance(days=1)
    assert sync_shop.orders.run_due().expired == 2
    for _ in range(2):
        sync_shop.gateway.time_out_next("charge", effect=False)
        sync_shop.orders.accept(sync_shop.submit().id, by=MERCHANT)
    sync_shop.gateway.conclusive_lookup = False
    sync_shop.clock.advance(days=2)
    assert sync_shop.orders.run_due().needs_review == 2
