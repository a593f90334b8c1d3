"""The sweep on DBOS: it goes on whichever process is killed, and no payment is made twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOS

from integrations.sweeper import LedgerGateway, configured, shop_in
from orderflow import OrderStatus, SweepReport, verify_history
from orderflow.integrations.dbos import SweepFailed, Sweeps
from postgres import postgres_url, schema_of_its_own
from shops import ANA, MERCHANT, OPERATOR, STORE, VIDEO, card
from worker.turns import AsyncScripted, Scripted

TESTS = Path(__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent / "src")])}
ORDERS = 12
LONGEST = 90.0


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST
    while not holds():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.05)


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "integrations.sweeper", *arguments]
    return subprocess.Popen(command, env=ENVIRONMENT, stdin=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres_url() as url:
        yield url


def test_what_a_killed_process_leaves_another_finishes_and_no_payment_is_made_twice(
    tmp_path: Path, database: str
) -> None:
    gateway = LedgerGateway(tmp_path / "ledger", is_deaf=True)
    orders = shop_in(tmp_path, gateway)
    for number in range(ORDERS):
        order = orders.submit(store_id=STORE, customer=ANA, items=[VIDEO], card=card(), order_id=f"ord-{number}")
        assert orders.accept(order.id, by=MERCHANT).payment_in_progress
    url = database
    with schema_of_its_own(url) as schema:
        with start(str(tmp_path), url, schema, "first", "3") as first:
            try:
                assert first.wait(LONGEST) == -signal.SIGKILL
            finally:
                first.kill()
        assert orders.counts(store_id=STORE, by=OPERATOR)[OrderStatus.ACCEPTED] < ORDERS
        with start(str(tmp_path), url, schema, "second", "0") as second:
            try:
                until(lambda: orders.counts(store_id=STORE, by=OPERATOR)[OrderStatus.ACCEPTED] == ORDERS)
                second.communicate(timeout=LONGEST)
            finally:
                second.kill()
        assert second.returncode == 0
    keys = gateway.keys()
    assert len(keys) == len(set(keys)) == ORDERS
    for number in range(ORDERS):
        order = orders.get(f"ord-{number}", by=OPERATOR)
        verify_history(order)
        assert [event.kind for event in order.timeline].count("accepted") == 1


@pytest.fixture
def engine(database: str) -> Iterator[None]:
    """DBOS in this process; on PostgreSQL, as on SQLite it asks for one newer than many a Python has."""
    with schema_of_its_own(database) as schema:
        DBOS(config=configured(database, schema, "here"))
        yield
        DBOS.destroy(destroy_registry=True)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("kind", [Scripted, AsyncScripted])
def test_a_sweep_goes_on_until_nothing_remains(kind: Any) -> None:
    orders = kind(SweepReport(remaining=True), SweepReport(remaining=True), SweepReport())
    sweeps = Sweeps(orders, schedule="0 0 1 1 *", limit=7, polling_seconds=0.05)
    DBOS.launch()
    sweeps.start()
    DBOS.retrieve_workflow(sweeps.sweep_now()).get_result()
    assert orders.limits == [7, 7, 7]


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("kind", [Scripted, AsyncScripted])
def test_a_sweep_that_fails_is_tried_again_and_then_told_by_its_type_alone(kind: Any) -> None:
    orders = kind(RuntimeError("canary-7f3a"))
    sweeps = Sweeps(orders, schedule="0 0 1 1 *", polling_seconds=0.05, retry_seconds=0.01)
    DBOS.launch()
    sweeps.start()
    handle: Any = DBOS.retrieve_workflow(sweeps.sweep_now())
    with pytest.raises(Exception) as raised:
        handle.get_result()
    assert len(orders.limits) == 3
    kept = repr(raised.value) + repr(vars(raised.value)) + repr(DBOS.list_workflow_steps(handle.get_workflow_id()))
    assert "canary" not in kept
    assert SweepFailed.__name__ in kept


@pytest.mark.usefixtures("engine")
def test_it_may_be_started_again_with_another_schedule() -> None:
    sweeps = Sweeps(Scripted(SweepReport()), schedule="0 0 1 1 *")
    DBOS.launch()
    sweeps.start()
    sweeps.start()
    [schedule] = DBOS.list_schedules()
    assert (schedule["schedule"], schedule["queue_name"]) == ("0 0 1 1 *", "orderflow-sweep")
