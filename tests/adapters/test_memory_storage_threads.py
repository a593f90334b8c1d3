"""Many threads on one storage: each promise holds for all of them together."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from adapters.built import NOW, claim, due, keep, onwards, order, outcome, owed
from orderflow import ConcurrentUpdate, DuplicateOrder
from orderflow.ports import Storage

T = TypeVar("T")

THREADS = 16
MANY = 20_000  # rounds, of which a few suffice: a broken storage must fail the test and not hang it


pytestmark = pytest.mark.usefixtures("threads_that_take_turns_often")


def together(work: Callable[[int], T]) -> list[T]:
    """What sixteen threads that begin at once come to."""
    barrier = threading.Barrier(THREADS)

    def one(number: int) -> T:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def test_there_are_as_many_versions_as_commits_that_succeeded(storage: Storage) -> None:
    keep(storage, order())

    def increment(number: int) -> int:
        succeeded = 0
        for _ in range(60):
            before = storage.load("ord-1")
            assert before is not None
            try:
                keep(storage, onwards(before, timeline=before.timeline))
            except ConcurrentUpdate:
                continue
            succeeded += 1
        return succeeded

    successes = sum(together(increment))
    after = storage.load("ord-1")
    assert after is not None
    assert after.version == 1 + successes
    assert successes >= 60  # someone always wins


def test_no_event_and_no_message_is_lost_or_doubled(storage: Storage) -> None:
    """Every thread adds ten events with a message each, however often it must try."""
    keep(storage, order())

    def add_ten(number: int) -> None:
        added = 0
        for _ in range(MANY):
            before = storage.load("ord-1")
            assert before is not None
            after = onwards(before)
            try:
                keep(storage, after, owed(len(after.timeline)))
            except ConcurrentUpdate:
                continue
            added += 1
            if added == 10:
                break

    together(add_ten)
    after = storage.load("ord-1")
    assert after is not None
    assert [event.seq for event in after.timeline] == list(range(1, 2 + THREADS * 10))
    assert [state.seq for state in storage.messages("ord-1")] == list(range(2, 2 + THREADS * 10))


def test_one_of_many_creates_an_order(storage: Storage) -> None:
    def create(number: int) -> bool:
        try:
            keep(storage, order(reason=f"by {number}"))
        except DuplicateOrder:
            return False
        return True

    assert Counter(together(create)) == {True: 1, False: THREADS - 1}


def test_one_commit_repeated_by_many_succeeds_for_all_and_is_written_once(storage: Storage) -> None:
    first = keep(storage, order())
    together(lambda number: keep(storage, onwards(first), owed(2), commit_id="c-2"))
    after = storage.load("ord-1")
    assert after is not None
    assert after.version == 2
    assert len(storage.messages("ord-1")) == 1


def test_no_order_is_handed_out_twice(storage: Storage) -> None:
    for number in range(200):
        keep(storage, order(f"ord-{number:03}"), due_at=NOW)
    handed_out = together(lambda number: [one for _ in range(10) for one in due(storage, limit=3)])
    assert sorted(one for ids in handed_out for one in ids) == [f"ord-{number:03}" for number in range(200)]


def test_no_row_is_handed_out_twice(storage: Storage) -> None:
    for number in range(100):
        keep(
            storage,
            order(f"ord-{number}"),
            *[owed(1, route, order_id=f"ord-{number}") for route in ("email", "webhook")],
        )
    handed_out = together(lambda number: [row for _ in range(10) for row in claim(storage, limit=3)])
    rows = [row for some in handed_out for row in some]
    assert len(rows) == 200
    assert len({row.id for row in rows}) == len({row.token for row in rows}) == 200


def test_what_many_deliver_is_delivered_in_order(storage: Storage) -> None:
    """A handler's rows, delivered by whoever gets hold of the next."""
    keep(storage, order(), *[owed(seq, "grant-access", "handler") for seq in range(1, 41)])
    done: list[int] = []

    def deliver(number: int) -> None:
        for _ in range(MANY):
            if len(done) == 40:
                break
            for row in claim(storage, limit=1):
                done.append(row.seq)
                storage.record_deliveries([outcome(row)])

    together(deliver)
    assert done == list(range(1, 41))
