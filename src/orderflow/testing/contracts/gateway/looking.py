"""To look a payment up moves nothing, and tells what the gateway knows."""

from __future__ import annotations

import pytest

from .... import Card, Declined, Purpose
from .base import GatewayChecks
from .keys import as_sent_again
from .till import Till

__all__ = ["Looking"]


class Looking(GatewayChecks):
    """`find`."""

    @pytest.mark.parametrize("purpose", Purpose)
    def test_a_key_that_was_never_sent_is_not_found(self, till: Till, purpose: Purpose) -> None:
        sent = till.ready(purpose)
        before = till.moved()
        for _ in range(2):
            assert till.payments.find(sent) is None, "it finds what was never sent"
        assert till.moved() == before, "a look-up moved money"

    @pytest.mark.parametrize("purpose", Purpose)
    def test_to_look_first_changes_nothing_for_the_send(self, till: Till, purpose: Purpose) -> None:
        sent = till.ready(purpose)
        till.payments.find(sent)
        outcome = till.approved(sent)
        moved = till.moved(purpose)
        assert moved is None or [one.transaction_id for one in moved] == [outcome.transaction_id]

    @pytest.mark.parametrize("purpose", Purpose)
    def test_what_was_approved_is_found(self, till: Till, purpose: Purpose) -> None:
        sent = till.ready(purpose)
        outcome = till.approved(sent)
        before = till.moved()
        assert till.found(sent) == outcome, "what is found is not what was answered"
        assert till.found(sent) == outcome, "the second look finds something else"
        assert till.moved() == before, "a look-up moved money"

    @pytest.mark.parametrize("purpose", Purpose)
    def test_it_is_looked_up_by_its_key_alone(self, till: Till, purpose: Purpose) -> None:
        sent = till.ready(purpose)
        outcome = till.approved(sent)
        assert till.found(as_sent_again(sent)) == outcome, (
            "another claim, or another last_sent_at, finds something else"
        )

    @pytest.mark.parametrize("purpose", [Purpose.VERIFICATION, Purpose.CHARGE])
    def test_what_was_declined_is_found(self, till: Till, declined_card: Card, purpose: Purpose) -> None:
        sent = till.attempt(purpose, card=declined_card)
        outcome = till.send(sent)
        assert isinstance(outcome, Declined)
        assert till.found(sent) == outcome, "what is found is not what was answered"
        assert not till.moved(), "a look-up moved money"
