"""Accept, step by step, when something goes wrong; and the commands that move no money."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from faults.books import audit
from faults.faulty import Answering, Conflict, Crash, Faulty, after, another, before, meanwhile, once_done
from faults.money import states, unknown_charge
from orderflow import (
    Approved,
    ConcurrentUpdate,
    InvalidTransition,
    OrderStatus,
    PaymentInProgress,
    PaymentUnavailable,
    StorageError,
)
from shops import CUSTOMER, MERCHANT, OPERATOR, Shop, card, kinds


def test_a_begin_that_fails_leaves_the_order_as_it_was_and_asks_no_gateway(shop: Shop) -> None:
    order = shop.order_in("received")
    gateway = Faulty(shop.gateway)
    orders = shop.service(storage=Faulty(shop.storage, before("commit", ever=True)), payments=gateway)
    with pytest.raises(StorageError):
        orders.accept(order.id, by=MERCHANT)
    assert shop.get(order.id) == order
    assert gateway.calls == []


def test_a_begin_whose_acknowledgement_is_lost_charges_once(shop: Shop) -> None:
    order_id = shop.submit().id
    order = shop.service(storage=Faulty(shop.storage, after("commit"))).accept(order_id, by=MERCHANT)
    assert order.status is OrderStatus.ACCEPTED
    audit(shop)


def test_a_begin_whose_acknowledgement_is_lost_and_that_others_built_on_charges_once(shop: Shop) -> None:
    """The conflict of the second try is its own first try and a note on top of it."""
    order_id = shop.submit().id
    storage = Faulty(
        shop.storage,
        after("commit"),
        meanwhile("commit", lambda: another(shop).add_note(order_id, by=MERCHANT, text="soon"), 2),
    )
    order = shop.service(storage=storage).accept(order_id, by=MERCHANT)
    assert order.status is OrderStatus.ACCEPTED
    assert kinds(order)[-2:] == ["note_added", "accepted"]
    audit(shop)


def test_a_begin_that_was_overtaken_after_it_failed_is_planned_anew(shop: Shop) -> None:
    order_id = shop.submit().id
    storage = Faulty(
        shop.storage,
        before("commit"),
        meanwhile("commit", lambda: another(shop).cancel(order_id, by=CUSTOMER), 2),
    )
    gateway = Faulty(shop.gateway)
    with pytest.raises(InvalidTransition):
        shop.service(storage=storage, payments=gateway).accept(order_id, by=MERCHANT)
    assert gateway.calls == []
    audit(shop)


def test_a_begin_that_failed_is_not_taken_for_another_ones_begin(shop: Shop) -> None:
    """One sender at a time: whose begin did not land sends nothing, even if another's looks the same."""
    order_id = shop.submit().id
    gateway = Faulty(shop.gateway)

    def accept_elsewhere() -> None:
        other = another(shop)
        shop.gateway.time_out_next("charge", effect=False)
        other.accept(order_id, by=MERCHANT)

    storage = Faulty(shop.storage, before("commit"), meanwhile("commit", accept_elsewhere, 2))
    with pytest.raises(PaymentInProgress):
        shop.service(storage=storage, payments=gateway).accept(order_id, by=MERCHANT)
    assert "charge" not in gateway.calls
    audit(shop)


@pytest.mark.parametrize("moment", [before, after])
def test_a_crash_around_the_charge_is_finished_by_the_sweep(shop: Shop, moment: Callable[..., Any]) -> None:
    order_id = shop.submit().id
    with pytest.raises(Crash):
        shop.service(payments=Faulty(shop.gateway, moment("charge", raises=Crash))).accept(order_id, by=MERCHANT)
    order = shop.get(order_id)
    assert (order.status, order.payment_in_progress) == (OrderStatus.RECEIVED, True)
    audit(shop)
    assert shop.get(order_id).status is OrderStatus.ACCEPTED
    assert shop.purposes().count("charge") == 1


@pytest.mark.parametrize("effect", [True, False])
def test_while_the_charge_is_unknown_no_command_moves_the_order(shop: Shop, effect: bool) -> None:
    order_id = unknown_charge(shop, effect=effect)
    shop.gateway.down = True
    state = shop.get(order_id)
    for command, by in (("accept", MERCHANT), ("decline", MERCHANT), ("cancel", CUSTOMER)):
        with pytest.raises(PaymentInProgress):
            getattr(shop.orders, command)(order_id, by=by)
    assert shop.get(order_id) == state
    shop.gateway.down = False
    audit(shop)
    assert shop.get(order_id).status is OrderStatus.ACCEPTED


def test_a_command_concludes_a_charge_that_went_through_unseen_before_it_decides(shop: Shop) -> None:
    order_id = unknown_charge(shop, effect=True)
    with pytest.raises(InvalidTransition) as refused:
        shop.orders.cancel(order_id, by=CUSTOMER)
    assert refused.value.status is OrderStatus.ACCEPTED
    assert ("customer", "email", "accepted") in shop.told(order_id)
    audit(shop)


def test_an_unparsable_answer_is_no_decline(shop: Shop) -> None:
    order_id = shop.submit().id
    for answer in (None, "declined", {"status": "declined"}, False):
        orders = shop.service(payments=Answering(shop.gateway, charge=answer))
        if answer is None:
            assert orders.accept(order_id, by=MERCHANT).payment_in_progress
        else:
            shop.clock.advance(minutes=3)
            orders.run_due()
        order = shop.get(order_id)
        assert (order.status, order.payment_in_progress) == (OrderStatus.RECEIVED, True)
    audit(shop)
    assert shop.get(order_id).status is OrderStatus.ACCEPTED


