"""The end of a soak: trouble stops, a new process sweeps until all is quiet, and then everything must be right."""

from __future__ import annotations

import json
import logging
import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any, Final

from orderflow import Approved, AttemptState, Declined, Order, OrderQuery, OrderService, OrderStatus
from orderflow import testing as audits
from shops import OPERATOR
from soak.ledger import Answers, answers_of
from soak.leftovers import leftovers
from soak.memory import Memory, memory_of
from soak.settings import STORES, Settings
from soak.telling import Told, inbox_problems, telling_problems, told_of

__all__ = ["everything", "judge", "sweep_until_quiet"]

#: How often, at most, the sweep comes by when something falls due, until nothing ever does.
MOST_ROUNDS: Final = 60
#: In seconds: the end of a hang, and nothing that a sound run comes near.
_HANGS: Final = 600
_LIMIT: Final = 500
_MOST_TOLD: Final = 200


def judge(settings: Settings) -> None:
    """Write down what is wrong, and what there was, in `verdict.json`."""
    logging.disable(logging.CRITICAL)
    with settings.storage() as storage:
        orders = settings.service(storage, random.Random(settings.seed), is_calm=True)
        figures: Counter[str] = Counter()
        problems = list(_problems(settings, orders, figures))
    problems += leftovers(settings)
    verdict = {"problems": problems[:_MOST_TOLD], "count": len(problems), "figures": figures}
    (settings.folder / "verdict.json").write_text(json.dumps(verdict, indent=1))


def _problems(settings: Settings, orders: OrderService, figures: Counter[str]) -> Iterator[str]:
    yield from sweep_until_quiet(orders, figures)
    answers = answers_of(settings.ledger)
    figures["reviewed"] = _resolve(orders, answers)
    if figures["reviewed"]:
        yield from sweep_until_quiet(orders, figures)
        answers = answers_of(settings.ledger)
    told, memory = told_of(settings.sent), memory_of(settings.journals())
    figures.update(memory.figures)
    yield from memory.broken
    if settings.kind == "sqlite" and figures["told StorageError"]:  # nothing is wrong with the file
        yield f"callers were told {figures['told StorageError']} times that the storage failed"
    found: Counter[tuple[str, OrderStatus]] = Counter()
    in_app: set[str] = set()
    for order in everything(orders):
        figures["orders"] += 1
        figures[f"orders {order.status.value}"] += 1
        figures["charges"] += sum(one.purpose == "charge" for one in answers.movements[order.id])
        if order.verified:
            found[order.store_id, order.status] += 1
        yield from _order_problems(orders, order, answers, told, memory, in_app)
        answers.movements.pop(order.id, None)
        memory.orders.pop(order.id, None)
    yield from (f"money moved for order {order_id}, which is not there" for order_id in answers.movements)
    yield from (f"order {order_id} was acknowledged, and is not there" for order_id in memory.acknowledged())
    figures["messages sent"], figures["handler calls"] = told.sent, told.called
    yield from inbox_problems(orders, in_app)
    for store in STORES:
        counted = dict(orders.counts(store_id=store, by=OPERATOR))
        if counted != {status: found[store, status] for status in OrderStatus}:
            yield f"the counts of {store} are {counted}"


def _order_problems(
    orders: OrderService, order: Order, answers: Answers, told: Told, memory: Memory, in_app: set[str]
) -> Iterator[str]:
    try:
        audits.audit(order, answers.movements[order.id])
    except AssertionError as error:
        yield str(error)
    for attempt in order.attempts:
        if attempt.is_unsettled:
            yield f"order {order.id}: {attempt.purpose} {attempt.number} is {attempt.state} for ever"
    if order.status is OrderStatus.PENDING_PAYMENT:
        yield f"order {order.id} waits for its payment for ever"
    states = orders.messages(order.id, by=OPERATOR)
    yield from (f"order {order.id}: {problem}" for problem in telling_problems(order, states, told))
    yield from (f"order {order.id}: {problem}" for problem in memory.problems(order))
    in_app |= {state.id for state in states if state.route == "in_app"}


def everything(orders: OrderService) -> Iterator[Order]:
    """Every order, as an operator sees it."""
    after: str | None = None
    while True:
        page = orders.find(OrderQuery(include_unverified=True, limit=200, sort="placed_at", after=after), by=OPERATOR)
        for row in page.rows:
            yield orders.get(row.id, by=OPERATOR)
        if page.next is None:
            return
        after = page.next


def sweep_until_quiet(orders: OrderService, figures: Counter[str]) -> list[str]:
    """Sweep whenever something is due, until nothing ever is again.

    Returns:
        What is wrong.
    """
    began = time.monotonic()
    for _ in range(MOST_ROUNDS):
        report = orders.run_due(_LIMIT)
        figures["sweeps at the end"] += 1
        while report.remaining:
            report = orders.run_due(_LIMIT)
            figures["sweeps at the end"] += 1
            if time.monotonic() - began > _HANGS:
                return ["the sweep never came to an end of what was due at once"]
        if report.next_due_at is None:
            figures["seconds until quiet"] = round(time.monotonic() - began)
            return []
        time.sleep(max(0.0, (report.next_due_at - datetime.now(timezone.utc)).total_seconds()))
    return [f"it did not come to rest in {MOST_ROUNDS} rounds"]


def _resolve(orders: OrderService, answers: Answers) -> int:
    """People look into what is in review, in the gateway's own records."""
    count = 0
    rows = orders.find(OrderQuery(include_unverified=True, needs_review=True, limit=200), by=OPERATOR).rows
    while rows:
        for row in rows:
            for attempt in orders.get(row.id, by=OPERATOR).attempts:
                if attempt.state is AttemptState.REVIEW:
                    outcome = _seen(answers.outcomes.get(attempt.key))
                    orders.resolve_payment(row.id, by=OPERATOR, key=attempt.key, outcome=outcome, evidence="records")
                    count += 1
        rows = orders.find(OrderQuery(include_unverified=True, needs_review=True, limit=200), by=OPERATOR).rows
    return count


def _seen(answer: dict[str, Any] | None) -> Approved | Declined | None:
    if answer is None or answer["state"] not in ("approved", "declined"):
        return None
    if answer["state"] == "approved":
        return Approved(answer["transaction_id"])
    return Declined(answer["code"])
