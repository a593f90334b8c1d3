"""Submit, step by step, when something goes wrong."""

from __future__ import annotations

import pytest

from faults.books import audit, quiesce
from faults.faulty import Answering, Crash, Faulty, after, another, before, meanwhile, once_done
from faults.money import unknown_verification
from orderflow import (
    CardDeclined,
    DuplicateOrder,
    NotSent,
    OrderNotFound,
    OrderQuery,
    OrderService,
    OrderStatus,
    PaymentInProgress,
    PaymentUnavailable,
    Policy,
    StorageError,
    ValidationError,
)
from shops import ANA, CUSTOMER, MERCHANT, OPERATOR, STORE, VIDEO, Shop, card, kinds

REQUEST = {"store_id": STORE, "customer": ANA, "items": [VIDEO], "card": card(), "order_id": "order-1"}


def test_a_begin_that_fails_leaves_nothing_and_asks_no_gateway(shop: Shop) -> None:
    gateway = Faulty(shop.gateway)
    orders = shop.service(storage=Faulty(shop.storage, before("commit", ever=True)), payments=gateway)
    with pytest.raises(StorageError):
        orders.submit(**REQUEST)
    with pytest.raises(OrderNotFound):
        shop.orders.get("order-1", by=OPERATOR)
    assert gateway.calls == []


def test_a_begin_whose_acknowledgement_is_lost_goes_on(shop: Shop) -> None:
    order = shop.service(storage=Faulty(shop.storage, after("commit"))).submit(**REQUEST)
    assert order.status is OrderStatus.RECEIVED
    assert shop.purposes() == ["verification", "void"]
    audit(shop)


def test_a_begin_that_only_seems_to_fail_is_told_as_unknown_and_finished_by_the_sweep(shop: Shop) -> None:
    orders = shop.service(storage=Faulty(shop.storage, after("commit", ever=True)))
    with pytest.raises(StorageError):
        orders.submit(**REQUEST)
    audit(shop)
    assert shop.get("order-1").verified


@pytest.mark.parametrize("moment", [before, after])
def test_a_crash_around_the_verification_is_finished_by_the_sweep(shop: Shop, moment: object) -> None:
    orders = shop.service(payments=Faulty(shop.gateway, moment("authorize", raises=Crash)))  # type: ignore[operator]
    with pytest.raises(Crash):
        orders.submit(**REQUEST)
    order = shop.get("order-1")
    assert (order.verified, order.payment_in_progress) == (False, True)
    audit(shop)
    order = shop.get("order-1")
    assert (order.status, order.verified) == (OrderStatus.RECEIVED, True)
    assert shop.purposes() == ["verification", "void"]


def test_while_the_verification_is_unknown_no_command_moves_the_order(shop: Shop) -> None:
    order_id = unknown_verification(shop, effect=False)
    for command, by in (("accept", MERCHANT), ("decline", MERCHANT), ("cancel", CUSTOMER)):
        with pytest.raises(PaymentInProgress):
            getattr(shop.orders, command)(order_id, by=by)
    audit(shop)
    assert shop.orders.accept(order_id, by=MERCHANT).status is OrderStatus.ACCEPTED


def test_a_command_concludes_a_verification_that_went_through_unseen(shop: Shop) -> None:
    order_id = unknown_verification(shop, effect=True)
    assert shop.orders.accept(order_id, by=MERCHANT).status is OrderStatus.ACCEPTED
    assert shop.purposes() == ["verification", "void", "charge"]
    audit(shop)


def test_an_unverified_order_is_not_listed_not_counted_and_not_told_of(shop: Shop) -> None:
    order_id = unknown_verification(shop, effect=False)
    assert shop.orders.find(OrderQuery(store_id=STORE), by=MERCHANT).rows == ()
    assert set(shop.orders.counts(store_id=STORE, by=MERCHANT).values()) == {0}
    assert shop.told(order_id) == []


def test_a_crash_after_the_verification_was_concluded_leaves_the_void_to_the_sweep(shop: Shop) -> None:
    orders = shop.service(payments=Faulty(shop.gateway, before("void", raises=Crash)))
    with pytest.raises(Crash):
        orders.submit(**REQUEST)
    order = shop.get("order-1")
    assert (order.verified, order.payment_in_progress) == (True, False)
    audit(shop)
    assert shop.purposes() == ["verification", "void"]


def test_a_conclusion_that_fails_is_told_as_unknown_and_found_under_the_same_order_id(shop: Shop) -> None:
    orders = shop.service(storage=Faulty(shop.storage, *(before("commit", call) for call in (2, 3, 4))))
    with pytest.raises(StorageError):
        orders.submit(**REQUEST)
    order = shop.orders.submit(**REQUEST)
    assert (order.status, order.verified) == (OrderStatus.RECEIVED, True)
    assert shop.purposes() == ["verification", "void"]
    audit(shop)


def test_a_conclusion_overtaken_by_the_sweep_is_not_written_twice(shop: Shop) -> None:
    def sweep() -> None:
        shop.clock.advance(minutes=3)
        another(shop).run_due()

    orders = shop.service(payments=Faulty(shop.gateway, once_done("authorize", sweep)))
    order = orders.submit(**REQUEST)
    assert kinds(order) == ["submitted", "card_verified", "verification_voided"]
    audit(shop)


