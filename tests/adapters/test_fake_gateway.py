"""The fake gateway: what tests may rely on when they blame a flow."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import attrs
import pytest

from adapters.gateways import PURPOSES, moved, ready, send
from orderflow import Approved, Declined, ManualClock, Money, Outcome
from orderflow.adapters.memory import FakeGateway
from orderflow.ports import PaymentGateway
from orderflow.testing.contracts.storage.built import attempt
from shops import card


def test_it_is_a_gateway(gateway: FakeGateway) -> None:
    assert isinstance(gateway, PaymentGateway)
    assert (gateway.idempotency_window, gateway.longest_call) == (timedelta(hours=24), timedelta(seconds=30))
    assert gateway.conclusive_lookup is True


@pytest.mark.parametrize("purpose", PURPOSES)
def test_what_is_approved_stands_in_the_ledger(gateway: FakeGateway, purpose: str) -> None:
    sent = ready(gateway, purpose)
    answer = send(gateway, sent)
    assert isinstance(answer, Approved)
    entry = gateway.ledger[-1]
    assert (entry.purpose, entry.transaction_id, entry.key) == (sent.purpose, answer.transaction_id, sent.key)
    assert (entry.order_id, entry.amount, entry.target) == (sent.order_id, sent.amount, sent.target)


def test_a_zero_authorization_is_approved(gateway: FakeGateway) -> None:
    assert isinstance(gateway.authorize(attempt(1, "verification", amount=Money(0, "USD"))), Approved)


def test_every_movement_has_a_name_of_its_own(gateway: FakeGateway) -> None:
    for purpose in ("verification", "void", "charge", "refund"):
        send(gateway, ready(gateway, purpose))
    names = [entry.transaction_id for entry in gateway.ledger]
    assert len(set(names)) == len(names) == 5


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_key_moves_money_once(gateway: FakeGateway, purpose: str) -> None:
    sent = ready(gateway, purpose)
    first = send(gateway, sent)
    before = gateway.ledger
    assert send(gateway, sent) == send(gateway, attrs.evolve(sent, amount=Money("1.00", "USD"))) == first
    assert gateway.ledger == before


def test_a_key_keeps_its_decline(gateway: FakeGateway) -> None:
    first = gateway.charge(attempt(card=card("tok_decline_expired_card")))
    assert gateway.charge(attempt(card=card("tok_good"))) == first
    assert gateway.ledger == ()


def test_a_new_key_is_a_new_movement(gateway: FakeGateway) -> None:
    gateway.charge(attempt(1))
    gateway.charge(attempt(2))
    assert moved(gateway) == ["charge", "charge"]


def test_without_a_clock_a_key_is_honoured_for_ever(gateway: FakeGateway) -> None:
    gateway.idempotency_window = timedelta(0)
    gateway.charge(attempt())
    gateway.charge(attempt())
    assert moved(gateway) == ["charge"]


def test_with_a_clock_a_key_is_honoured_for_the_window() -> None:
    clock = ManualClock()
    gateway = FakeGateway(clock)
    first = gateway.charge(attempt())
    clock.advance(hours=23, minutes=59, seconds=59)
    assert gateway.charge(attempt()) == first
    clock.advance(seconds=1)
    assert gateway.charge(attempt()) != first
    assert moved(gateway) == ["charge", "charge"]


def test_a_repetition_does_not_prolong_the_window() -> None:
    clock = ManualClock()
    gateway = FakeGateway(clock)
    gateway.charge(attempt())
    clock.advance(hours=20)
    gateway.charge(attempt())
    clock.advance(hours=20)
    gateway.charge(attempt())
    assert moved(gateway) == ["charge", "charge"]


def test_the_window_may_be_set() -> None:
    clock = ManualClock()
    gateway = FakeGateway(clock)
    gateway.idempotency_window = timedelta(minutes=5)
    gateway.charge(attempt())
    clock.advance(minutes=5)
    gateway.charge(attempt())
    assert moved(gateway) == ["charge", "charge"]


def test_a_key_is_found_after_the_window() -> None:
    clock = ManualClock()
    gateway = FakeGateway(clock)
    first = gateway.charge(attempt())
    clock.advance(days=400)
    assert gateway.find(attempt()) == first


@pytest.mark.parametrize(
    ("token", "verification", "charge"),
    [
        ("tok_good", None, None),
        ("pm_1", None, None),
        ("tok_decline_expired_card", "expired_card", "expired_card"),
        ("tok_decline_", "card_declined", "card_declined"),
        ("tok_charge_decline_insufficient_funds", None, "insufficient_funds"),
        ("tok_charge_decline_", None, "card_declined"),
    ],
)
def test_a_token_says_what_is_declined(
    gateway: FakeGateway, token: str, verification: str | None, charge: str | None
) -> None:
    answers = [send(gateway, attempt(1, purpose, card=card(token))) for purpose in ("verification", "charge")]
    codes = [answer.code if isinstance(answer, Declined) else None for answer in answers]
    assert codes == [verification, charge]
    assert moved(gateway) == [
        purpose for purpose, code in zip(("verification", "charge"), codes, strict=True) if not code
    ]


@pytest.mark.parametrize("token", ["tok_decline_expired_card", "tok_charge_decline_expired_card"])
def test_a_token_hinders_no_way_back(gateway: FakeGateway, token: str) -> None:
    for purpose in ("void", "refund"):
        sent = attrs.evolve(ready(gateway, purpose), card=card(token))
        assert isinstance(send(gateway, sent), Approved)


def test_what_is_voided_already_counts_as_voided(gateway: FakeGateway) -> None:
    gateway.authorize(attempt(1, "verification"))
    gateway.void(attempt(1, "void", target="auth_1"))
    assert isinstance(gateway.void(attempt(2, "void", target="auth_1")), Approved)
    assert moved(gateway) == ["verification", "void"]
    assert isinstance(gateway.void(attempt(3, "void", target="auth_9")), Approved)
    assert moved(gateway) == ["verification", "void", "void"]


def refund(gateway: FakeGateway, number: int, amount: str, target: str) -> Outcome:
    return gateway.refund(attempt(number, "refund", amount=Money(amount, "USD"), target=target))


def test_no_more_is_refunded_than_was_charged(gateway: FakeGateway) -> None:
    gateway.charge(attempt(amount=Money("120.00", "USD")))
    too_much = refund(gateway, 1, "120.01", "charge_1")
    assert isinstance(too_much, Declined)
    assert too_much.code == "amount_too_large"
    assert isinstance(refund(gateway, 2, "100.00", "charge_1"), Approved)
    assert isinstance(refund(gateway, 3, "20.01", "charge_1"), Declined)
    assert isinstance(refund(gateway, 4, "20.00", "charge_1"), Approved)
    assert isinstance(refund(gateway, 5, "0.01", "charge_1"), Declined)
    assert moved(gateway) == ["charge", "refund", "refund"]


def test_each_charge_has_its_own_limit(gateway: FakeGateway) -> None:
    gateway.charge(attempt(1))
    gateway.charge(attempt(2))
    assert isinstance(refund(gateway, 1, "120.00", "charge_1"), Approved)
    assert isinstance(refund(gateway, 2, "120.00", "charge_2"), Approved)


@pytest.mark.parametrize("target", ["charge_9", "auth_1"])
def test_what_was_never_charged_is_not_refunded(gateway: FakeGateway, target: str) -> None:
    gateway.authorize(attempt(1, "verification"))
    assert isinstance(refund(gateway, 1, "1.00", target), Declined)


def test_the_ledger_cannot_be_changed_from_outside(gateway: FakeGateway) -> None:
    before = gateway.ledger
    gateway.charge(attempt())
    assert before == ()
    assert isinstance(gateway.ledger, tuple)


class DawdlingClock(ManualClock):
    """Gives other threads their turn while it is asked."""

    def now(self) -> datetime:
        for _ in range(20_000):
            pass
        return super().now()


@pytest.mark.usefixtures("threads_that_take_turns_often")
def test_one_key_sent_by_many_threads_moves_money_once() -> None:
    gateway = FakeGateway(DawdlingClock())
    with ThreadPoolExecutor(16) as pool:
        for number in range(1, 11):
            answers = list(pool.map(gateway.charge, [attempt(number)] * 16))
            assert len(set(answers)) == 1
    assert moved(gateway) == ["charge"] * 10
