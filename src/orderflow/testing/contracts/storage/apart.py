"""Many processes on one storage: each promise holds for all of them together."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable
from typing import Final, TypeVar

import pytest

from .... import ConcurrentUpdate, DuplicateOrder
from ....ports import Storage
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


def increment(store: Storage, number: int) -> int:
    """Add versions until so many are this process's own; how often somebody else was faster."""
    conflicts = 0
    for turn in range(INCREMENTS):
        while True:
            before = store.load("ord-1")
            assert before is not None
            try:
                keep(store, onwards(before), commit_id=f"c-{number}-{turn}")
            except ConcurrentUpdate:
                conflicts += 1
                continue
            break
    return conflicts


def repeat(store: Storage, number: int) -> None:
    keep(store, onwards(order()), owed(2), commit_id="c-2")


def take_orders(store: Storage, number: int) -> list[str]:
    return [order_id for _ in range(12) for order_id in due(store, limit=3)]


def take_rows(store: Storage, number: int) -> list[tuple[str, str | None]]:
    return [(row.id, row.token) for _ in range(12) for row in claim(store, limit=3)]


def at_once(
    open_elsewhere: OpenElsewhere, work: Callable[[Storage, int], T], barrier: threading.Barrier, number: int
) -> T:
    """Runs in each process: opens the storage, waits for the others, and works."""
    store = open_elsewhere()
    barrier.wait(_PATIENCE)
    return work(store, number)


class Apart(StorageCase):
    """Each promise holds for many processes together."""

    @pytest.fixture
    def apart(self, open_elsewhere: OpenElsewhere | None) -> Callable[[Callable[[Storage, int], T]], list[T]]:
        """What several processes that begin at once come to."""
        if open_elsewhere is None:
            pytest.skip("no other process can open this storage: override the fixture open_elsewhere if one can")

        def run(work: Callable[[Storage, int], T]) -> list[T]:
            context = multiprocessing.get_context("spawn")
            with context.Manager() as manager, context.Pool(PROCESSES) as pool:
                barrier = manager.Barrier(PROCESSES)
                given = ((open_elsewhere, work, barrier, number) for number in range(PROCESSES))
                calls = [pool.apply_async(at_once, one) for one in given]
                return [call.get(2 * _PATIENCE) for call in calls]

        return run

    def test_one_of_many_processes_creates_an_order(self, store: Storage, apart: Callable[..., list[bool]]) -> None:
        assert Counter(apart(create)) == {True: 1, False: PROCESSES - 1}

    def test_no_process_loses_a_commit_to_another(self, store: Storage, apart: Callable[..., list[int]]) -> None:
        keep(store, order())
        apart(increment)
        after = store.load("ord-1")
        assert after is not None
        assert after.version == 1 + PROCESSES * INCREMENTS
        assert len(after.timeline) == after.version

    def test_a_commit_repeated_by_many_processes_is_written_once(
        self, store: Storage, apart: Callable[..., list[None]]
    ) -> None:
        keep(store, order())
        apart(repeat)
        after = store.load("ord-1")
        assert after is not None
        assert (after.version, len(store.messages("ord-1"))) == (2, 1)

    def test_no_order_is_handed_to_two_processes(self, store: Storage, apart: Callable[..., list[list[str]]]) -> None:
        ids = [f"ord-{number:03}" for number in range(60)]
        for order_id in ids:
            keep(store, order(order_id), due_at=NOW)
        assert sorted(one for some in apart(take_orders) for one in some) == ids

    def test_no_row_is_handed_to_two_processes(
        self, store: Storage, apart: Callable[..., list[list[tuple[str, str | None]]]]
    ) -> None:
        for number in range(30):
            order_id = f"ord-{number}"
            keep(store, order(order_id), *[owed(1, route, order_id=order_id) for route in ("email", "webhook")])
        rows = [row for some in apart(take_rows) for row in some]
        assert len(rows) == len({row_id for row_id, _ in rows}) == len({token for _, token in rows}) == 60
