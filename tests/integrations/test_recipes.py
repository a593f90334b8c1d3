"""The recipes of the docs, run for real: each engine calls the sweep by its own clock."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from orderflow import SweepReport
from orderflow.worker import run
from postgres import postgres_url, schema_of_its_own
from worker.turns import Scripted

LONGEST = 60.0


class Telling(Scripted):
    """Says when it was swept twice."""

    def __init__(self) -> None:
        super().__init__(SweepReport(remaining=True), SweepReport())
        self.was_swept = threading.Event()

    def run_due(self, limit: int = 100) -> SweepReport:
        report = super().run_due(limit)
        if not report.remaining:
            self.was_swept.set()
        return report


@pytest.fixture
def orders() -> Telling:
    return Telling()


def test_apscheduler_sweeps_each_interval(orders: Telling) -> None:
    from apscheduler.schedulers.background import BackgroundScheduler  # noqa: PLC0415

    scheduler = BackgroundScheduler()
    scheduler.add_job(
        run, "interval", seconds=0.05, args=[orders], kwargs={"once": True}, max_instances=1, coalesce=True
    )
    scheduler.start()
    try:
        assert orders.was_swept.wait(LONGEST)
    finally:
        scheduler.shutdown()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
def test_celery_beat_sends_the_sweep_and_a_worker_runs_it(orders: Telling, tmp_path: Path) -> None:
    from celery import Celery  # noqa: PLC0415
    from celery.beat import Service  # noqa: PLC0415
    from celery.contrib.testing.worker import start_worker  # noqa: PLC0415

    app = Celery("shop", broker="memory://", set_as_current=False)
    app.conf.beat_schedule = {"orders": {"task": "sweep", "schedule": 0.1}}
    app.conf.worker_hijack_root_logger = False

    @app.task(name="sweep", ignore_result=True)
    def sweep() -> None:
        run(orders, once=True)

    beat = Service(app, max_interval=1, schedule_filename=str(tmp_path / "beat"))
    thread = threading.Thread(target=beat.start, daemon=True)
    with start_worker(app, pool="solo", perform_ping_check=False, loglevel="ERROR"):
        thread.start()
        assert orders.was_swept.wait(LONGEST)
        beat.stop(wait=True)
    thread.join(LONGEST)
    assert not thread.is_alive()


def test_procrastinate_defers_the_sweep_periodically(orders: Telling) -> None:
    from procrastinate import App, PsycopgConnector  # noqa: PLC0415

    async def main(conninfo: str, schema: str) -> None:
        connector = PsycopgConnector(conninfo=conninfo, kwargs={"options": f"-c search_path={schema}"})
        app = App(connector=connector)

        @app.periodic(cron="* * * * * *")
        @app.task(name="sweep", queueing_lock="sweep", pass_context=False)
        def sweep(timestamp: int) -> None:
            run(orders, once=True)

        async with app.open_async():
            await app.schema_manager.apply_schema_async()
            worker = asyncio.create_task(
                app.run_worker_async(install_signal_handlers=False, fetch_job_polling_interval=0.2)
            )
            assert await asyncio.to_thread(orders.was_swept.wait, LONGEST)
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)

    with postgres_url() as url, schema_of_its_own(url) as schema:
        asyncio.run(main(url.replace("postgresql+psycopg:", "postgresql:"), schema))


def test_a_django_command_sweeps_once(orders: Telling) -> None:
    import django  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import BaseCommand, call_command  # noqa: PLC0415

    if not settings.configured:
        settings.configure(USE_TZ=True)
        django.setup()

    class Command(BaseCommand):
        help = "Do what is due on the shop's orders."

        def handle(self, *args: Any, **options: Any) -> None:
            run(orders, once=True)

    call_command(Command())
    assert orders.was_swept.is_set()
    assert orders.limits == [100, 100]
