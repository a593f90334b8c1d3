"""Many threads on one storage: each promise holds for all of them together."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from .... import ConcurrentUpdate, DuplicateOrder
from ....ports import Storage
from .built import NOW, claim, due, keep, onwards, order, outcome, owed
from .case import StorageCase

T = TypeVar("T")

THREADS = 16

MANY = 20_000  # rounds, of which a few suffice: a broken storage must fail the test and not hang it


def together(work: Callable[[int], T]) -> list[T]:
    """What sixteen threads that begin at once come to."""
    barrier = threading.Barrier(THREADS)

    def one(number: int) -> T:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


@pytest.mark.usefixtures("threads_that_take_turns_often")
class Together(StorageCase):
    """Each promise holds for many threads together."""

    def test_there_are_as_many_versions_as_commits_that_succeeded(self, store: Storage) -> None:
        keep(store, order())

        def increment(number: int) -> int:
            succeeded = 0
            for _ in range(60):
                before = store.load("ord-1")
                assert before is not None
                try:
                    keep(store, onwards(before, timeline=before.timeline))
                except ConcurrentUpdate:
                    continue
                succeeded += 1
            return succeeded

        successes = sum(together(increment))
        after = store.load("ord-1")
        assert after is not None
        assert after.version == 1 + successes
        assert successes >= 60  # someone always wins

    def test_no_event_and_no_message_is_lost_or_doubled(self, store: Storage) -> None:
        """Every thread adds ten events with a message each, however often it must try."""
        keep(store, order())

        def add_ten(number: int) -> None:
            added, turns = 0, itertools.count()
            while added < 10:
                assert next(turns) < MANY, "nobody gets on"
                before = store.load("ord-1")
                assert before is not None
                after = onwards(before)
                try:
                    keep(store, after, owed(len(after.timeline)))
                except ConcurrentUpdate:
                    continue
                added += 1

        together(add_ten)
        after = store.load("ord-1")
        assert after is not None
        assert [event.seq for event in after.timeline] == list(range(1, 2 + THREADS * 10))
        assert [state.seq for state in store.messages("ord-1")] == list(range(2, 2 + THREADS * 10))

    def test_one_of_many_creates_an_order(self, store: Storage) -> None:
        def create(number: int) -> bool:
            try:
                keep(store, order(reason=f"by {number}"))
            except DuplicateOrder:
                return False
            return True

        assert Counter(together(create)) == {True: 1, False: THREADS - 1}

    def test_one_commit_repeated_by_many_succeeds_for_all_and_is_written_once(self, store: Storage) -> None:
        first = keep(store, order())
        together(lambda number: keep(store, onwards(first), owed(2), commit_id="c-2"))
        after = store.load("ord-1")
        assert after is not None
        assert after.version == 2
        assert len(store.messages("ord-1")) == 1

    def test_no_order_is_handed_out_twice(self, store: Storage) -> None:
        for number in range(200):
            keep(store, order(f"ord-{number:03}"), due_at=NOW)
        handed_out = together(lambda number: [one for _ in range(10) for one in due(store, limit=3)])
        assert sorted(one for ids in handed_out for one in ids) == [f"ord-{number:03}" for number in range(200)]

    def test_no_row_is_handed_out_twice(self, store: Storage) -> None:
        for number in range(100):
            keep(
                store,
                order(f"ord-{number}"),
                *[owed(1, route, order_id=f"ord-{number}") for route in ("email", "webhook")],
            )
        handed_out = together(lambda number: [row for _ in range(10) for row in claim(store, limit=3)])
        rows = [row for some in handed_out for row in some]
        assert len(rows) == 200
        assert len({row.id for row in rows}) == len({row.token for row in rows}) == 200

    def test_what_many_deliver_is_delivered_in_order(self, store: Storage) -> None:
        """A handler's rows, delivered by whoever gets hold of the next."""
        keep(store, order(), *[owed(seq, "grant-access", "handler") for seq in range(1, 41)])
        done: list[int] = []

        def deliver(number: int) -> None:
            turns = itertools.count()
            while len(done) < 40:
                assert next(turns) < MANY, "nobody gets on"
                for row in claim(store, limit=1):
                    done.append(row.seq)
                    store.record_deliveries([outcome(row)])

        together(deliver)
        assert done == list(range(1, 41))
