"""A key moves money once, whoever sends it, however often."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from .... import Approved, AttemptState, Card, Declined, Money, PaymentAttempt, Purpose
from .base import GatewayChecks
from .till import Till

__all__ = ["Keys"]


def as_sent_again(attempt: PaymentAttempt) -> PaymentAttempt:
    """The same attempt as another process sends it later, or looks it up."""
    assert attempt.last_sent_at is not None
    later = attempt.last_sent_at + timedelta(hours=3, microseconds=1)
    return attrs.evolve(attempt, claim="another", last_sent_at=later, state=AttemptState.REVIEW)


class Keys(GatewayChecks):
    """The idempotency key."""

    @pytest.mark.parametrize("purpose", Purpose)
    def test_a_key_that_is_sent_again_has_the_first_answer_and_moves_nothing(
        self, till: Till, purpose: Purpose
    ) -> None:
        sent = till.ready(purpose)
        first = till.approved(sent)
        before = till.moved()
        for _ in range(3):
            assert till.send(sent) == first, "the same key has another answer"
        assert till.moved() == before, "the same key moved money again"

    @pytest.mark.parametrize("purpose", Purpose)
    def test_a_request_depends_on_no_time_and_on_no_claim(self, till: Till, purpose: Purpose) -> None:
        sent = till.ready(purpose)
        first = till.approved(sent)
        before = till.moved()
        assert till.send(as_sent_again(sent)) == first, "another claim, or another last_sent_at, has another answer"
        assert till.moved() == before, "another claim, or another last_sent_at, moved money again"

    @pytest.mark.parametrize("purpose", [Purpose.VERIFICATION, Purpose.CHARGE])
    def test_a_key_keeps_its_decline(self, till: Till, declined_card: Card, purpose: Purpose) -> None:
        sent = till.attempt(purpose, card=declined_card)
        first = till.send(sent)
        assert isinstance(first, Declined)
        assert till.send(sent) == till.send(as_sent_again(sent)) == first, "the same key has another answer"
        assert not till.moved(), "what is declined moves nothing"

    @pytest.mark.parametrize("purpose", [Purpose.VERIFICATION, Purpose.CHARGE])
    def test_another_key_is_another_movement(self, till: Till, purpose: Purpose) -> None:
        names = {till.approved(till.attempt(purpose)).transaction_id for _ in range(3)}
        assert len(names) == 3, "two keys have one movement"
        moved = till.moved(purpose)
        assert moved is None or len(moved) == 3, "what has another key must move"

    def test_a_refund_that_is_sent_again_gives_back_once(self, till: Till) -> None:
        """Half of a charge, three times under one key, leaves the other half to give back."""
        half = Money.from_minor_units(till.amount.minor_units // 2, till.amount.currency)
        charged = till.approved(till.charge()).transaction_id
        sent = till.refund(charged, half)
        for _ in range(3):
            till.approved(sent)
        till.approved(till.refund(charged, till.amount - half))

    def test_the_attempts_of_two_orders_do_not_mix(self, till: Till, declined_card: Card) -> None:
        other = till.of_another_order()
        mine, theirs = till.charge(), other.charge(card=declined_card)
        first = till.approved(mine)
        assert isinstance(other.send(theirs), Declined), "it has the answer of another order"
        assert till.found(mine) == first, "what is found is another order's"
        assert isinstance(other.found(theirs), Declined), "what is found is another order's"
        assert not other.moved(), "it stands under another order"

    def test_the_purposes_of_one_order_do_not_mix(self, till: Till) -> None:
        charged = till.charge()
        verified = till.approved(till.verification())
        assert till.payments.find(charged) is None, "it takes the verification for the charge"
        assert till.approved(charged) != verified, "it takes the verification for the charge"
        assert isinstance(till.found(charged), Approved)
