"""A payment attempt: what it may hold, and when it blocks an order."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from orderflow import AttemptState, Money, PaymentAttempt, Purpose, ValidationError
from values.made import make

BLOCKING = {
    (purpose, state)
    for purpose in (Purpose.VERIFICATION, Purpose.CHARGE)
    for state in (AttemptState.OPEN, AttemptState.REVIEW)
}


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("state", AttemptState)
def test_unsettled_verifications_and_charges_alone_block_an_order(purpose: Purpose, state: AttemptState) -> None:
    attempt = make(PaymentAttempt, purpose=purpose, state=state)

    assert attempt.is_unsettled is (state in (AttemptState.OPEN, AttemptState.REVIEW))
    assert attempt.blocks is ((purpose, state) in BLOCKING)


@pytest.mark.parametrize("amount", [Money("-0.01", "USD"), 120, "120.00", None])
def test_an_amount_is_money_not_below_zero(amount: Any) -> None:
    with pytest.raises(ValidationError, match=r"PaymentAttempt\.amount must"):
        make(PaymentAttempt, amount=amount)


def test_nothing_can_be_authorized_with_an_amount_of_zero() -> None:
    assert make(PaymentAttempt, amount=Money(0, "USD")).amount.is_zero


def test_what_a_customer_is_shown_may_have_no_key() -> None:
    assert make(PaymentAttempt, key="").key == ""


@pytest.mark.parametrize(
    ("field", "value"), [("purpose", "charge"), ("state", "open"), ("number", 0), ("card", "tok_1")]
)
def test_what_an_attempt_holds_is_of_its_kind(field: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=rf"PaymentAttempt\.{field} must"):
        make(PaymentAttempt, **{field: value})


@pytest.mark.parametrize("field", ["begun_at", "first_sent_at", "last_sent_at", "concluded_at"])
@pytest.mark.parametrize("moment", [datetime(2026, 1, 5), "2026-01-05T09:00:00+00:00", 1767603600])
def test_a_moment_is_an_aware_datetime(field: str, moment: Any) -> None:
    with pytest.raises(ValidationError, match=rf"PaymentAttempt\.{field} must be an? "):
        make(PaymentAttempt, **{field: moment})


def test_moments_are_told_in_utc() -> None:
    there = datetime(2026, 1, 5, 10, 0, tzinfo=timezone(timedelta(hours=1)))

    told = make(PaymentAttempt, begun_at=there).begun_at

    assert told.isoformat() == "2026-01-05T09:00:00+00:00"


def test_an_attempt_begins_open_and_unsent() -> None:
    needed = ("key", "by", "purpose", "number", "order_id", "store_id", "customer_id", "amount", "card", "begun_at")
    whole = make(PaymentAttempt)

    attempt = PaymentAttempt(**{name: getattr(whole, name) for name in needed})

    assert attempt.state is AttemptState.OPEN
    assert (attempt.first_sent_at, attempt.last_sent_at, attempt.concluded_at) == (None, None, None)
    assert (attempt.target, attempt.transaction_id, attempt.code, attempt.message) == (None, None, None, "")
