"""What the shop's callers were told while the soak ran: none of it may be lost, or be otherwise afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import attrs

from orderflow import AttemptState, EventKind, Order, OrderStatus
from soak.errands import Errand
from soak.lines import mend, read

__all__ = ["Memory", "memory_of"]

_SETTLED: Final = frozenset(AttemptState) - {AttemptState.OPEN, AttemptState.REVIEW}
#: Where the key of a command is found in the order: the kind of its event, and the name in the event's data.
_TRACES: Final = {
    "decline": (EventKind.DECLINED, "reason"),
    "cancel": (EventKind.CANCELED, "reason"),
    "complete": (EventKind.COMPLETED, "note"),
    "refund": (EventKind.REFUND_BEGUN, "reason"),
}
_REFUSALS: Final = {("submit", "CardDeclined"): "card_refused", ("submit", "PaymentUnavailable"): "card_unverified"}


@attrs.define
class _Known:
    """What is known of one order.

    Attributes:
        version: The highest that anybody saw.
        events: The kind of each event that anybody saw.
        attempts: The state of each settled attempt that anybody saw.
        done: The act and the key of each acknowledged errand.
        refused: Why the order was closed, as its caller was told.
    """

    version: int = 0
    events: dict[int, str] = attrs.field(factory=dict)
    attempts: dict[tuple[str, int], str] = attrs.field(factory=dict)
    done: set[tuple[str, str]] = attrs.field(factory=set)
    refused: str = ""


@attrs.define
class Memory:
    """What callers were told.

    Attributes:
        orders: Of each order.
        broken: What no caller should ever have seen.
        figures: How often they were told what.
    """

    orders: dict[str, _Known] = attrs.field(factory=dict)
    broken: list[str] = attrs.field(factory=list)
    figures: Counter[str] = attrs.field(factory=Counter)

    def acknowledged(self) -> list[str]:
        """The orders of which somebody was told something."""
        return [order_id for order_id, known in self.orders.items() if known.version or known.refused]

    def add(self, line: dict[str, Any]) -> None:
        """Remember a line of a journal."""
        if "broken" in line:
            self.broken.append(f"a worker broke: {line['broken']}")
        if "error" in line:
            self.figures[f"told {line['error']}"] += 1
        if "done" not in line:
            return
        errand: Errand = line["done"]
        known = self.orders.setdefault(errand["order"], _Known())
        if "error" in line:
            known.refused = _REFUSALS.get((errand["act"], line["error"]), known.refused)
            return
        self.figures["acknowledged"] += 1
        known.done.add((errand["act"], errand["key"]))
        if line["told"] is not None:
            self._compare(errand["order"], known, line["told"])

    def _compare(self, order_id: str, known: _Known, told: dict[str, Any]) -> None:
        known.version = max(known.version, told["version"])
        for seq, kind in told["events"]:
            if known.events.setdefault(seq, kind) != kind:
                self.broken.append(f"order {order_id}: event {seq} was seen as {kind} and as {known.events[seq]}")
        for purpose, number, state in told["attempts"]:
            if state in _SETTLED and known.attempts.setdefault((purpose, number), state) != state:
                self.broken.append(f"order {order_id}: {purpose} {number} was seen as {state} and otherwise")

    def problems(self, order: Order) -> Iterator[str]:
        """What callers were told of the order, and it does not hold; and what was done twice under one key."""
        yield from _done_twice(order)
        known = self.orders.get(order.id)
        if known is None:
            return
        if known.version > order.version:
            yield f"version {known.version} was told, and it is at {order.version}"
        kinds = {event.seq: event.kind.value for event in order.timeline}
        yield from (f"event {n}, {kind}, was told" for n, kind in known.events.items() if kinds.get(n) != kind)
        states = {(one.purpose.value, one.number): one.state.value for one in order.attempts}
        yield from (
            f"{purpose} {number} was told to be {state}, and it is {states.get((purpose, number))}"
            for (purpose, number), state in known.attempts.items()
            if states.get((purpose, number)) != state
        )
        if known.refused and (order.reason != known.refused or order.status is not OrderStatus.DECLINED):
            yield f"it was told to be closed ({known.refused})"
        traces = set(_traces(order))
        for act, key in known.done:
            if (act in _TRACES or act == "add_note") and (act, key) not in traces:
                yield f"{act} {key} was acknowledged, and left no trace"


def _traces(order: Order) -> list[tuple[str, str]]:
    """The commands that left a trace in the order, by act and key."""
    found = [("add_note", note.text) for note in order.notes]
    for act, (kind, name) in _TRACES.items():
        found += [(act, event.data.get(name, "")) for event in order.timeline if event.kind is kind]
    return found


def _done_twice(order: Order) -> Iterator[str]:
    absent = {
        str(one.number)
        for one in order.attempts
        if one.purpose == "refund" and one.state is AttemptState.ABSENT  # it is forgotten, and may begin anew
    }
    forgotten = Counter(
        ("refund", event.data.get("reason", ""))
        for event in order.timeline
        if event.kind is EventKind.REFUND_BEGUN and event.data["number"] in absent
    )
    for (act, key), count in Counter(_traces(order)).items():
        if count - forgotten[act, key] > 1:
            yield f"{act} {key} was done {count} times"


def memory_of(journals: Iterable[Path]) -> Memory:
    """Read all journals."""
    memory = Memory()
    for path in journals:
        mend(path)
        for line in read(path):
            memory.add(line)
    return memory
