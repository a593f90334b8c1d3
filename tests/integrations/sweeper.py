"""A process that sweeps a shop on DBOS, and, if told to, is killed in the midst of its sweep."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from dbos import DBOS, DBOSConfig

from orderflow import Approved, OrderService, PaymentAttempt, Policy
from orderflow.adapters.sqlite import SQLiteStorage
from orderflow.integrations.dbos import Sweeps

__all__ = ["LedgerGateway", "configured", "shop_in"]

LEASE = timedelta(seconds=1)


class LedgerGateway:
    """A gateway whose ledger is a file that processes share. Each key moves money once.

    Args:
        path: The ledger.
        dies_at: The process is killed as soon as this many charges of its own are in the ledger; 0 for never.
        is_deaf: Whether nothing comes through.
    """

    idempotency_window = timedelta(days=1)
    conclusive_lookup = True
    longest_call = timedelta(seconds=1)

    def __init__(self, path: Path, *, dies_at: int = 0, is_deaf: bool = False) -> None:
        self._path = path
        self._dies_at = dies_at
        self.is_deaf = is_deaf
        self._charges = 0

    def keys(self) -> list[str]:
        return self._path.read_text().split() if self._path.exists() else []

    def _move(self, attempt: PaymentAttempt) -> Approved:
        if self.is_deaf:
            raise TimeoutError
        with self._path.open("a+") as ledger:
            fcntl.flock(ledger, fcntl.LOCK_EX)
            ledger.seek(0)
            if attempt.key not in ledger.read().split():
                ledger.write(f"{attempt.key}\n")
        self._charges += attempt.purpose == "charge"
        if self._dies_at and self._charges == self._dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return Approved(f"t-{attempt.key}"[:100])

    authorize = charge = void = refund = _move

    def find(self, attempt: PaymentAttempt) -> Approved | None:
        if self.is_deaf:
            raise TimeoutError
        return Approved(f"t-{attempt.key}"[:100]) if attempt.key in self.keys() else None


def shop_in(folder: Path, gateway: LedgerGateway) -> OrderService:
    """A service over the shop in a folder."""
    return OrderService(
        storage=SQLiteStorage(folder / "shop.db", synchronous="NORMAL"),
        payments=gateway,
        policy=Policy(lease=LEASE, verification_amount=None),
    )


def configured(url: str, schema: str | None, executor: str) -> DBOSConfig:
    """DBOS in a schema of its own, quick to look for work."""
    return {
        "name": "orderflow-tests",
        "system_database_url": url,
        "dbos_system_schema": schema,
        "executor_id": executor,
        "application_version": "1",
        "run_migrations": True,
        "scheduler_polling_interval_sec": 0.1,
        "console_log_level": "ERROR",
    }


def _serve(folder: str, url: str, schema: str, executor: str, dies_at: str) -> None:
    gateway = LedgerGateway(Path(folder) / "ledger", dies_at=int(dies_at))
    DBOS(config=configured(url, schema, executor))
    sweeps = Sweeps(shop_in(Path(folder), gateway), schedule="* * * * * *", limit=2, polling_seconds=0.1)
    DBOS.launch()
    sweeps.start()
    sys.stdin.read()
    DBOS.destroy()


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    _serve(*sys.argv[1:])
