"""Events and notes."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from orderflow import Event, EventKind, Note, ValidationError
from values.made import ANA, NOW, make

KINDS = """submitted, card_verified, card_refused, verification_voided, accepted, payment_declined, payment_absent,
payment_unclear, payment_resolved, declined, canceled, expired, completed, note_added, payment_reminder, refund_begun,
refunded, refund_declined, surplus_charge"""


def test_the_kinds_of_events_are_these_and_no_others() -> None:
    """Hosts keep them: a kind that is gone or renamed breaks what they wrote."""
    assert [kind.value for kind in EventKind] == re.findall(r"\w+", KINDS)


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_says_what_its_data_holds(kind: EventKind) -> None:
    assert f"    {kind.name}: " in (inspect.getdoc(EventKind) or "")


def test_an_event_may_change_no_status_and_hold_no_data() -> None:
    event = Event(1, EventKind.SUBMITTED, NOW, ANA)

    assert (event.from_status, event.to_status, dict(event.data)) == (None, None, {})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("seq", value) for value in (0, -1, True, "1", 10**9 + 1)],
        *[("kind", value) for value in ("accepted", None)],
        *[("from_status", value) for value in ("received", 1)],
        *[("to_status", value) for value in ("received", 1)],
        *[("at", value) for value in (None, NOW.replace(tzinfo=None), "2026-01-05T09:00:00Z")],
        *[("actor", value) for value in (None, "customer", "m-42")],
        *[("data", value) for value in (None, [], {"a": 1}, {1: "a"}, {"": "a"}, {str(n): "" for n in range(21)})],
    ],
)
def test_what_an_event_holds_is_of_its_kind(field: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=rf"Event\.{field} must"):
        make(Event, **{field: value})


def test_data_is_copied_and_read_only() -> None:
    data = {"reason": "fully booked"}
    event = make(Event, data=data)

    data["reason"] = "other"

    assert event.data == {"reason": "fully booked"}
    with pytest.raises(TypeError):
        event.data["reason"] = "other"


@pytest.mark.parametrize("text", ["", " \n", None, 1, "x" * 10_001, "a\x00b"])
def test_a_note_has_a_text(text: Any) -> None:
    with pytest.raises(ValidationError, match=r"Note\.text must"):
        make(Note, text=text)


def test_what_was_written_shows_in_no_repr() -> None:
    shown = repr([make(Event, data={"reason": "secret"}), make(Note, text="secret")])

    assert "secret" not in shown