@pytest.mark.parametrize("answer", ["approved", 0])
def test_an_unparsable_look_up_is_no_absence(shop: Shop, answer: object) -> None:
    order_id = unknown_charge(shop, effect=True)
    shop.clock.advance(days=3)
    shop.service(payments=Answering(shop.gateway, find=answer)).run_due()
    assert states(shop.get(order_id), "charge") == ["open"]
    audit(shop)


def test_a_conclusion_that_fails_is_found_by_whoever_repeats_the_command(shop: Shop) -> None:
    order_id = shop.submit().id
    orders = shop.service(storage=Faulty(shop.storage, *(before("commit", call) for call in (2, 3, 4))))
    with pytest.raises(StorageError):
        orders.accept(order_id, by=MERCHANT, idempotency_key="once")
    order = shop.orders.accept(order_id, by=MERCHANT, idempotency_key="once")
    assert order.status is OrderStatus.ACCEPTED
    assert shop.purposes().count("charge") == 1
    audit(shop)


def test_a_note_that_lands_while_the_charge_is_open_makes_no_second_charge(shop: Shop) -> None:
    order_id = shop.submit().id
    note = once_done("charge", lambda: another(shop).add_note(order_id, by=OPERATOR, text="seen"))
    gateway = Faulty(shop.gateway, note)
    order = shop.service(payments=gateway).accept(order_id, by=MERCHANT)
    assert order.status is OrderStatus.ACCEPTED
    assert gateway.calls == ["charge"]
    assert len(order.notes) == 1
    audit(shop)


def test_a_conclusion_that_always_conflicts_is_left_to_the_sweep(shop: Shop) -> None:
    order_id = shop.submit().id
    conflicts = (before("commit", call, raises=Conflict) for call in range(2, 12))
    gateway = Faulty(shop.gateway)
    orders = shop.service(storage=Faulty(shop.storage, *conflicts), payments=gateway)
    order = orders.accept(order_id, by=MERCHANT)
    assert order.payment_in_progress
    assert gateway.calls == ["charge"]
    audit(shop)
    assert shop.get(order_id).status is OrderStatus.ACCEPTED


def test_a_command_that_always_conflicts_gives_up_and_has_done_nothing(shop: Shop) -> None:
    order = shop.order_in("received")
    gateway = Faulty(shop.gateway)
    orders = shop.service(storage=Faulty(shop.storage, before("commit", raises=Conflict, ever=True)), payments=gateway)
    with pytest.raises(ConcurrentUpdate):
        orders.accept(order.id, by=MERCHANT)
    assert shop.get(order.id) == order
    assert gateway.calls == []


def test_a_charge_that_was_not_sent_is_no_charge_and_can_be_begun_anew(shop: Shop) -> None:
    order_id = shop.submit().id
    shop.gateway.not_send_next("charge")
    with pytest.raises(PaymentUnavailable):
        shop.orders.accept(order_id, by=MERCHANT, idempotency_key="once")
    order = shop.get(order_id)
    assert (order.status, order.payment_in_progress) == (OrderStatus.RECEIVED, False)
    assert [one for one in shop.told(order_id) if one[2] == "payment_absent"] == [
        ("merchant", "email", "payment_absent"),
        ("merchant", "in_app", "payment_absent"),
    ]
    order = shop.orders.accept(order_id, by=MERCHANT, idempotency_key="once")
    assert states(order, "charge") == ["absent", "approved"]
    audit(shop)


def test_not_sent_is_not_said_of_a_charge_that_another_has_sent_since(shop: Shop) -> None:
    """The first sender stood still for so long that another sent the attempt, and it was approved."""
    order_id = shop.submit().id

    def send_elsewhere() -> None:
        shop.clock.advance(minutes=3)
        another(shop).run_due()

    shop.gateway.not_send_next("charge")
    gateway = Faulty(shop.gateway, once_done("charge", send_elsewhere))
    order = shop.service(payments=gateway).accept(order_id, by=MERCHANT)
    assert order.status is OrderStatus.ACCEPTED
    audit(shop)


def test_a_sender_that_stood_still_since_its_claim_sends_nothing(shop: Shop) -> None:
    order_id = shop.submit().id
    storage = Faulty(shop.storage, once_done("commit", lambda: shop.clock.advance(minutes=1, microseconds=1)))
    gateway = Faulty(shop.gateway)
    order = shop.service(storage=storage, payments=gateway).accept(order_id, by=MERCHANT)
    assert order.payment_in_progress
    assert gateway.calls == []
    audit(shop)
    assert shop.get(order_id).status is OrderStatus.ACCEPTED


def test_the_orders_card_is_what_the_gateway_made_of_it(shop: Shop) -> None:
    """A one-time token made reusable; found by a look-up, since the answer was lost."""
    order_id = shop.submit(token="tok_once").id
    reusable = card("tok_reusable")
    gateway = Answering(Faulty(shop.gateway, after("charge")), find=Approved("charge_3", card=reusable))
    assert shop.service(payments=gateway).accept(order_id, by=MERCHANT).payment_in_progress
    order = shop.service(payments=gateway).check_payment(order_id)
    assert (order.status, order.card) == (OrderStatus.ACCEPTED, reusable)
    assert order.attempts[-1].card.token == "tok_once"  # as it was sent
    audit(shop)
