"""Storages that break one promise about commits each, as storages in the field do."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

import attrs

from orderflow import ConcurrentUpdate, Order, OrderflowError, StorageError
from orderflow.adapters.memory import MemoryStorage
from orderflow.ports import CommandRecord, Owed


class LostUpdate(MemoryStorage):
    """Writes over whatever version is there; between reading and writing, others have their turn."""

    def load(self, order_id: str) -> Order | None:
        order = super().load(order_id)
        time.sleep(0.001)
        return order

    def commit(self, order: Order, *, expected_version: int, **rest: Any) -> None:
        stored = self._orders.get(order.id)
        if stored is not None and expected_version:
            expected_version = stored.order.version
            order = attrs.evolve(order, version=expected_version + 1)
        super().commit(order, expected_version=expected_version, **rest)


class CommitIdAfterTheVersion(MemoryStorage):
    """Looks at the version first, so that a repeated commit is a conflict."""

    def commit(self, order: Order, *, expected_version: int, **rest: Any) -> None:
        stored = self._orders.get(order.id)
        if stored is not None and expected_version and stored.order.version != expected_version:
            raise ConcurrentUpdate(order.id)
        super().commit(order, expected_version=expected_version, **rest)


class RulesBeforeTheVersion(MemoryStorage):
    """Looks at the rules first, so that who is too late is told that the order is broken."""

    def commit(self, order: Order, *, expected_version: int, **rest: Any) -> None:
        if order.version != expected_version + 1:
            raise StorageError("the version is wrong")
        super().commit(order, expected_version=expected_version, **rest)


class ForgetsCommits(MemoryStorage):
    """Takes the repetition of a commit for another one."""

    def commit(self, order: Order, *, commit_id: str, **rest: Any) -> None:
        super().commit(order, commit_id=f"{commit_id} {time.monotonic_ns()}", **rest)


class RemembersEveryCommit(MemoryStorage):
    """Lets any commit be repeated, however old, as though nothing had come in between."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[tuple[str, str]] = set()

    def commit(self, order: Order, *, commit_id: str, **rest: Any) -> None:
        if (order.id, commit_id) in self._seen:
            return
        super().commit(order, commit_id=commit_id, **rest)
        self._seen.add((order.id, commit_id))


class RepeatsReset(MemoryStorage):
    """Writes the rows of a repeated commit once more, as they were."""

    def commit(self, order: Order, *, messages: Sequence[Owed] = (), commit_id: str, **rest: Any) -> None:
        stored = self._orders.get(order.id)
        super().commit(order, messages=messages, commit_id=commit_id, **rest)
        if stored is not None and stored.order == order:
            self._write(order, stored, commit_id, messages, None, stored.due_at)


class RefusalsTakeTheId(MemoryStorage):
    """Remembers the id of a commit that it refused as the order's last."""

    def commit(self, order: Order, *, commit_id: str, **rest: Any) -> None:
        try:
            super().commit(order, commit_id=commit_id, **rest)
        except OrderflowError:
            if order.id in self._orders:
                self._orders[order.id].commit_id = commit_id
            raise


class ReplacesOrders(MemoryStorage):
    """Creates an order though its id is taken."""

    _replacing = threading.Lock()

    def commit(self, order: Order, *, expected_version: int, commit_id: str, **rest: Any) -> None:
        with self._replacing:  # else threads that take each other's order away at once may leave one winner
            if expected_version == 0:
                self._orders.pop(order.id, None)
            super().commit(order, expected_version=expected_version, commit_id=commit_id, **rest)


class OutboxApart(MemoryStorage):
    """Writes the order first, and what it owes in another transaction."""

    def commit(self, order: Order, *, messages: Sequence[Owed] = (), **rest: Any) -> None:
        super().commit(order, **rest)
        kept = self._orders[order.id]
        taken = {(row.owed.seq, row.owed.recipient, row.owed.route) for row in kept.outbox.values()}
        if len({(one.seq, one.recipient, one.route) for one in messages} - taken) != len(messages):
            raise StorageError("somebody was owed twice, and the order is committed")
        self._write(order, kept, rest["commit_id"], messages, None, rest.get("due_at"))


class OutboxDoubled(MemoryStorage):
    """Adds the rows of the outbox anew each time a commit is repeated, under other ids."""

    def commit(self, order: Order, *, messages: Sequence[Owed] = (), commit_id: str, **rest: Any) -> None:
        stored = self._orders.get(order.id)
        if stored is not None and stored.commit_id == commit_id:
            again = [attrs.evolve(one, id=f"{one.id}.{len(self._rows)}") for one in messages]
            self._write(stored.order, stored, commit_id, again, None, stored.due_at)
            return
        super().commit(order, messages=messages, commit_id=commit_id, **rest)


class TwoOpenCharges(MemoryStorage):
    """Keeps as many open charges as it is given."""

    def commit(self, order: Order, *, expected_version: int, commit_id: str, **rest: Any) -> None:
        try:
            super().commit(order, expected_version=expected_version, commit_id=commit_id, **rest)
        except StorageError as error:
            if "at most one charge" not in str(error):
                raise
            kept = self._orders.get(order.id)
            self._write(order, kept, commit_id, rest.get("messages", ()), None, rest.get("due_at"))


class GapsInTheTimeline(MemoryStorage):
    """Keeps events however they are numbered."""

    def commit(self, order: Order, *, expected_version: int, commit_id: str, **rest: Any) -> None:
        try:
            super().commit(order, expected_version=expected_version, commit_id=commit_id, **rest)
        except StorageError as error:
            if "events must be numbered" not in str(error):
                raise
            self._write(order, self._orders.get(order.id), commit_id, rest.get("messages", ()), None, None)


class KeepsTheFirstCommand(MemoryStorage):
    """Never replaces the record of a key."""

    def commit(self, order: Order, *, command: CommandRecord | None = None, **rest: Any) -> None:
        if command is not None and self.find_command(order.id, command.key) is not None:
            command = None
        super().commit(order, command=command, **rest)


class CommandsLost(MemoryStorage):
    """Keeps the command of a new order only."""

    def commit(self, order: Order, *, expected_version: int, command: CommandRecord | None = None, **rest: Any) -> None:
        command = command if expected_version == 0 else None
        super().commit(order, expected_version=expected_version, command=command, **rest)
