"""Many processes on one storage: each promise holds for all of them together."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable
from typing import Final, TypeVar

import pytest

from .... import ConcurrentUpdate, DuplicateOrder
from ....ports import Owed, Storage
from ...awaiting import Loop, called_alike
from ..needs import needed
from .built import NOW, claim, due, keep, onwards, order, owed
from .case import OpenElsewhere, StorageCase

__all__ = ["Apart"]

T = TypeVar("T")

PROCESSES: Final = 4
INCREMENTS: Final = 25
_PATIENCE: Final = 60.0  # seconds until all have come as far as the barrier


def create(store: Storage, number: int) -> bool:
    try:
        keep(store, order(reason=f"by {number}"), commit_id=f"c-{number}")
    except DuplicateOrder:
        return False
    return True


def increment(store: Storage, number: int) -> None:
    """Add versions until so many are this process's own, whoever else was faster."""
    for turn in range(INCREMENTS):
        while True:
            before = store.load("ord-1")
            assert before is not None
            try:
                keep(store, onwards(before), commit_id=f"c-{number}-{turn}")
            except ConcurrentUpdate:
                continue
            break


def repeat(store: Storage, number: int) -> None:
    keep(store, onwards(order()), owed(2), commit_id="c-2")


def take(store: Storage, number: int) -> tuple[list[str], list[Owed]]:
    turns = range(12)
    return [one for _ in turns for one in due(store, limit=2)], [row for _ in turns for row in claim(store, limit=3)]


def at_once(
    open_elsewhere: OpenElsewhere, work: Callable[[Storage, int], T], barrier: threading.Barrier, number: int
) -> T:
    """Runs in each process: opens the storage, waits for the others, and works."""
    loop = Loop()
    try:
        store: Storage = called_alike(open_elsewhere(), loop)
        barrier.wait(_PATIENCE)
        return work(store, number)
    finally:
        loop.close()


class Apart(StorageCase):
    """Each promise holds for many processes together."""

    @pytest.fixture
    def apart(self, open_elsewhere: OpenElsewhere | None) -> Callable[[Callable[[Storage, int], T]], list[T]]:
        """What several processes that begin at once come to."""
        opens = needed(
            open_elsewhere,
            "no other process can open this storage: override the fixture `open_elsewhere` if one can",
        )

        def run(work: Callable[[Storage, int], T]) -> list[T]:
            context = multiprocessing.get_context("spawn")
            with context.Manager() as manager, context.Pool(PROCESSES) as pool:
                barrier = manager.Barrier(PROCESSES)
                given = ((opens, work, barrier, number) for number in range(PROCESSES))
                calls = [pool.apply_async(at_once, one) for one in given]
                return [call.get(2 * _PATIENCE) for call in calls]

        return run

    def test_one_of_many_processes_creates_an_order(self, store: Storage, apart: Callable[..., list[bool]]) -> None:
        assert Counter(apart(create)) == {True: 1, False: PROCESSES - 1}

    def test_no_process_loses_a_commit_to_another(self, store: Storage, apart: Callable[..., list[None]]) -> None:
        keep(store, order())
        apart(increment)
        after = store.load("ord-1")
        assert after is not None
        assert after.version == 1 + PROCESSES * INCREMENTS, "there must be as many versions as commits that succeeded"
        assert len(after.timeline) == after.version

    def test_a_commit_repeated_by_many_processes_is_written_once(
        self, store: Storage, apart: Callable[..., list[None]]
    ) -> None:
        keep(store, order())
        apart(repeat)
        after = store.load("ord-1")
        assert after is not None
        assert (after.version, len(store.messages("ord-1"))) == (2, 1)

    def test_no_work_is_handed_to_two_processes(
        self, store: Storage, apart: Callable[..., list[tuple[list[str], list[Owed]]]]
    ) -> None:
        ids = [f"ord-{number:02}" for number in range(40)]
        for one in ids:
            keep(store, order(one), *[owed(1, route, order_id=one) for route in ("email", "webhook")], due_at=NOW)
        taken = [*apart(take), (list(due(store)), claim(store))]  # theirs, and what they left
        assert sorted(one for orders, _ in taken for one in orders) == ids
        rows = [row for _, some in taken for row in some]
        assert len(rows) == len({row.id for row in rows}) == len({row.token for row in rows}) == 80
