"""A gateway that can't be reached: nobody knows what happened, and the adapter says so."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

import pytest

from .... import NotSent, Purpose
from ..needs import needed
from .base import GatewayChecks
from .till import Till

__all__ = ["Trouble"]

T = TypeVar("T")


class Trouble(GatewayChecks):
    """Errors, and what comes after them."""

    @pytest.fixture
    def outage(self, broken: AbstractContextManager[object] | None) -> AbstractContextManager[object]:
        """Meanwhile the gateway can't be reached."""
        return needed(broken, "needs a context `broken`, in which the gateway can't be reached")

    @pytest.mark.parametrize("purpose", Purpose)
    def test_what_can_not_be_sent_has_no_answer(
        self, till: Till, outage: AbstractContextManager[object], purpose: Purpose
    ) -> None:
        sent = till.ready(purpose)
        before = till.moved()
        with outage:
            outcome, _ = _told(lambda: till.send(sent))
        assert outcome is None or isinstance(outcome, NotSent), "it must raise: nobody knows what happened"
        assert till.moved() == before, "what can't be sent moved money"

    @pytest.mark.parametrize("purpose", Purpose)
    def test_what_can_not_be_looked_up_is_not_absent(
        self, till: Till, outage: AbstractContextManager[object], purpose: Purpose
    ) -> None:
        sent = till.ready(purpose)
        till.approved(sent)
        with outage:
            outcome, error = _told(lambda: till.payments.find(sent))
        assert error or isinstance(outcome, NotSent), "it must raise: None would say that it never happened"

    @pytest.mark.parametrize("purpose", Purpose)
    def test_what_could_not_be_sent_goes_through_once_it_can(
        self, till: Till, outage: AbstractContextManager[object], purpose: Purpose
    ) -> None:
        sent = till.ready(purpose)
        with outage:
            till.sent_in_vain(sent)
        outcome = till.approved(sent)
        assert till.approved(sent) == outcome, "the same key has another answer"
        moved = till.moved(purpose)
        assert moved is None or [one.transaction_id for one in moved] == [outcome.transaction_id]

    def test_no_error_shows_the_token_of_a_card(self, till: Till, outage: AbstractContextManager[object]) -> None:
        sent = till.charge()
        with outage:
            told = [_told(lambda: till.send(sent)), _told(lambda: till.payments.find(sent))]
        assert till.card.token not in repr(told), "a card's token is in an error"


def _told(call: Callable[[], T]) -> tuple[T | None, str]:
    """What a call answers; else None, and all that is said in what it raises, but for the code on the way."""
    try:
        return call(), ""
    except Exception as error:
        said = [part for part in traceback.format_exception(error) if not part.startswith("  File ")]
        return None, f"{error!r} {said}"
