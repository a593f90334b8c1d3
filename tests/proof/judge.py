"""Whether the books are right once all is quiet: money, timeline, messages, and what a repetition does."""

from __future__ import annotations

from typing import Any

from faults.books import message_problems
from orderflow import DeliveryState, OrderQuery
from orderflow.testing import audit
from proof.scenario import Scenario
from proof.stage import ORDER, Stage
from shops import CUSTOMER, MERCHANT, OPERATOR

__all__ = ["fingerprint", "judge", "status"]


def judge(stage: Stage, scenario: Scenario) -> list[str]:
    """What is wrong with the books of a quiet stage."""
    order = stage.storage.load(ORDER)
    ledger = stage.gateway.ledger
    strange = [one for one in ledger if order is None or one.order_id != order.id]
    problems = [f"{one.purpose.value} of {one.amount} moved for no order" for one in strange]
    listed = stage.orders.find(OrderQuery(include_unverified=True), by=OPERATOR).rows
    if [(row.id, row.status) for row in listed] != ([] if order is None else [(order.id, order.status)]):
        problems.append(f"the order page lists {listed}")
    if order is None:
        return problems
    try:
        audit(order, ledger)
    except AssertionError as error:
        problems.append(str(error))
    return problems + _telling(stage, scenario) + _handling(stage, scenario)


def _telling(stage: Stage, scenario: Scenario) -> list[str]:
    order = stage.storage.load(ORDER)
    assert order is not None
    states = stage.storage.messages(ORDER)
    problems = message_problems(order, states, {message.id for message in stage.notifier.sent})
    failed = [state for state in states if state.state is DeliveryState.FAILED]
    if failed and not scenario.may_fail:
        problems.append(f"given up: {[(state.seq, state.route) for state in failed]}")
    inboxes = [stage.orders.inbox(by=by, limit=200).messages for by in (CUSTOMER, MERCHANT)]
    shown = sorted(message.id for inbox in inboxes for message in inbox)
    if shown != sorted(state.id for state in states if state.route == "in_app"):
        problems.append(f"the inboxes show {shown}")
    return problems


def _handling(stage: Stage, scenario: Scenario) -> list[str]:
    if not scenario.has_handler or scenario.may_fail:
        return []
    order = stage.storage.load(ORDER)
    assert order is not None
    firsts = list(dict.fromkeys(stage.handled))
    return [] if firsts == [event.seq for event in order.timeline] else [f"the handler was called for {firsts}"]


def status(stage: Stage) -> str:
    """The order's status; "none" if there is no order."""
    order = stage.storage.load(ORDER)
    return "none" if order is None else order.status.value


def fingerprint(stage: Stage) -> tuple[Any, ...]:
    """What a repetition must leave as it is."""
    order = stage.storage.load(ORDER)
    if order is None:
        return ()
    inbox = stage.orders.inbox(by=CUSTOMER, limit=200).messages
    return (
        order.status,
        len(order.timeline),
        [(attempt.key, attempt.state) for attempt in order.attempts],
        len(stage.gateway.ledger),
        [(message.id, message.read_at) for message in inbox],
    )
