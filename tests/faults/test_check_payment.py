"""`check_payment`, and payments that the customer has to finish elsewhere."""

from __future__ import annotations

import pytest

from faults.books import audit
from faults.faulty import Conflict, Faulty, another, before, meanwhile, once_done
from faults.money import attempt, states, unknown_charge, unknown_verification
from orderflow import OrderNotFound, OrderStatus, PaymentInProgress, ValidationError
from shops import CUSTOMER, MERCHANT, OPERATOR, Shop, kinds

BANK = "https://bank.example/3ds/1"


def pending_charge(shop: Shop) -> str:
    order_id = shop.submit().id
    shop.gateway.pend_next("charge", BANK)
    order = shop.orders.accept(order_id, by=MERCHANT)
    assert (order.status, order.payment_in_progress) == (OrderStatus.RECEIVED, True)
    assert order.attempts[-1].action_url == BANK
    return order_id


def test_the_customer_sees_where_to_finish_a_pending_charge(shop: Shop) -> None:
    order_id = pending_charge(shop)
    assert shop.orders.get(order_id, by=CUSTOMER).attempts[-1].action_url == BANK


@pytest.mark.parametrize(("declined", "status"), [(None, "accepted"), ("3ds_failed", "pending_payment")])
@pytest.mark.parametrize("way", ["check", "check by key", "sweep", "command"])
def test_a_pending_charge_is_finished_later(shop: Shop, declined: str | None, status: str, way: str) -> None:
    order_id = pending_charge(shop)
    key = attempt(shop, order_id, "charge").key
    shop.gateway.finish(key, declined)
    match way:
        case "check":
            shop.orders.check_payment(order_id)
        case "check by key":
            shop.orders.check_payment(order_id, key)
        case "sweep":
            shop.clock.advance(minutes=2)
            assert shop.orders.run_due().concluded == 1
        case _:
            shop.orders.add_note(order_id, by=MERCHANT, text="is it paid?")
    assert shop.get(order_id).status == status
    assert ("customer", "email", status if status == "accepted" else "payment_declined") in shop.told(order_id)
    audit(shop)


@pytest.mark.parametrize(("declined", "status"), [(None, "received"), ("3ds_failed", "declined")])
def test_a_pending_verification_is_finished_later(shop: Shop, declined: str | None, status: str) -> None:
    shop.gateway.pend_next("verification", BANK)
    order_id = shop.submit().id
    assert shop.get(order_id).attempts[0].action_url == BANK
    shop.gateway.finish(attempt(shop, order_id, "verification").key, declined)
    order = shop.orders.check_payment(order_id)
    assert (order.status, order.verified) == (status, declined is None)
    audit(shop)


def test_a_pending_charge_never_ages_out(shop: Shop) -> None:
    order_id = pending_charge(shop)
    gateway = Faulty(shop.gateway)
    for _ in range(30):
        shop.clock.advance(days=1)
        shop.service(payments=gateway).run_due()
    assert set(gateway.calls) == {"find"}
    assert states(shop.get(order_id), "charge") == ["open"]
    shop.gateway.finish(attempt(shop, order_id, "charge").key)
    audit(shop)


def test_a_pending_refund_is_finished_later(shop: Shop) -> None:
    order_id = shop.order_in("accepted").id
    shop.gateway.pend_next("refund")
    assert shop.orders.refund(order_id, by=MERCHANT).refunded.is_zero
    shop.gateway.finish(attempt(shop, order_id, "refund").key)
    order = shop.orders.check_payment(order_id)
    assert order.refunded == order.total
    audit(shop)


def test_what_was_told_of_a_pending_charge_is_kept_over_a_note_that_came_between(shop: Shop) -> None:
    order_id = shop.submit().id
    shop.gateway.pend_next("charge", BANK)
    note = once_done("charge", lambda: another(shop).add_note(order_id, by=OPERATOR, text="3-D Secure"))
    order = shop.service(payments=Faulty(shop.gateway, note)).accept(order_id, by=MERCHANT)
    assert order.attempts[-1].action_url == BANK
    shop.gateway.finish(attempt(shop, order_id, "charge").key)
    audit(shop)


