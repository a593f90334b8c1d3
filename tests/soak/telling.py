"""Who was told what, held against what the notifier, the handler and the inboxes were given."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs

from faults.books import message_problems
from orderflow import Actor, DeliveryState, MessageState, Order, OrderService
from soak.errands import CUSTOMERS
from soak.lines import read
from soak.settings import HANDLER, STORES

__all__ = ["Told", "inbox_problems", "telling_problems", "told_of"]


@attrs.define
class Told:
    """What was given out of the shop.

    Attributes:
        tried: When each message was first tried: its place in the file.
        done: The messages that were sent.
        handled: The events that the handler was done with, of each order, by the first time.
        sent: How often something was sent.
        called: How often the handler was done.
    """

    tried: dict[str, int] = attrs.field(factory=dict)
    done: set[str] = attrs.field(factory=set)
    handled: defaultdict[str, list[int]] = attrs.field(factory=lambda: defaultdict(list))
    sent: int = 0
    called: int = 0


def told_of(path: Path) -> Told:
    """Read what the notifier and the handler wrote down."""
    told = Told()
    for place, line in enumerate(read(path)):
        if "try" in line:
            if "message" in line["try"]:
                told.tried.setdefault(line["try"]["message"], place)
            continue
        what: dict[str, Any] = line["done"]
        if "message" in what:
            told.sent += 1
            told.done.add(what["message"])
        else:
            told.called += 1
            if what["seq"] not in told.handled[what["order"]]:
                told.handled[what["order"]].append(what["seq"])
    return told


def telling_problems(order: Order, states: Sequence[MessageState], told: Told) -> Iterator[str]:
    """What is wrong with what was told about an order."""
    yield from message_problems(order, states, told.done)
    for state in states:
        if state.state is not DeliveryState.DELIVERED:
            yield f"{state.route} of event {state.seq} is {state.state} after {state.tries} tries: {state.last_error}"
    seqs = [event.seq for event in order.timeline]
    if sorted(state.seq for state in states if state.route == HANDLER) != seqs:
        yield "not every event is owed to the handler, once"
    if told.handled[order.id] != seqs:
        yield f"the handler was called with the events {told.handled[order.id]}, first times only"
    firsts: defaultdict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for state in states:
        if state.id in told.tried:
            firsts[state.recipient, state.route].append((told.tried[state.id], state.seq))
    for (recipient, route), tries in firsts.items():
        in_time = [seq for _, seq in sorted(tries)]
        if in_time != sorted(in_time):
            yield f"{route} to {recipient} was first tried in the order {in_time}"


def inbox_problems(orders: OrderService, in_app: set[str]) -> Iterator[str]:
    """Every in-app message must be in one inbox, once."""
    seen: Counter[str] = Counter()
    readers = [Actor.customer(name) for name in CUSTOMERS] + [Actor.merchant(store) for store in STORES]
    for reader in readers:
        after: str | None = None
        while True:
            page = orders.inbox(by=reader, limit=200, after=after)
            seen.update(message.id for message in page.messages)
            after = page.next
            if after is None:
                break
    yield from (
        f"in-app message {message} is in the inboxes {count} times" for message, count in seen.items() if count > 1
    )
    yield from (f"in-app message {message} is in no inbox" for message in in_app - set(seen))
    yield from (f"in-app message {message} is on no order's books" for message in set(seen) - in_app)
