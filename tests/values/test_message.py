"""Messages, rows of the outbox, and what became of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orderflow import DeliveryState, InboxPage, Message, MessageState, ValidationError
from orderflow.message import inbox_key
from orderflow.ports import Delivery, Owed
from values.made import NOW, SUMMARY, make

NAIVE = NOW.replace(tzinfo=None)


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        *[(Message, "id", value) for value in ("", "x" * 231, None)],
        *[(Message, "audience", value) for value in ("customer", None)],
        *[(Message, "channel", value) for value in ("email", "fax")],
        *[(Message, "kind", value) for value in ("accepted", None)],
        *[(Message, "status", value) for value in ("accepted", None)],
        *[(Message, "subject", value) for value in ("", " ", "a\nb", "a\r\nBcc: eve", "x" * 1_001, None)],
        *[(Message, "body", value) for value in (None, 1, "a\x00", "\ud800")],
        *[(Message, "occurred_at", value) for value in (None, NAIVE)],
        *[(Message, "read_at", value) for value in (NAIVE, "2026-01-05")],
        *[(Message, "order", value) for value in (None, "o-1")],
        *[(Message, "address", value) for value in ("", "a\nb", "x" * 255, 1)],
        *[(Owed, "seq", value) for value in (0, True, None)],
        *[(Owed, "route", value) for value in ("", None, "a\nb")],
        *[(Owed, "recipient", value) for value in ("", "x" * 301)],
        *[(Owed, "message", value) for value in ("m", SUMMARY)],
        *[(Owed, "token", value) for value in ("", 1)],
        *[(Owed, "tries", value) for value in (-1, None)],
        *[(Delivery, "state", value) for value in ("waiting", None)],
        *[(Delivery, "error", value) for value in (None, "a\nb", "x" * 201)],
        *[(Delivery, "at", value) for value in (None, NAIVE)],
        *[(MessageState, "state", value) for value in ("waiting", None)],
        *[(MessageState, "last_error", value) for value in (None, "x" * 201)],
        *[(InboxPage, "messages", value) for value in (None, [None], "m")],
        *[(InboxPage, "next", value) for value in ("", 1)],
    ],
    ids=lambda value: (
        value if isinstance(value, str) and value.isidentifier() and len(value) < 20 else type(value).__name__
    ),
)
def test_what_a_message_holds_is_of_its_kind(kind: type[Any], field: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=rf"{kind.__name__}\.{field} must"):
        make(kind, **{field: value})


def test_a_body_may_be_long_and_have_many_lines() -> None:
    assert make(Message, body="line\r\n" * 30_000).body.count("\n") == 30_000


def test_neither_words_nor_addresses_show_in_a_repr() -> None:
    message = make(Message, subject="secret", body="secret", address="secret@example.com")

    assert "secret" not in repr([message, make(Owed, message=message), make(MessageState, message=message)])


def test_a_row_begins_unclaimed_and_untried() -> None:
    row = Owed(id="o-1.m", order_id="o-1", seq=1, route="grant", recipient="handler", occurred_at=NOW)

    assert (row.message, row.token, row.next_try, row.tries) == (None, None, None, 0)


def test_an_inbox_shows_the_latest_first_then_the_greatest_order_then_its_latest_event() -> None:
    rows = [
        make(Owed, seq=1),
        make(Owed, seq=2),
        make(Owed, order_id="o-2", seq=1),
        make(Owed, occurred_at=NOW + timedelta(microseconds=1), seq=1),
    ]

    assert sorted(rows, key=inbox_key) == rows


def test_a_delivery_may_be_of_a_row_that_nobody_claimed() -> None:
    assert make(Delivery, token=None).token is None
    assert make(Delivery, state=DeliveryState.DELIVERED, next_try=None).next_try is None
