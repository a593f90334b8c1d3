"""The defaults are the design's, and what makes no sense is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orderflow import Channel, Money, Policy, ValidationError
from values.made import make

DAY = timedelta(days=1)


def test_the_defaults_are_those_of_the_design() -> None:
    policy = Policy()

    assert policy.verification_amount == Money("1.00", "USD")
    assert policy.payment_window == timedelta(days=7)
    assert policy.reminders == (DAY,)
    assert (policy.channels, policy.handlers) == (None, None)
    assert policy.lease == timedelta(minutes=2)
    assert policy.grace == timedelta(minutes=10)


def test_deliveries_are_tried_ten_times_over_75_hours_with_growing_pauses() -> None:
    pauses = Policy().delivery_pauses

    assert len(pauses) + 1 == 10
    assert sum(pauses, timedelta()) >= timedelta(hours=75)
    assert list(pauses) == sorted(pauses)


@pytest.mark.parametrize("amount", [None, Money(0, "EUR"), Money("0.01", "USD")])
def test_a_verification_may_be_skipped_or_of_nothing(amount: Money | None) -> None:
    assert make(Policy, verification_amount=amount).verification_amount == amount


def test_channels_and_sequences_are_copied_and_texts_are_members() -> None:
    policy = Policy(channels=["email", "in_app"], handlers=["a"], reminders=[DAY], delivery_pauses=[])

    assert policy.channels == frozenset({Channel.EMAIL, Channel.IN_APP})
    assert all(isinstance(channel, Channel) for channel in policy.channels)
    assert (policy.handlers, policy.reminders, policy.delivery_pauses) == (("a",), (DAY,), ())
    assert Policy(channels=[]).channels == frozenset()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("verification_amount", value) for value in (1, "1.00", Money("-0.01", "USD"))],
        *[("payment_window", value) for value in (timedelta(0), -DAY, 7, None, timedelta(days=36_501))],
        *[("reminders", value) for value in (None, DAY, [timedelta(0)], [-DAY], [1], [DAY] * 21, [timedelta(days=7)])],
        *[("channels", value) for value in ("email", ["fax"], [None], 1, {"email": 1}, [["email"]], [10**5000])],
        *[("handlers", value) for value in ("grant", [""], [None], {"a"}, [1])],
        *[("lease", value) for value in (timedelta(0), -DAY, 120, None)],
        *[("delivery_pauses", value) for value in (None, [-DAY], [5], [DAY] * 101)],
        *[("grace", value) for value in (-DAY, 600, None, timedelta.max)],
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_makes_no_policy_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=rf"Policy\.{field} must"):
        Policy(**{field: value})


def test_a_reminder_comes_before_the_end_of_the_window() -> None:
    with pytest.raises(ValidationError, match="shorter than"):
        Policy(payment_window=DAY)

    assert Policy(payment_window=DAY, reminders=()).reminders == ()
    assert Policy(grace=timedelta(0), delivery_pauses=[timedelta(0)]).grace == timedelta(0)
