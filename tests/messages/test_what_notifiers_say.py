"""What a notifier says of a message that it can't deliver: why, whether to try again, and when."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from orderflow import Channel, Message, MessageState, Policy
from orderflow.adapters.memory import RecordingNotifier
from orderflow.ports import TryLater, Undeliverable
from shops import MERCHANT, Shop

EMAIL = Policy(channels=frozenset({Channel.EMAIL}))
FIRST_PAUSE = EMAIL.delivery_pauses[0]
TENTH = 1.1  # pauses are up to a tenth longer, so that rows come back apart


class Says(RecordingNotifier):
    """Raises the same for every message."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def send(self, message: Message) -> None:
        raise self.error


def told(shop: Shop, error: Exception, policy: Policy = EMAIL) -> MessageState:
    """What is kept of the customer's first e-mail, whose notifier raises so."""
    shop.orders = shop.service(policy=policy, notifier=Says(error))
    states = shop.orders.messages(shop.submit().id, by=MERCHANT)
    return next(state for state in states if state.route == "email" and state.recipient.startswith("customer"))


@pytest.mark.parametrize("error", [TryLater("HTTP 500"), Undeliverable("canary", code="HTTP 500")])
def test_the_code_is_kept_and_logged_and_nothing_else(
    shop: Shop, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        state = told(shop, error)
    assert state.last_error == "HTTP 500"
    assert "failed: HTTP 500" in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("SMTP 451", "SMTP 451"),
        ("no-answer_2.0:x", "no-answer_2.0:x"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "TryLater"),
        ("", "TryLater"),
        (" HTTP 500", "TryLater"),
        ("ana@home.example", "TryLater"),
        ("two\nlines", "TryLater"),
        ("HTTP 500\n", "TryLater"),
        ("überlastet", "TryLater"),
        ("<b>500</b>", "TryLater"),
        (500, "TryLater"),
    ],
)
def test_a_code_of_another_form_is_not_kept(sync_shop: Shop, code: str, kept: str) -> None:
    assert told(sync_shop, TryLater(code)).last_error == kept


def test_words_without_a_code_are_not_kept(sync_shop: Shop) -> None:
    assert told(sync_shop, Undeliverable("canary")).last_error == "Undeliverable"
    assert told(sync_shop, ConnectionError("canary")).last_error == "ConnectionError"


@pytest.mark.parametrize(
    ("after", "least", "most"),
    [
        (None, FIRST_PAUSE, FIRST_PAUSE * TENTH),
        (timedelta(0), FIRST_PAUSE, FIRST_PAUSE * TENTH),
        (timedelta(days=-1), FIRST_PAUSE, FIRST_PAUSE * TENTH),
        (timedelta(hours=3), timedelta(hours=3), timedelta(hours=3)),
        (timedelta(days=30), timedelta(hours=24), timedelta(hours=24)),
        ("soon", FIRST_PAUSE, FIRST_PAUSE * TENTH),
    ],
)
def test_the_next_try_is_no_earlier_than_asked_for_nor_than_the_policy_says(
    sync_shop: Shop, after: timedelta | None, least: timedelta, most: timedelta
) -> None:
    next_try = told(sync_shop, TryLater("HTTP 429", after)).next_try
    assert next_try is not None
    assert least <= next_try - sync_shop.clock.now() <= most


def test_whoever_asks_for_a_pause_is_left_alone_that_long(shop: Shop) -> None:
    state = told(shop, TryLater("HTTP 429", timedelta(hours=3)))
    notifier = RecordingNotifier()
    orders = shop.service(policy=EMAIL, notifier=notifier)
    shop.clock.advance(hours=2, minutes=59)
    orders.run_due()
    assert not notifier.sent
    shop.clock.advance(minutes=1)
    orders.run_due()
    assert state.id in {message.id for message in notifier.sent}


def test_asking_for_a_pause_gives_no_more_tries(sync_shop: Shop) -> None:
    once = Policy(channels=EMAIL.channels, delivery_pauses=())
    state = told(sync_shop, TryLater("HTTP 429", timedelta(hours=1)), once)
    assert (state.state, state.tries, state.next_try) == ("failed", 1, None)


def test_what_can_never_be_delivered_is_tried_once(sync_shop: Shop) -> None:
    state = told(sync_shop, Undeliverable(code="HTTP 410"))
    assert (state.state, state.tries, state.last_error) == ("failed", 1, "HTTP 410")
