"""The parts that the live shop runs on, put together from settings that its processes pass on in their environment.

Needs the extras `stripe` and, for PostgreSQL, `postgres`.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy
import stripe

from orderflow import OrderService, SystemClock
from orderflow.adapters.smtp import SMTPNotifier
from orderflow.adapters.sqlalchemy import SQLAlchemyStorage
from orderflow.adapters.sqlite import SQLiteStorage
from orderflow.adapters.stripe import StripeGateway
from orderflow.adapters.webhooks import Endpoint, WebhookNotifier
from orderflow.ports import Storage

STORE = "studio-7"
SHOPKEEPER = "studio@seven.example"
VARIABLE = "LIVE_SHOP"


class ShiftedClock:
    """The machine's time, put ahead by what a file says, so that seven days pass at once in every process."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._system = SystemClock()

    def now(self) -> datetime:
        """Now, aware, in UTC."""
        return self._system.now() + timedelta(seconds=self._ahead())

    def advance(self, ahead: timedelta) -> None:
        """Put it ahead by so much more."""
        new = self._file.with_suffix(".new")
        new.write_text(str(self._ahead() + ahead.total_seconds()))
        new.replace(self._file)

    def _ahead(self) -> float:
        return float(self._file.read_text()) if self._file.exists() else 0.0


@dataclass(frozen=True)
class Settings:
    """Where the shop's parts are.

    Attributes:
        storage: The path of a SQLite file, or a URL that begins with `postgresql`.
        schema: The schema in PostgreSQL; None for the database's own.
        clock: The file that says how far the shop's clock is ahead.
        stripe: The address of Stripe's API.
        smtp_port: The port of the mail server on this machine.
        webhook_url: Where the merchant's systems listen.
        webhook_secret: What they check signatures with.
    """

    storage: str
    schema: str | None
    clock: str
    stripe: str
    smtp_port: int
    webhook_url: str
    webhook_secret: str

    @contextmanager
    def opened(self) -> Iterator[OrderService]:
        """The shop's service, for a while."""
        endpoint = Endpoint(self.webhook_url, self.webhook_secret)
        with contextlib.ExitStack() as stack:
            http = stripe.RequestsClient(timeout=5)
            stack.callback(http.close)
            client = stripe.StripeClient(
                "sk_test_stand_in", base_addresses={"api": self.stripe}, http_client=http, max_network_retries=0
            )
            yield OrderService(
                storage=self._storage(stack),
                payments=StripeGateway(client),
                notifier=[
                    SMTPNotifier("127.0.0.1", self.smtp_port, "Studio Seven <orders@seven.example>", _merchant_address),
                    WebhookNotifier(lambda _: endpoint, allow_private=True),  # the receiver is on this machine
                ],
                clock=ShiftedClock(Path(self.clock)),
                order_url=lambda order, audience: f"https://seven.example/{audience}/orders/{order.id}",
                deliver="deferred",  # the worker delivers
            )

    def _storage(self, stack: contextlib.ExitStack) -> Storage:
        if not self.storage.startswith("postgresql"):
            file = SQLiteStorage(self.storage)
            stack.callback(file.close)
            return file
        engine = sqlalchemy.create_engine(self.storage)
        stack.callback(engine.dispose)
        storage = SQLAlchemyStorage(engine, schema=self.schema)
        storage.create_all()
        return storage


class Worker:
    """A process that sweeps the shop: `python -m orderflow.worker live_parts:make`. It looks for work all the time."""

    def __init__(self, settings: Settings, log: Path) -> None:
        command = [sys.executable, "-m", "orderflow.worker", "live_parts:make", "--max-sleep", "0.2"]
        paths = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, VARIABLE: json.dumps(asdict(settings)), "PYTHONPATH": os.pathsep.join(paths)}
        with log.open("a") as said:
            self._process = subprocess.Popen(command, env=environment, stdout=said, stderr=said)  # noqa: S603

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def kill(self) -> None:
        """End it with no warning: SIGKILL."""
        self._process.kill()

    def wait(self, timeout: float = 30) -> int:
        """Wait for its end; below zero is the signal that ended it."""
        return self._process.wait(timeout)


def _merchant_address(store_id: str) -> str | None:
    return SHOPKEEPER if store_id == STORE else None


_OPEN = contextlib.ExitStack()  # what a worker process opens stays open until it ends


def make() -> OrderService:
    """The service of a worker process."""
    return _OPEN.enter_context(Settings(**json.loads(os.environ[VARIABLE])).opened())
