"""Money that moved after all: the order takes it if it can, else it is refunded, and both sides are told."""

from __future__ import annotations

import pytest

from faults.books import audit, quiesce
from faults.faulty import Conflict, Crash, Faulty, after, before
from faults.money import absent_charge, attempt, late_approval, states, unknown_verification
from orderflow import Approved, Declined, Order, OrderStatus, PaymentUnavailable
from shops import CUSTOMER, MERCHANT, OPERATOR, Shop, data_of, kinds

LEAVE = {
    "canceled": lambda shop, order_id: shop.orders.cancel(order_id, by=CUSTOMER),
    "declined": lambda shop, order_id: shop.orders.decline(order_id, by=MERCHANT),
    "accepted": lambda shop, order_id: shop.orders.accept(order_id, by=MERCHANT),
}


def surplus(shop: Shop, status: str = "canceled") -> Order:
    """An order whose first charge went through after it was proven absent and the order had gone on."""
    order_id = absent_charge(shop)
    LEAVE[status](shop, order_id)
    late = late_approval(shop, order_id)
    order: Order = shop.orders.check_payment(order_id, late.key)
    return order


def test_an_order_that_can_still_take_it_is_accepted(shop: Shop) -> None:
    order_id = absent_charge(shop)
    late = late_approval(shop, order_id)
    order = shop.orders.check_payment(order_id, late.key)
    assert (order.status, states(order, "charge")) == (OrderStatus.ACCEPTED, ["approved"])
    audit(shop)


@pytest.mark.parametrize("status", LEAVE)
def test_an_order_that_can_not_take_it_gives_it_back(shop: Shop, status: str) -> None:
    order = surplus(shop, status)
    assert order.status == status
    assert states(order, "charge")[0] == "surplus"
    assert states(order, "refund") == ["approved"]
    assert order.refunded.is_zero  # what was given back is not of the charge that paid
    audit(shop)


def test_both_sides_are_told_of_the_surplus_and_of_its_refund(shop: Shop) -> None:
    order = surplus(shop)
    late = attempt(shop, order.id, "charge")
    assert data_of(order, "surplus_charge") == {
        "amount": "120.00 USD",
        "number": "1",
        "transaction_id": late.transaction_id,
    }
    assert data_of(order, "refunded")["target"] == late.transaction_id
    for kind in ("surplus_charge", "refunded"):
        assert {audience for audience, _, told in shop.told(order.id) if told == kind} == {"customer", "merchant"}
    audit(shop)


def test_a_surplus_while_a_later_charge_is_open_leaves_that_charge_alone(shop: Shop) -> None:
    order_id = absent_charge(shop)
    shop.gateway.pend_next("charge")
    shop.orders.accept(order_id, by=MERCHANT)
    late = late_approval(shop, order_id)
    order = shop.orders.check_payment(order_id, late.key)
    assert states(order, "charge") == ["surplus", "open"]
    shop.gateway.finish(attempt(shop, order_id, "charge", 2).key)
    audit(shop)
    assert shop.get(order_id).status is OrderStatus.ACCEPTED


def test_looking_again_at_a_surplus_changes_nothing(shop: Shop) -> None:
    order = surplus(shop)
    again = shop.orders.check_payment(order.id, attempt(shop, order.id, "charge").key)
    assert again == shop.get(order.id)
    assert again.version == order.version
    audit(shop)


def test_a_surplus_refund_that_is_refused_needs_a_person(shop: Shop) -> None:
    shop.gateway.decline_next("refund", "charge_too_old")
    order = surplus(shop)
    assert (states(order, "refund"), order.needs_review) == (["review"], True)
    assert {audience for audience, _, kind in shop.told(order.id) if kind == "refund_declined"} == {"merchant"}
    gateway = Faulty(shop.gateway)
    for _ in range(5):
        shop.clock.advance(days=1)
        shop.service(payments=gateway).run_due()
    assert gateway.calls == []


def test_a_refusal_heard_again_of_a_surplus_refund_tells_nothing_new(shop: Shop) -> None:
    shop.gateway.decline_next("refund", "charge_too_old")
    order = surplus(shop)
    assert shop.orders.check_payment(order.id).version == order.version
    assert kinds(shop.get(order.id)).count("refund_declined") == 1


def test_a_person_who_says_that_a_surplus_refund_was_refused_for_good_ends_it(shop: Shop) -> None:
    """What they do about it is theirs: the merchant is told to give the money back in another way."""
    shop.gateway.decline_next("refund", "charge_too_old")
    order = surplus(shop)
    refund = attempt(shop, order.id, "refund")
    order = shop.orders.resolve_payment(
        order.id, by=OPERATOR, key=refund.key, outcome=Declined("too_old"), evidence="by phone"
    )
    assert (states(order, "refund"), order.needs_review) == (["declined"], False)
    quiesce(shop)
    assert "refund" not in shop.purposes()


def test_an_unclear_surplus_refund_that_turns_out_refused_stays_in_review(shop: Shop) -> None:
    shop.gateway.conclusive_lookup = False
    shop.gateway.time_out_next("refund", effect=False)
    order = surplus(shop)
    shop.clock.advance(days=2)
    shop.orders.run_due()
    refund = attempt(shop, order.id, "refund")
    assert refund.state == "review"
    shop.gateway.decline_next("refund", "charge_too_old")
    shop.gateway.refund(refund)  # the gateway gets to it at last, and refuses
    order = shop.orders.check_payment(order.id)
    assert (states(order, "refund"), order.needs_review) == (["review"], True)
    assert kinds(order)[-1] == "refund_declined"


