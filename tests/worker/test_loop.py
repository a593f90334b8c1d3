"""The loop: when it sweeps, how long it sleeps, and what it does about failures."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from orderflow import StorageError, SweepReport, ValidationError
from orderflow.worker import run, run_async
from shops import STORE, Shop
from worker.conftest import Work
from worker.turns import AsyncScripted, Scripted, Stops, plain_service

IDLE = SweepReport()
MORE = SweepReport(delivered=1, remaining=True)
LATER = timedelta(hours=1)


def due_in(delta: timedelta) -> SweepReport:
    return SweepReport(next_due_at=datetime.now(timezone.utc) + delta)


def test_it_sweeps_at_once_while_more_is_due(work: Work) -> None:
    stop = Stops()
    orders = work(MORE, MORE, IDLE, stop=stop, limit=7)
    assert orders.limits == [7, 7, 7]
    assert len(stop.waits) == 1


def test_it_sleeps_the_longest_if_nothing_is_known_to_fall_due(work: Work) -> None:
    stop = Stops(2)
    work(IDLE, stop=stop, max_sleep=12)
    assert stop.waits == [12, 12]


def test_it_sleeps_until_the_next_work_falls_due(work: Work) -> None:
    stop = Stops()
    work(due_in(timedelta(hours=2)), stop=stop, max_sleep=10 * 3600)
    assert 7000 < stop.waits[0] <= 7200


def test_it_never_sleeps_longer_than_it_may(work: Work) -> None:
    stop = Stops()
    work(due_in(LATER), stop=stop)
    assert stop.waits == [30]


def test_work_that_should_have_been_found_does_not_make_it_spin(work: Work) -> None:
    stop = Stops()
    work(due_in(-LATER), stop=stop)
    assert stop.waits == [0.1]


def test_failures_are_tried_again_after_growing_pauses(work: Work) -> None:
    stop = Stops(6)
    work(StorageError("gone"), stop=stop, max_sleep=5)
    for pause, longest in zip(stop.waits, [1, 2, 4, 5, 5, 5], strict=True):
        assert longest / 2 <= pause <= longest


def test_a_sweep_that_succeeds_ends_the_growing(work: Work) -> None:
    stop = Stops(4)
    work(StorageError("gone"), OSError("gone"), IDLE, StorageError("gone"), stop=stop)
    assert stop.waits[2] == 30
    assert stop.waits[3] <= 1


def test_pauses_after_failures_differ() -> None:
    stop = Stops(20)
    run(Scripted(StorageError("gone")), stop=stop, max_sleep=1)
    assert len(set(stop.waits)) > 1


def test_once_ends_as_soon_as_nothing_more_is_due(work: Work) -> None:
    stop = Stops()
    orders = work(MORE, IDLE, stop=stop, once=True)
    assert len(orders.limits) == 2
    assert stop.waits == []


def test_once_raises_what_fails(work: Work) -> None:
    with pytest.raises(StorageError):
        work(StorageError("gone"), stop=Stops(), once=True)


def test_a_stop_that_is_set_before_it_begins_sweeps_nothing(work: Work) -> None:
    stop = threading.Event()
    stop.set()
    orders = Scripted(IDLE)
    run(orders, stop=stop)
    assert orders.limits == []


def test_a_stop_ends_the_wait_of_an_embedded_loop() -> None:
    stop, swept = threading.Event(), threading.Event()

    class Telling(Scripted):
        def run_due(self, limit: int = 100) -> SweepReport:
            swept.set()
            return super().run_due(limit)

    thread = threading.Thread(target=run, args=(Telling(IDLE),), kwargs={"stop": stop, "max_sleep": 3600})
    thread.start()
    assert swept.wait(60)
    stop.set()
    thread.join(60)
    assert not thread.is_alive()


def test_an_async_stop_ends_the_wait_and_a_wait_ends_by_itself() -> None:
    async def main() -> list[int]:
        stop = asyncio.Event()
        orders = AsyncScripted(IDLE)
        task = asyncio.create_task(run_async(orders, stop=stop, max_sleep=0.1))
        while len(orders.limits) < 2:
            await asyncio.sleep(0.01)
        stop.set()
        await asyncio.wait_for(task, 60)
        return orders.limits

    assert len(asyncio.run(main())) >= 2


def test_without_a_stop_it_runs_until_its_wait_raises() -> None:
    class Enough(Exception):
        pass

    def wait(seconds: float) -> None:
        raise Enough

    async def wait_async(seconds: float) -> None:
        raise Enough

    with pytest.raises(Enough):
        run(Scripted(IDLE), wait=wait)
    with pytest.raises(Enough):
        asyncio.run(run_async(AsyncScripted(IDLE), wait=wait_async))


@pytest.mark.parametrize(
    "options",
    [
        {"limit": 0},
        {"limit": 10_001},
        {"limit": True},
        {"max_sleep": 0},
        {"max_sleep": 1e9},
        {"max_sleep": float("nan")},
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_at_once(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        run(plain_service(), **options)


def test_the_most_that_a_sweep_takes_is_the_most_that_a_worker_asks_for() -> None:
    run(plain_service(), limit=10_000, once=True)
    with pytest.raises(ValidationError):
        plain_service().run_due(10_001)


def test_it_does_the_work_of_a_shop(sync_shop: Shop) -> None:
    order = sync_shop.order_in("pending_payment")
    sync_shop.clock.advance(days=7)
    run(sync_shop.orders, once=True)
    assert sync_shop.get(order.id).status == "expired"
    assert order.store_id == STORE


def test_the_health_file_tells_of_the_last_sweep(work: Work, tmp_path: Path) -> None:
    path = tmp_path / "health.json"
    work(SweepReport(delivered=3), stop=Stops(), health_file=path)
    told = json.loads(path.read_text())
    assert told["ok"] is True
    assert told["report"]["delivered"] == 3
    assert told["report"]["next_due_at"] is None
    assert datetime.fromisoformat(told["at"]).tzinfo is not None
    assert [entry.name for entry in tmp_path.iterdir()] == ["health.json"]


def test_the_health_file_tells_of_a_sweep_that_failed(work: Work, tmp_path: Path) -> None:
    path = tmp_path / "health.json"
    work(SweepReport(), StorageError("canary"), stop=Stops(2), health_file=path)
    told = json.loads(path.read_text())
    assert (told["ok"], told["error"]) == (False, "StorageError")


def test_it_lives_without_its_health_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    stop = Stops(2)
    run(Scripted(IDLE), stop=stop, health_file=tmp_path / "nowhere" / "health.json")
    assert len(stop.waits) == 2
    assert "event=health_file_failed error=FileNotFoundError" in caplog.text


@pytest.mark.parametrize(
    ("report", "level"),
    [
        (IDLE, logging.DEBUG),
        (SweepReport(concluded=1), logging.INFO),
        (SweepReport(needs_review=1), logging.WARNING),
        (SweepReport(delivered=1, failed=1), logging.WARNING),
    ],
    ids=["nothing done", "something done", "needs review", "given up"],
)
def test_what_a_person_should_see_is_logged_louder(
    report: SweepReport, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "orderflow.worker")
    run(Scripted(report), stop=Stops())
    assert [record.levelno for record in caplog.records] == [level]


def test_a_logger_that_is_off_costs_nothing_and_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "orderflow.worker")
    run(Scripted(IDLE), stop=Stops())
    assert caplog.records == []
