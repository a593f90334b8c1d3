"""What is done in a scenario, and can be done again: the commands, with the same key each time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import attrs

from orderflow import Actor, Approved, Declined, Item, OrderService
from proof.stage import ORDER, Stage
from shops import ANA, CUSTOMER, OPERATOR, STORE, VIDEO, card

__all__ = ["Act", "checks", "on_order", "reads", "redelivers", "resolves", "submits", "sweeps"]

KEY: Final = "k"


@attrs.frozen
class Act:
    """What somebody does.

    Attributes:
        command: The method of the service.
        arguments: What it is called with, as things stand before it.
        wait: How much time passes before.
        key: Its idempotency key, if it has one.
        is_repeatable: Whether it may be given again without a second effect.
    """

    command: str
    arguments: Callable[[Stage], dict[str, Any]]
    wait: timedelta = timedelta(0)
    key: str | None = None
    is_repeatable: bool = True

    def __call__(self, orders: OrderService, arguments: dict[str, Any]) -> Any:
        """Do it over a service."""
        return getattr(orders, self.command)(**arguments)


def on_order(command: str, by: Actor, *, key: str | None = KEY, wait: timedelta = timedelta(0), **others: Any) -> Act:
    """A command on the order."""
    arguments = {"order_id": ORDER, "by": by, "idempotency_key": key, **others}
    return Act(command, lambda stage: arguments, wait, key, key is not None)


def submits(token: str = "tok_good", item: Item = VIDEO) -> Act:
    """The order is asked for."""
    request = {"store_id": STORE, "customer": ANA, "items": [item], "card": card(token), "order_id": ORDER}
    return Act("submit", lambda stage: request)


def resolves(outcome: Approved | Declined | None, by: Actor = OPERATOR, key: str = KEY) -> Act:
    """A person says what became of the charge in review; an approval without an id is the gateway's own."""

    def arguments(stage: Stage) -> dict[str, Any]:
        charge = stage.attempt("charge")
        told = outcome
        if isinstance(outcome, Approved):
            found = stage.gateway.find(charge)
            told = found if isinstance(found, Approved) else outcome
        return {
            "order_id": ORDER,
            "by": by,
            "key": charge.key,
            "outcome": told,
            "evidence": "the gateway's pages",
            "idempotency_key": key,
        }

    return Act("resolve_payment", arguments, key=key)


def checks(purpose: str | None = None, number: int = 1, *, wait: timedelta = timedelta(0)) -> Act:
    """The gateway's event comes in: a hint to look, at one payment or at all that are unsettled."""

    def arguments(stage: Stage) -> dict[str, Any]:
        return {"order_id": ORDER, "key": stage.attempt(purpose, number).key if purpose else None}

    return Act("check_payment", arguments, wait)


def sweeps(*, wait: timedelta = timedelta(0)) -> Act:
    """The sweep comes by."""
    return Act("run_due", lambda stage: {}, wait)


def redelivers() -> Act:
    """A message that failed is sent again."""

    def arguments(stage: Stage) -> dict[str, Any]:
        states = stage.storage.messages(ORDER)
        failed = [one for one in states if one.route == "webhook"][-1]
        return {"message_id": failed.id, "by": OPERATOR}

    return Act("redeliver", arguments)


def reads() -> Act:
    """The customer reads what there is to read."""

    def arguments(stage: Stage) -> dict[str, Any]:
        page = stage.orders.inbox(by=CUSTOMER)
        return {"message_ids": [message.id for message in page.messages], "by": CUSTOMER}

    return Act("mark_read", arguments)