def test_a_person_who_says_that_a_refused_surplus_refund_never_happened_has_it_begun_anew(shop: Shop) -> None:
    shop.gateway.decline_next("refund", "charge_too_old")
    order = surplus(shop)
    refund = attempt(shop, order.id, "refund")
    order = shop.orders.resolve_payment(order.id, by=OPERATOR, key=refund.key, outcome=None, evidence="by phone")
    assert states(order, "refund") == ["absent", "open"]
    audit(shop)
    assert states(shop.get(order.id), "refund")[-1] == "approved"


def test_a_person_who_gave_a_surplus_back_another_way_ends_it(shop: Shop) -> None:
    shop.gateway.decline_next("refund", "charge_too_old")
    order = surplus(shop)
    refund = attempt(shop, order.id, "refund")
    order = shop.orders.resolve_payment(
        order.id, by=OPERATOR, key=refund.key, outcome=Approved("wire-7"), evidence="sent by wire"
    )
    assert (states(order, "refund"), order.needs_review) == (["approved"], False)
    assert data_of(shop.get(order.id), "refunded")["transaction_id"] == "wire-7"


def test_a_surplus_refund_that_was_not_sent_is_begun_anew_under_the_next_number(shop: Shop) -> None:
    shop.gateway.not_send_next("refund")
    shop.gateway.not_send_next("refund")
    order = surplus(shop)
    assert states(order, "refund") == ["absent", "open"]
    audit(shop)
    assert states(shop.get(order.id), "refund") == ["absent", "absent", "approved"]


def test_a_surplus_refund_proven_absent_is_begun_anew(shop: Shop) -> None:
    shop.gateway.time_out_next("refund", effect=False)
    order = surplus(shop)
    shop.clock.advance(days=2)
    assert shop.orders.run_due().refunded == 0
    assert states(shop.get(order.id), "refund") == ["absent", "open"]
    audit(shop)
    assert states(shop.get(order.id), "refund") == ["absent", "approved"]


@pytest.mark.parametrize("effect", [True, False])
def test_a_surplus_refund_that_is_unknown_is_finished_by_the_sweep(shop: Shop, effect: bool) -> None:
    shop.gateway.time_out_next("refund", effect)
    order = surplus(shop)
    shop.clock.advance(minutes=2)
    assert shop.orders.run_due().refunded == 1
    assert states(shop.get(order.id), "refund") == ["approved"]
    audit(shop)


def test_a_surplus_refund_approved_after_it_was_proven_absent_is_not_made_twice(shop: Shop) -> None:
    """The one that was begun in its place was not sent yet, and is not needed any more."""
    shop.gateway.not_send_next("refund")
    order = surplus(shop)
    late = late_approval(shop, order.id, "refund")
    order = shop.orders.check_payment(order.id, late.key)
    assert states(order, "refund") == ["approved", "absent"]
    quiesce(shop)
    assert not shop.get(order.id).needs_review
    assert sum(entry.purpose == "refund" for entry in shop.gateway.ledger) == 1


@pytest.mark.parametrize("moment", [before, after])
def test_a_crash_around_the_surplus_refund_is_finished_by_the_sweep(shop: Shop, moment: object) -> None:
    order_id = absent_charge(shop)
    shop.orders.cancel(order_id, by=CUSTOMER)
    late = late_approval(shop, order_id)
    orders = shop.service(payments=Faulty(shop.gateway, moment("refund", raises=Crash)))  # type: ignore[operator]
    with pytest.raises(Crash):
        orders.check_payment(order_id, late.key)
    audit(shop)
    assert states(shop.get(order_id), "refund") == ["approved"]


def test_an_approval_that_always_conflicts_is_not_lost(shop: Shop) -> None:
    order_id = absent_charge(shop)
    late = late_approval(shop, order_id)
    conflicting = Faulty(shop.storage, before("commit", raises=Conflict, ever=True))
    shop.service(storage=conflicting).check_payment(order_id, late.key)
    assert shop.get(order_id).status is OrderStatus.RECEIVED
    assert shop.orders.check_payment(order_id, late.key).status is OrderStatus.ACCEPTED
    audit(shop)


def test_a_late_verification_is_voided_and_its_order_stays_declined(shop: Shop) -> None:
    order_id = unknown_verification(shop, effect=False)
    shop.clock.advance(days=2)
    shop.orders.run_due()
    late = late_approval(shop, order_id, "verification")
    order = shop.orders.check_payment(order_id, late.key)
    assert (order.status, order.verified) == (OrderStatus.DECLINED, False)
    assert shop.purposes() == ["verification", "void"]
    assert kinds(order) == ["submitted", "payment_absent", "verification_voided"]
    assert {audience for audience, _, _ in shop.told(order_id)} == {"customer"}
    audit(shop)


def test_a_verification_approved_after_it_was_not_sent_is_voided(shop: Shop) -> None:
    shop.gateway.not_send_next("verification")
    with pytest.raises(PaymentUnavailable) as unavailable:
        shop.submit()
    late = late_approval(shop, unavailable.value.order_id, "verification")
    shop.orders.check_payment(late.order_id, late.key)
    audit(shop)
    assert shop.purposes() == ["verification", "void"]


def test_a_late_approval_is_surplus_while_a_later_charge_is_in_review(shop: Shop) -> None:
    """The later one may have gone through, too: the order keeps one of them at most."""
    order_id = absent_charge(shop)
    shop.gateway.time_out_next("charge", effect=False)
    shop.orders.accept(order_id, by=MERCHANT)
    shop.gateway.conclusive_lookup = False
    shop.clock.advance(days=2)
    shop.orders.run_due()
    late = late_approval(shop, order_id)
    order = shop.orders.check_payment(order_id, late.key)
    assert (order.status, states(order, "charge")) == (OrderStatus.RECEIVED, ["surplus", "review"])
    assert states(order, "refund") == ["approved"]
