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
from .built import LEASE, NOW, attempt, claim, claim_ids, due, keep, note, onwards, order, outcome, owed
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
        for wave in range(4):
            ids = [f"ord-{wave}-{number:02}" for number in range(40)]
            for one in ids:
                keep(store, order(one), due_at=NOW)
            handed_out = [*together(lambda number: [one for _ in range(6) for one in due(store, limit=5)]), due(store)]
            assert sorted(one for some in handed_out for one in some) == ids

    def test_no_row_is_handed_out_twice(self, store: Storage) -> None:
        for wave in range(4):
            for number in range(20):
                about = f"ord-{wave}-{number}"
                keep(store, order(about), *[owed(1, route, order_id=about) for route in ("email", "webhook")])
            handed_out = [*together(lambda number: claim(store, limit=15) + claim(store, limit=15)), claim(store)]
            rows = [row for some in handed_out for row in some]
            assert len(rows) == len({row.id for row in rows}) == len({row.token for row in rows}) == 40

    def test_one_of_many_takes_over_what_nobody_finished(self, store: Storage) -> None:
        for number in range(12):
            keep(store, order(f"ord-{number:02}"), owed(order_id=f"ord-{number:02}"), due_at=NOW)
        assert len(due(store)) == len(claim(store)) == 12
        over = NOW + LEASE
        taken = together(lambda number: (due(store, over, limit=2), claim_ids(store, over, limit=2)))
        taken.append((due(store, over), claim_ids(store, over)))  # what they left
        assert sorted(one for orders, _ in taken for one in orders) == [f"ord-{number:02}" for number in range(12)]
        assert len({one for _, rows in taken for one in rows}) == sum(len(rows) for _, rows in taken) == 12

    def test_a_reader_sees_whole_commits(self, store: Storage) -> None:
        """Every version has as many events, notes and attempts as its number says."""
        first = keep(store, order(attempts=(attempt(1, "void"),), notes=(note(1),)))
        written = threading.Event()

        def write() -> None:
            before = first
            for turn in range(2, 26):
                more = {"notes": (*before.notes, note(turn)), "attempts": (*before.attempts, attempt(turn, "void"))}
                before = keep(store, onwards(before, **more))

        def work(number: int) -> None:
            if number == 0:
                try:
                    write()
                finally:
                    written.set()
            while not written.is_set():
                seen = store.load("ord-1")
                assert seen is not None
                parts = (len(seen.timeline), len(seen.notes), len(seen.attempts))
                assert parts == (seen.version,) * 3, "an order was read from two commits"

        together(work)

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