def test_the_same_request_at_once_makes_one_order_and_one_verification(shop: Shop) -> None:
    storage = Faulty(shop.storage, meanwhile("commit", lambda: another(shop).submit(**REQUEST)))
    order = shop.service(storage=storage).submit(**REQUEST)
    assert order.status is OrderStatus.RECEIVED
    assert shop.purposes() == ["verification", "void"]
    audit(shop)


def test_another_request_under_the_same_id_at_once_is_a_duplicate(shop: Shop) -> None:
    other = {**REQUEST, "metadata": {"cart": "7"}}
    storage = Faulty(shop.storage, meanwhile("commit", lambda: another(shop).submit(**REQUEST)))
    gateway = Faulty(shop.gateway)
    with pytest.raises(DuplicateOrder):
        shop.service(storage=storage, payments=gateway).submit(**other)
    assert gateway.calls == []


def test_a_begin_that_failed_and_was_overtaken_by_another_request_is_a_duplicate(shop: Shop) -> None:
    """A conflict after an unknown outcome is not taken for one's own commit."""
    other = {**REQUEST, "metadata": {"cart": "7"}}
    storage = Faulty(shop.storage, before("commit"), meanwhile("commit", lambda: another(shop).submit(**REQUEST), 2))
    with pytest.raises(DuplicateOrder):
        shop.service(storage=storage).submit(**other)
    audit(shop)


def test_a_begin_without_a_verification_is_not_taken_for_another_requests_begin(shop: Shop) -> None:
    """The two timelines are alike: same customer, same total, same moment."""
    policy = Policy(verification_amount=None)

    def submit_elsewhere() -> None:
        OrderService(
            storage=shop.storage, payments=shop.gateway, notifier=shop.notifier, clock=shop.clock, policy=policy
        ).submit(**REQUEST)

    storage = Faulty(shop.storage, before("commit"), meanwhile("commit", submit_elsewhere, 2))
    with pytest.raises(DuplicateOrder):
        shop.service(storage=storage, policy=policy).submit(**{**REQUEST, "metadata": {"cart": "7"}})
    audit(shop)


def test_an_order_whose_acknowledgement_is_lost_and_that_others_built_on_is_submitted_once(shop: Shop) -> None:
    storage = Faulty(
        shop.storage,
        after("commit"),
        meanwhile("commit", lambda: another(shop).add_note("order-1", by=OPERATOR, text="hello"), 2),
    )
    order = shop.service(storage=storage).submit(**REQUEST)
    assert order.id == "order-1"
    audit(shop)
    assert shop.get("order-1").verified


def test_a_request_repeated_while_its_verification_is_unknown_looks_first(shop: Shop) -> None:
    shop.gateway.time_out_next("verification", effect=True)
    assert shop.orders.submit(**REQUEST).payment_in_progress
    order = shop.orders.submit(**{**REQUEST, "card": card("tok_made_anew")})
    assert (order.verified, order.payment_in_progress) == (True, False)
    assert shop.purposes() == ["verification", "void"]


def test_a_refused_card_is_refused_again_and_never_asked_about_again(shop: Shop) -> None:
    request = {**REQUEST, "card": card("tok_decline_lost_card")}
    for _ in range(2):
        with pytest.raises(CardDeclined) as refused:
            shop.orders.submit(**request)
        assert (refused.value.code, refused.value.order_id) == ("lost_card", "order-1")
    assert shop.purposes() == []
    audit(shop)


def test_a_refusal_whose_answer_was_lost_is_found_by_the_sweep(shop: Shop) -> None:
    orders = shop.service(payments=Faulty(shop.gateway, after("authorize", raises=TimeoutError)))
    request = {**REQUEST, "card": card("tok_decline_lost_card")}
    assert orders.submit(**request).payment_in_progress
    quiesce(shop)
    assert shop.get("order-1").status is OrderStatus.DECLINED
    assert {audience for audience, _, _ in shop.told("order-1")} == {"customer"}
    with pytest.raises(CardDeclined):
        shop.orders.submit(**request)
    audit(shop)


def test_a_verification_that_was_not_sent_closes_the_order_and_a_new_id_begins_anew(shop: Shop) -> None:
    shop.gateway.not_send_next("verification")
    for _ in range(2):
        with pytest.raises(PaymentUnavailable) as unavailable:
            shop.orders.submit(**REQUEST)
        assert unavailable.value.order_id == "order-1"
    order = shop.get("order-1")
    assert (order.status, order.reason) == (OrderStatus.DECLINED, "card_unverified")
    assert kinds(order) == ["submitted", "payment_absent"]
    assert {audience for audience, _, _ in shop.told("order-1")} == {"customer"}
    assert shop.orders.submit(**{**REQUEST, "order_id": "order-2"}).verified
    audit(shop)


def test_not_sent_in_a_later_send_proves_nothing(shop: Shop) -> None:
    order_id = unknown_verification(shop, effect=False)
    shop.clock.advance(minutes=5)
    shop.service(payments=Answering(shop.gateway, authorize=NotSent("bad key"))).run_due()
    assert shop.get(order_id).payment_in_progress
    audit(shop)
    assert shop.get(order_id).verified


def test_a_malformed_request_writes_nothing(shop: Shop) -> None:
    state = shop.state()
    for wrong in ({"items": []}, {"store_id": ""}, {"metadata": {"a": "x" * 1001}}, {"card": "4111"}, {"order_id": 7}):
        with pytest.raises(ValidationError):
            shop.orders.submit(**{**REQUEST, **wrong})
    assert shop.state() == state
