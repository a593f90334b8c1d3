"""Payments of which nobody knows: told once, never sent again, looked up still, and ended by a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from faults.books import audit
from faults.faulty import Faulty, before
from faults.money import (
    attempt,
    late_approval,
    review_of_a_charge,
    review_of_a_refund,
    review_of_a_verification,
    states,
    unknown_charge,
)
from orderflow import (
    Approved,
    CardDeclined,
    Declined,
    NotPermitted,
    OrderNotFound,
    OrderStatus,
    PaymentAttempt,
    PaymentInProgress,
    PaymentUnavailable,
    ValidationError,
)
from shops import ANA, CUSTOMER, MERCHANT, OPERATOR, OTHER_MERCHANT, STORE, VIDEO, Shop, card, data_of, kinds

EVIDENCE = "the processor's report of 7 May"
IN_REVIEW: dict[str, Callable[[Shop], PaymentAttempt]] = {
    "verification": review_of_a_verification,
    "charge": review_of_a_charge,
    "refund": review_of_a_refund,
}


@pytest.mark.parametrize("purpose", IN_REVIEW)
def test_it_is_written_once_and_nothing_more_is_sent(shop: Shop, purpose: str) -> None:
    unclear = IN_REVIEW[purpose](shop)
    gateway = Faulty(shop.gateway)
    orders = shop.service(payments=gateway)
    for _ in range(20):
        shop.clock.advance(days=1)
        assert orders.run_due().needs_review == 0
    assert gateway.calls == []
    order = shop.get(unclear.order_id)
    assert kinds(order).count("payment_unclear") == 1
    assert (order.needs_review, states(order, purpose)) == (True, ["review"])
    assert order.payment_in_progress is (purpose != "refund")
    audit(shop)


def test_the_sweep_leaves_it_to_people_while_it_works_on_the_void(shop: Shop) -> None:
    broken = Faulty(shop.gateway, before("void", ever=True))
    orders = shop.service(payments=broken)
    order = orders.submit(store_id=STORE, customer=ANA, items=[VIDEO], card=card())
    shop.gateway.time_out_next("charge", effect=False)
    orders.accept(order.id, by=MERCHANT)
    shop.gateway.conclusive_lookup = False
    shop.clock.advance(days=2)
    assert orders.run_due().needs_review == 1
    shop.clock.advance(hours=2)
    broken.calls.clear()
    orders.run_due()
    assert broken.calls == ["find", "void"]
    audit(shop)


@pytest.mark.parametrize(
    ("purpose", "told"), [("verification", set()), ("charge", {"merchant"}), ("refund", {"merchant"})]
)
def test_the_merchant_is_told_but_of_an_order_that_was_never_announced(
    shop: Shop, purpose: str, told: set[str]
) -> None:
    unclear = IN_REVIEW[purpose](shop)
    audiences = {audience for audience, _, kind in shop.told(unclear.order_id) if kind == "payment_unclear"}
    assert audiences == told


def test_an_inconclusive_lookup_waits_for_the_grace_before_it_bothers_a_person(shop: Shop) -> None:
    shop.gateway.conclusive_lookup = False
    order_id = unknown_charge(shop, effect=False)
    shop.clock.advance(hours=23, minutes=57)
    shop.gateway.time_out_next("charge", effect=False)
    shop.orders.run_due()
    shop.clock.advance(minutes=10)
    assert states(shop.orders.check_payment(order_id), "charge") == ["open"]
    shop.clock.advance(microseconds=1)
    assert states(shop.orders.check_payment(order_id), "charge") == ["review"]


@pytest.mark.parametrize("purpose", ["verification", "charge"])
def test_what_is_in_review_holds_the_order(shop: Shop, purpose: str) -> None:
    unclear = IN_REVIEW[purpose](shop)
    for command, by in (("accept", MERCHANT), ("decline", MERCHANT), ("cancel", CUSTOMER)):
        with pytest.raises(PaymentInProgress):
            getattr(shop.orders, command)(unclear.order_id, by=by)
    shop.orders.add_note(unclear.order_id, by=OPERATOR, text="asked the processor")


@pytest.mark.parametrize("way", ["command", "check", "check by key"])
def test_it_is_still_looked_up_and_found(shop: Shop, way: str) -> None:
    unclear = review_of_a_charge(shop)
    late_approval(shop, unclear.order_id)
    match way:
        case "command":
            shop.orders.add_note(unclear.order_id, by=MERCHANT, text="paid?")
        case "check":
            shop.orders.check_payment(unclear.order_id)
        case _:
            shop.orders.check_payment(unclear.order_id, unclear.key)
    order = shop.get(unclear.order_id)
    assert (order.status, order.needs_review) == (OrderStatus.ACCEPTED, False)


def test_a_decline_found_in_review_counts(shop: Shop) -> None:
    unclear = review_of_a_charge(shop)
    shop.gateway.decline_next("charge", "do_not_honor")
    shop.gateway.charge(unclear)
    order = shop.orders.check_payment(unclear.order_id)
    assert (order.status, order.needs_review) == (OrderStatus.PENDING_PAYMENT, False)
    audit(shop)


def resolve(shop: Shop, unclear: PaymentAttempt, outcome: Approved | Declined | None) -> None:
    shop.gateway.down = True  # it tells nothing, so that a person must
    order = shop.orders.resolve_payment(
        unclear.order_id, by=OPERATOR, key=unclear.key, outcome=outcome, evidence=EVIDENCE
    )
    shop.gateway.down = False
    said = {Approved: "approved", Declined: "declined", type(None): "absent"}[type(outcome)]
    told = data_of(order, "payment_resolved")
    assert (told["purpose"], told["outcome"], told["evidence"]) == (unclear.purpose.value, said, EVIDENCE)
    assert not order.needs_review


def test_a_charge_resolved_as_approved_is_accepted(shop: Shop) -> None:
    unclear = review_of_a_charge(shop)
    approved = shop.gateway.charge(unclear)
    assert isinstance(approved, Approved)
    resolve(shop, unclear, approved)
    order = shop.get(unclear.order_id)
    assert (order.status, order.transaction_id) == (OrderStatus.ACCEPTED, approved.transaction_id)
    audit(shop)


def test_a_charge_resolved_as_declined_leaves_seven_days(shop: Shop) -> None:
    unclear = review_of_a_charge(shop)
    resolve(shop, unclear, Declined("lost_card"))
    order = shop.get(unclear.order_id)
    assert order.status is OrderStatus.PENDING_PAYMENT
    assert order.payment_due_at == shop.clock.now() + timedelta(days=7)
    assert ("customer", "email", "payment_declined") in shop.told(order.id)
    audit(shop)


def test_a_charge_resolved_as_absent_can_be_begun_anew(shop: Shop) -> None:
    unclear = review_of_a_charge(shop)
    resolve(shop, unclear, None)
    order = shop.orders.accept(unclear.order_id, by=MERCHANT)
    assert (order.status, states(order, "charge")) == (OrderStatus.ACCEPTED, ["absent", "approved"])
    audit(shop)


def test_a_verification_resolved_as_approved_announces_the_order_and_is_voided(shop: Shop) -> None:
    unclear = review_of_a_verification(shop)
    approved = shop.gateway.authorize(unclear)
    assert isinstance(approved, Approved)
    resolve(shop, unclear, approved)
    order = shop.get(unclear.order_id)
    assert (order.status, order.verified) == (OrderStatus.RECEIVED, True)
    assert states(order, "void") == ["open"]
    assert ("merchant", "webhook", "card_verified") in shop.told(order.id)
    audit(shop)


@pytest.mark.parametrize(
    ("outcome", "reason", "error"),
    [(Declined("lost_card"), "card_refused", CardDeclined), (None, "card_unverified", PaymentUnavailable)],
)
def test_a_verification_resolved_otherwise_closes_the_order(
    shop: Shop, outcome: Declined | None, reason: str, error: type[Exception]
) -> None:
    unclear = review_of_a_verification(shop)
    resolve(shop, unclear, outcome)
    order = shop.get(unclear.order_id)
    assert (order.status, order.reason, order.verified) == (OrderStatus.DECLINED, reason, False)
    assert {audience for audience, _, _ in shop.told(order.id)} == {"customer"}
    with pytest.raises(error):
        shop.orders.submit(store_id=STORE, customer=ANA, items=[VIDEO], card=card(), order_id=order.id)
    audit(shop)


def test_a_refund_resolved_as_approved_has_given_the_money_back(shop: Shop) -> None:
    unclear = review_of_a_refund(shop)
    approved = shop.gateway.refund(unclear)
    assert isinstance(approved, Approved)
    resolve(shop, unclear, approved)
    order = shop.get(unclear.order_id)
    assert order.refunded == order.total
    assert {audience for audience, _, kind in shop.told(order.id) if kind == "refunded"} == {"customer", "merchant"}
    audit(shop)


@pytest.mark.parametrize(("outcome", "kind"), [(Declined("closed"), "refund_declined"), (None, "payment_absent")])
def test_a_refund_resolved_otherwise_can_be_begun_anew(shop: Shop, outcome: Declined | None, kind: str) -> None:
    unclear = review_of_a_refund(shop)
    resolve(shop, unclear, outcome)
    assert {audience for audience, _, told in shop.told(unclear.order_id) if told == kind} == {"merchant"}
    order = shop.orders.refund(unclear.order_id, by=MERCHANT)
    assert order.refunded == order.total
    audit(shop)


def test_an_approval_that_comes_to_light_after_it_was_resolved_as_absent_counts(shop: Shop) -> None:
    unclear = review_of_a_charge(shop)
    resolve(shop, unclear, None)
    late_approval(shop, unclear.order_id)
    assert shop.orders.check_payment(unclear.order_id, unclear.key).status is OrderStatus.ACCEPTED
    audit(shop)


def test_resolving_twice_with_one_key_has_one_effect(shop: Shop) -> None:
    unclear = review_of_a_charge(shop)
    for _ in range(2):
        order = shop.orders.resolve_payment(
            unclear.order_id, by=OPERATOR, key=unclear.key, outcome=None, evidence=EVIDENCE, idempotency_key="once"
        )
    assert kinds(order).count("payment_resolved") == 1
    audit(shop)


def test_only_what_is_in_review_is_resolved_and_only_by_who_may(shop: Shop) -> None:
    unclear = review_of_a_charge(shop)
    void = attempt(shop, unclear.order_id, "void")
    state = shop.state()
    for by, key, error in (
        (OPERATOR, void.key, ValidationError),
        (OPERATOR, "of1_another", ValidationError),
        (CUSTOMER, unclear.key, NotPermitted),
        (OTHER_MERCHANT, unclear.key, OrderNotFound),
    ):
        with pytest.raises(error):
            shop.orders.resolve_payment(unclear.order_id, by=by, key=key, outcome=None, evidence=EVIDENCE)
    assert shop.state() == state


def test_the_customer_is_shown_no_evidence(shop: Shop) -> None:
    unclear = review_of_a_charge(shop)
    resolve(shop, unclear, None)
    shown = shop.orders.get(unclear.order_id, by=CUSTOMER)
    assert "evidence" not in data_of(shown, "payment_resolved")
