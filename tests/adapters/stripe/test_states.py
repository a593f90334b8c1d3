"""What the states of Stripe's payments, setups and refunds mean: also those that the stand-in never reaches."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from orderflow import Approved, Declined, Pending
from orderflow.adapters.stripe.answers import UnknownOutcomeError, of_intent, of_refund
from orderflow.testing.contracts.storage.built import attempt

REFUSED = SimpleNamespace(code="expired_card")


def intent(status: str, **more: Any) -> object:
    return SimpleNamespace(id="pi_1", status=status, **more)


def test_an_authorization_that_was_approved_and_released_was_approved() -> None:
    assert of_intent(intent("canceled", amount_capturable=0, latest_charge="ch_1"), attempt()) == Approved("pi_1")


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (intent("canceled"), "canceled"),
        (intent("canceled", amount_capturable=0, latest_charge="ch_1", last_payment_error=REFUSED), "expired_card"),
        (intent("requires_payment_method", last_setup_error=REFUSED), "expired_card"),
    ],
    ids=["canceled", "canceled after a decline", "declined setup"],
)
def test_what_was_never_approved_is_declined(state: object, code: str) -> None:
    outcome = of_intent(state, attempt())
    assert isinstance(outcome, Declined)
    assert outcome.code == code


def test_what_is_processed_is_pending_without_an_address() -> None:
    assert of_intent(intent("processing"), attempt()) == Pending("pi_1")


@pytest.mark.parametrize("status", ["pending", "requires_action"])
def test_a_refund_that_is_not_final_is_pending(status: str) -> None:
    assert of_refund(intent(status)) == Pending("pi_1")


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_refund_that_failed_is_declined(status: str) -> None:
    outcome = of_refund(intent(status))
    assert isinstance(outcome, Declined)
    assert outcome.code == f"refund_{status}"


def test_a_state_that_nobody_knows_raises() -> None:
    with pytest.raises(UnknownOutcomeError):
        of_intent(intent("something_new"), attempt())
    with pytest.raises(UnknownOutcomeError):
        of_refund(intent("something_new"))
