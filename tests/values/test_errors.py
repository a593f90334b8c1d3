"""Every error is one of ours, can be caught as what it also is, and survives the way between processes."""

from __future__ import annotations

import copy
import pickle

import pytest

import orderflow
from orderflow import (
    CardDeclined,
    Command,
    ConcurrentUpdate,
    DuplicateOrder,
    IdempotencyConflict,
    InvalidTransition,
    NotPermitted,
    OrderflowError,
    OrderNotFound,
    OrderStatus,
    PaymentInProgress,
    PaymentUnavailable,
    PaymentWindowClosed,
    StorageError,
    ValidationError,
)

ERRORS = [
    OrderflowError("wrong"),
    ValidationError("wrong"),
    OrderNotFound("o-1"),
    NotPermitted("a customer may not accept"),
    DuplicateOrder("o-1"),
    InvalidTransition("o-1", OrderStatus.DECLINED, Command.ACCEPT, [Command.ADD_NOTE, Command.REFUND], "it is over"),
    PaymentWindowClosed("o-1", OrderStatus.EXPIRED, Command.RETRY_PAYMENT, [], "the time to pay is over"),
    PaymentInProgress("o-1", Command.CANCEL),
    PaymentUnavailable("o-1"),
    CardDeclined("insufficient_funds", "Not enough money.", "o-1"),
    IdempotencyConflict("o-1"),
    ConcurrentUpdate("o-1"),
    StorageError("broken"),
]


def test_these_are_all_the_errors_there_are() -> None:
    exported = {getattr(orderflow, name) for name in orderflow.__all__}

    assert {type(error) for error in ERRORS} == {
        kind for kind in exported if isinstance(kind, type) and issubclass(kind, Exception)
    }


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_every_error_is_one_of_ours(error: Exception) -> None:
    assert isinstance(error, OrderflowError)
    assert type(error).__doc__


@pytest.mark.parametrize(
    ("kind", "also"),
    [
        (ValidationError, ValueError),
        (OrderNotFound, LookupError),
        (NotPermitted, PermissionError),
        (PaymentWindowClosed, InvalidTransition),
    ],
)
def test_an_error_is_also_what_a_host_may_catch_already(kind: type[Exception], also: type[Exception]) -> None:
    assert issubclass(kind, also)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickle_and_copy_with_all_that_it_says(error: Exception) -> None:
    for twin in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
        assert type(twin) is type(error)
        assert vars(twin) == vars(error)
        assert twin.args == error.args
        assert str(twin) == str(error) != ""


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_of_an_order_names_it(error: Exception) -> None:
    assert getattr(error, "order_id", "o-1") == "o-1"
    assert not hasattr(error, "order_id") or "o-1" in str(error)


def test_a_refused_command_says_the_status_the_command_and_what_is_allowed() -> None:
    refused = ERRORS[5]
    assert isinstance(refused, InvalidTransition)

    assert (refused.status, refused.command) == (OrderStatus.DECLINED, Command.ACCEPT)
    assert refused.allowed == (Command.ADD_NOTE, Command.REFUND)
    assert refused.reason == "it is over"
    assert str(refused) == "order o-1 is declined: accept is refused, it is over; allowed: add_note, refund"
    assert str(ERRORS[6]).endswith("allowed: nothing")


def test_a_payment_in_progress_says_which_command_must_wait() -> None:
    waits = ERRORS[7]

    assert isinstance(waits, PaymentInProgress)
    assert waits.command is Command.CANCEL
    assert "cancel must wait" in str(waits)


def test_a_declined_card_carries_the_gateways_words_and_does_not_log_them() -> None:
    declined = ERRORS[9]

    assert isinstance(declined, CardDeclined)
    assert (declined.code, declined.message) == ("insufficient_funds", "Not enough money.")
    assert "insufficient_funds" in str(declined)
    assert "Not enough" not in f"{declined} {declined!r}"


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_shows_its_kind_and_what_it_says(error: Exception) -> None:
    assert repr(error) == f"{type(error).__name__}({str(error)!r})"
