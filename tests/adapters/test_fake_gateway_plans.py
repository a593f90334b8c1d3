"""What the fake gateway can be told to do next."""

from __future__ import annotations

import pytest

from adapters.gateways import PURPOSES, moved, ready, send
from orderflow import Approved, Declined, Money, NotSent, Pending, ValidationError
from orderflow.adapters.memory import FakeGateway
from orderflow.testing.contracts.storage.built import attempt
from shops import card


@pytest.mark.parametrize("purpose", PURPOSES)
def test_the_next_new_key_of_a_purpose_is_declined(gateway: FakeGateway, purpose: str) -> None:
    first, second = ready(gateway, purpose, 1), ready(gateway, purpose, 2)
    before = gateway.ledger
    gateway.decline_next(purpose, "do_not_honor")
    answer = send(gateway, first)
    assert isinstance(answer, Declined)
    assert answer.code == "do_not_honor"
    assert answer.message
    assert send(gateway, first) == gateway.find(first) == answer
    assert gateway.ledger == before
    assert isinstance(send(gateway, second), Approved)


def test_what_is_told_to_happen_waits_for_its_purpose(gateway: FakeGateway) -> None:
    gateway.decline_next("charge", "no")
    assert isinstance(gateway.authorize(attempt(1, "verification")), Approved)
    assert isinstance(gateway.charge(attempt()), Declined)


def test_what_is_told_to_happen_waits_for_a_new_key(gateway: FakeGateway) -> None:
    first = gateway.charge(attempt(1))
    gateway.decline_next("charge", "no")
    assert gateway.charge(attempt(1)) == first
    assert isinstance(gateway.charge(attempt(2)), Declined)


def test_what_is_told_to_happen_happens_in_order(gateway: FakeGateway) -> None:
    gateway.decline_next("charge", "first")
    gateway.decline_next("charge", "second")
    gateway.not_send_next("charge")
    answers = [gateway.charge(attempt(number)) for number in (1, 2, 3, 4)]
    assert [answer.code for answer in answers if isinstance(answer, Declined)] == ["first", "second"]
    assert [type(answer) for answer in answers[2:]] == [NotSent, Approved]


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_time_out_with_its_effect_moves_money(gateway: FakeGateway, purpose: str) -> None:
    sent = ready(gateway, purpose)
    gateway.time_out_next(purpose, effect=True)
    with pytest.raises(TimeoutError):
        send(gateway, sent)
    assert gateway.ledger[-1].key == sent.key
    answer = gateway.find(sent)
    assert isinstance(answer, Approved)
    assert send(gateway, sent) == answer
    assert len([entry for entry in gateway.ledger if entry.key == sent.key]) == 1


def test_a_time_out_may_hide_a_decline(gateway: FakeGateway) -> None:
    sent = attempt(card=card("tok_decline_expired_card"))
    gateway.time_out_next("charge", effect=True)
    with pytest.raises(TimeoutError):
        gateway.charge(sent)
    assert isinstance(gateway.find(sent), Declined)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_time_out_without_effect_moves_nothing(gateway: FakeGateway, purpose: str) -> None:
    sent = ready(gateway, purpose)
    before = gateway.ledger
    gateway.time_out_next(purpose, effect=False)
    with pytest.raises(TimeoutError):
        send(gateway, sent)
    assert gateway.find(sent) is None
    assert gateway.ledger == before
    assert isinstance(send(gateway, sent), Approved)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_gateway_that_is_down_fails_every_call_without_effect(gateway: FakeGateway, purpose: str) -> None:
    sent = ready(gateway, purpose)
    before = gateway.ledger
    gateway.decline_next(purpose, "no")
    gateway.down = True
    for call in (lambda: send(gateway, sent), lambda: gateway.find(sent)):
        with pytest.raises(ConnectionError):
            call()
    gateway.down = False
    assert gateway.find(sent) is None
    assert gateway.ledger == before
    assert isinstance(send(gateway, sent), Declined)  # what it was told to do next is still to come


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_pending_attempt_moves_money_when_it_is_finished(gateway: FakeGateway, purpose: str) -> None:
    sent = ready(gateway, purpose)
    before = gateway.ledger
    gateway.pend_next(purpose, "https://bank.example/3ds")
    answer = send(gateway, sent)
    assert isinstance(answer, Pending)
    assert answer.action_url == "https://bank.example/3ds"
    assert send(gateway, sent) == gateway.find(sent) == answer
    assert gateway.ledger == before
    gateway.finish(sent.key)
    assert isinstance(gateway.find(sent), Approved)
    assert send(gateway, sent) == gateway.find(sent)
    assert gateway.ledger[-1].key == sent.key


def test_a_pending_attempt_may_be_declined(gateway: FakeGateway) -> None:
    gateway.pend_next("charge")
    gateway.charge(attempt())
    gateway.finish(attempt().key, declined="expired_card")
    answer = gateway.find(attempt())
    assert isinstance(answer, Declined)
    assert answer.code == "expired_card"
    assert gateway.ledger == ()


def test_only_a_pending_attempt_can_be_finished_and_only_once(gateway: FakeGateway) -> None:
    gateway.charge(attempt(1))
    gateway.pend_next("charge")
    gateway.charge(attempt(2))
    gateway.finish(attempt(2).key)
    for key in (attempt(1).key, attempt(2).key, "unknown"):
        with pytest.raises(ValidationError):
            gateway.finish(key)
    assert moved(gateway) == ["charge", "charge"]


@pytest.mark.parametrize("purpose", PURPOSES)
def test_what_is_not_sent_moves_nothing_and_uses_no_key(gateway: FakeGateway, purpose: str) -> None:
    sent = ready(gateway, purpose)
    before = gateway.ledger
    gateway.not_send_next(purpose)
    assert isinstance(send(gateway, sent), NotSent)
    assert gateway.find(sent) is None
    assert gateway.ledger == before
    assert isinstance(send(gateway, sent), Approved)


@pytest.mark.parametrize("plan", ["decline_next", "time_out_next", "pend_next", "not_send_next"])
def test_an_unknown_purpose_is_refused(gateway: FakeGateway, plan: str) -> None:
    arguments = {"decline_next": ["no"], "time_out_next": [True]}.get(plan, [])
    with pytest.raises(ValidationError, match="verification, charge, void, refund"):
        getattr(gateway, plan)("payout", *arguments)


def test_finding_moves_nothing(gateway: FakeGateway) -> None:
    gateway.decline_next("charge", "no")
    assert gateway.find(attempt()) is None
    assert gateway.ledger == ()
    assert isinstance(gateway.charge(attempt()), Declined)


def test_a_pending_refund_gives_back_no_more_than_was_charged(gateway: FakeGateway) -> None:
    gateway.charge(attempt(amount=Money("120.00", "USD")))
    gateway.pend_next("refund")
    gateway.refund(attempt(1, "refund", amount=Money("100.00", "USD"), target="charge_1"))
    gateway.refund(attempt(2, "refund", amount=Money("100.00", "USD"), target="charge_1"))
    gateway.finish(attempt(1, "refund").key)
    returned = sum(entry.amount.minor_units for entry in gateway.ledger if entry.purpose == "refund")
    assert returned <= 120_00
