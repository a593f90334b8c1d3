"""What is public is complete, and the two services are one."""

from __future__ import annotations

import enum
import inspect
import re
import types
from typing import Any

import attrs
import pytest

import orderflow
from orderflow import AsyncOrderService, OrderService, errors

#: The names that the design gives a host; its ports and its ready-made parts have modules of their own.
DESIGNED = re.findall(
    r"\w+",
    """OrderService AsyncOrderService Actor Card Customer Fulfillment Item Money OrderQuery OrderStatus Policy
    ShippingAddress OrderPage InboxPage SweepReport Command Order Event EventKind Note PaymentAttempt OrderSummary Role
    verify_history Message Audience Channel Approved Declined Pending NotSent Outcome SystemClock ManualClock
    OrderflowError ValidationError OrderNotFound DuplicateOrder NotPermitted InvalidTransition PaymentInProgress
    PaymentWindowClosed PaymentUnavailable CardDeclined IdempotencyConflict ConcurrentUpdate StorageError""",
)
METHODS = re.findall(
    r"\w+",
    """submit accept decline cancel retry_payment complete refund add_note resolve_payment check_payment get find counts
    available_actions inbox mark_read messages redeliver run_due""",
)
COMMANDS = ["accept", "decline", "cancel", "retry_payment", "complete", "refund", "add_note", "resolve_payment"]


def _public(kind: type[Any]) -> dict[str, Any]:
    return {name: getattr(kind, name) for name in vars(kind) if not name.startswith("_")}


def _shape(function: Any) -> list[tuple[str, Any, Any]]:
    return [(one.name, one.kind, one.default) for one in inspect.signature(function).parameters.values()]


def test_the_public_names_are_sorted_and_stand_there_once() -> None:
    assert orderflow.__all__ == sorted(set(orderflow.__all__))


@pytest.mark.parametrize("name", DESIGNED)
def test_what_the_design_names_is_public(name: str) -> None:
    assert name in orderflow.__all__


@pytest.mark.parametrize("name", orderflow.__all__)
def test_every_public_name_can_be_imported_and_says_what_it_is(name: str) -> None:
    public = getattr(orderflow, name)

    assert inspect.getdoc(public)
    assert getattr(public, "__name__", name) == name


def test_nothing_else_is_public() -> None:
    there = {name for name, one in vars(orderflow).items() if not isinstance(one, types.ModuleType)}

    assert {name for name in there if not name.startswith("_")} - {"annotations"} == set(orderflow.__all__)


def test_every_error_is_public() -> None:
    assert set(errors.__all__) <= set(orderflow.__all__)


def test_whatever_a_public_value_holds_is_public() -> None:
    """A host can name the type of everything that it is given."""
    values = [one for name in orderflow.__all__ if attrs.has(one := getattr(orderflow, name)) and isinstance(one, type)]
    held = " ".join(str(field.type) for value in values for field in attrs.fields(value))
    ours = {
        name
        for module in vars(orderflow).values()
        if isinstance(module, types.ModuleType) and module.__name__.startswith("orderflow.")
        for name, one in vars(module).items()
        if isinstance(one, type)
        and one.__module__ == module.__name__
        and (attrs.has(one) or issubclass(one, enum.Enum))
    }

    assert len(values) > 15
    assert {name for name in ours if name in held.replace("[", " ").replace("]", " ").replace(",", " ").split()} <= set(
        orderflow.__all__
    )


@pytest.mark.parametrize("service", [OrderService, AsyncOrderService])
def test_a_service_has_the_methods_of_the_design_and_no_others(service: type[Any]) -> None:
    assert sorted(_public(service)) == sorted(METHODS)
    assert all(inspect.getdoc(method) for method in _public(service).values())


@pytest.mark.parametrize("name", ["__init__", *METHODS])
def test_both_services_take_the_same_arguments(name: str) -> None:
    assert _shape(getattr(AsyncOrderService, name)) == _shape(getattr(OrderService, name))


@pytest.mark.parametrize("name", METHODS)
def test_both_services_return_the_same(name: str) -> None:
    sync, other = (inspect.signature(getattr(kind, name)) for kind in (OrderService, AsyncOrderService))

    assert other.return_annotation == sync.return_annotation
    assert [one.annotation for one in other.parameters.values()] == [one.annotation for one in sync.parameters.values()]


@pytest.mark.parametrize("name", METHODS)
def test_one_service_is_awaited_and_the_other_is_not(name: str) -> None:
    assert inspect.iscoroutinefunction(getattr(AsyncOrderService, name))
    assert not inspect.iscoroutinefunction(getattr(OrderService, name))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_an_actor_and_may_take_a_key(name: str) -> None:
    parameters = inspect.signature(getattr(OrderService, name)).parameters

    assert parameters["by"].kind is parameters["idempotency_key"].kind is inspect.Parameter.KEYWORD_ONLY
    assert parameters["idempotency_key"].default is None


def test_everything_that_a_service_is_made_of_is_named() -> None:
    made_of = list(inspect.signature(OrderService).parameters.values())

    assert all(one.kind is inspect.Parameter.KEYWORD_ONLY for one in made_of)
    assert [one.name for one in made_of if one.default is inspect.Parameter.empty] == ["storage", "payments"]