def test_what_was_told_of_a_pending_charge_is_nothing_once_it_is_finished(shop: Shop) -> None:
    order_id = shop.submit().id
    shop.gateway.pend_next("charge", BANK)

    def finish() -> None:
        shop.gateway.finish(attempt(shop, order_id, "charge").key)
        another(shop).check_payment(order_id)

    orders = shop.service(storage=Faulty(shop.storage, meanwhile("commit", finish, 2)))
    order = orders.accept(order_id, by=MERCHANT)
    assert (order.status, order.attempts[-1].action_url) == (OrderStatus.ACCEPTED, None)
    audit(shop)


def test_what_was_told_of_a_pending_charge_can_wait_if_others_keep_changing_the_order(shop: Shop) -> None:
    order_id = shop.submit().id
    shop.gateway.pend_next("charge", BANK)
    conflicts = (before("commit", call, raises=Conflict) for call in range(2, 20))
    order = shop.service(storage=Faulty(shop.storage, *conflicts)).accept(order_id, by=MERCHANT)
    assert order.payment_in_progress
    shop.clock.advance(minutes=2)
    shop.orders.run_due()
    assert shop.get(order_id).attempts[-1].action_url == BANK
    shop.gateway.finish(attempt(shop, order_id, "charge").key)
    audit(shop)


@pytest.mark.parametrize("days", [0, 0.01, 1, 30])
def test_check_payment_looks_and_never_sends(shop: Shop, days: float) -> None:
    order_id = unknown_charge(shop, effect=False)
    shop.clock.advance(days=days)
    gateway = Faulty(shop.gateway)
    shop.service(payments=gateway).check_payment(order_id)
    assert gateway.calls == ["find"]
    audit(shop)


def test_check_payment_sends_nothing_that_was_never_sent(shop: Shop) -> None:
    """A refund that is only owed, because the one before was refused its way to the gateway."""
    order_id = shop.order_in("canceled").id
    shop.gateway.decline_next("void", "try_later")
    other = shop.submit().id
    void = attempt(shop, other, "void", 2)
    assert void.first_sent_at is None
    gateway = Faulty(shop.gateway)
    shop.service(payments=gateway).check_payment(other, void.key)
    assert gateway.calls == []
    audit(shop)
    assert shop.get(order_id).status is OrderStatus.CANCELED


def test_check_payment_without_a_key_asks_about_all_that_is_unsettled_but_voids(shop: Shop) -> None:
    shop.gateway.time_out_next("void", effect=False)
    order_id = shop.submit().id
    shop.orders.accept(order_id, by=MERCHANT)
    shop.gateway.pend_next("refund")
    shop.orders.refund(order_id, by=MERCHANT)
    gateway = Faulty(shop.gateway)
    shop.service(payments=gateway).check_payment(order_id)
    assert gateway.calls == ["find"]
    shop.gateway.finish(attempt(shop, order_id, "refund").key)
    audit(shop)


def test_a_check_that_finds_nothing_new_commits_nothing(shop: Shop) -> None:
    order_id = pending_charge(shop)
    before_it = shop.get(order_id)
    storage = Faulty(shop.storage)
    order = shop.service(storage=storage).check_payment(order_id)
    assert order == before_it
    assert "commit" not in storage.calls
    shop.gateway.finish(attempt(shop, order_id, "charge").key)
    audit(shop)


def test_a_refused_commands_look_commits_nothing(shop: Shop) -> None:
    order_id = unknown_charge(shop, effect=False)
    storage = Faulty(shop.storage)
    with pytest.raises(PaymentInProgress):
        shop.service(storage=storage).accept(order_id, by=MERCHANT)
    assert "commit" not in storage.calls
    audit(shop)


def test_a_hint_about_an_unknown_order_or_payment_is_refused(shop: Shop) -> None:
    order_id = shop.submit().id
    with pytest.raises(OrderNotFound):
        shop.orders.check_payment("no-such-order")
    with pytest.raises(ValidationError):
        shop.orders.check_payment(order_id, "of1_another")


def test_a_hint_that_comes_twice_has_one_effect(shop: Shop) -> None:
    order_id = unknown_verification(shop, effect=True)
    for _ in range(2):
        order = shop.orders.check_payment(order_id)
    assert kinds(order) == ["submitted", "card_verified", "verification_voided"]
    audit(shop)
