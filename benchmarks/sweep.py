"""What it costs to expire an order by the sweep, and what one transaction for many would save at the most.

Run it with `uv run benchmarks/sweep.py [folder]`; the folder is where the SQLite files lie. Each round makes a hundred
orders whose week is over and sweeps them, on a SQLite file and on the PostgreSQL of the test dependencies. Beside it
the same rows are written by hand to SQLite, in a transaction for each order and in one for all: the difference between
these two is what batches would save. The contestants take turns in rounds; what is printed is the median over the
rounds, and of the ratios that are formed inside each.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
from durable import KEPT, TABLES, Call, Listening, rows_of

from orderflow import Actor, Card, Customer, Item, ManualClock, Money, OrderService
from orderflow.adapters.memory import FakeGateway, RecordingNotifier
from orderflow.adapters.sqlalchemy import SQLAlchemyStorage
from orderflow.adapters.sqlite import SQLiteStorage

ROUNDS, MANY = 9, 100
MERCHANT = Actor.merchant("s")
Round = Callable[[int], float]


def swept(storage: Any) -> Round:
    """The service: seconds an order."""
    clock, gateway = ManualClock(), FakeGateway()
    orders = OrderService(storage=storage, payments=gateway, notifier=RecordingNotifier(), clock=clock)
    card, item = Card("tok_charge_decline_lost_card", "visa", "4242", 1, 2030), Item("Video", Money("120.00", "USD"))

    def turn(number: int) -> float:
        for one in range(MANY):
            order_id = f"order-{number * MANY + one:08}"
            customer = Customer("c", "Ana", "ana@a.example")
            orders.submit(store_id="s", customer=customer, items=[item], card=card, order_id=order_id)
            orders.accept(order_id, by=MERCHANT)
        while orders.run_due(limit=MANY).remaining:  # what else was due
            pass
        clock.advance(days=7, minutes=1)
        if isinstance(storage, Listening):
            storage.calls = []
        began = time.perf_counter()
        report = orders.run_due(limit=MANY)
        seconds = time.perf_counter() - began
        assert report.expired == MANY, report
        return seconds / MANY

    return turn


def commit_of_one(folder: Path) -> dict[str, Any]:
    """What one expired order writes."""
    storage = Listening(SQLiteStorage(folder / "listened.db", synchronous="NORMAL"))
    swept(storage)(0)
    commits: list[Call] = [call for call in storage.calls if call[0] == "commit"]
    (order,) = commits[0][1]["args"]
    return rows_of(commits[0], {"events": len(order.timeline) - 1})[1]


def by_hand(path: Path, rows: dict[str, Any], *, together: bool) -> Round:
    """The same rows: in one transaction, or in one for each order."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(TABLES)
    execute, many = connection.execute, connection.executemany

    def write(order_id: str) -> None:
        execute("REPLACE INTO orders VALUES (?, ?, ?, ?)", (order_id, rows["version"], order_id, rows["order"]))
        many("INSERT INTO events VALUES (?, ?, ?)", [(order_id, *event) for event in rows["events"]])
        messages = [(order_id + one[len(KEPT) :], "waiting", token, text) for one, token, text in rows["messages"]]
        many("INSERT INTO messages VALUES (?, ?, ?, ?)", messages)

    def turn(number: int) -> float:
        began = time.perf_counter()
        if together:
            execute("BEGIN IMMEDIATE")
        for one in range(MANY):
            if not together:
                execute("BEGIN IMMEDIATE")
            write(f"order-{number * MANY + one:08}")
            if not together:
                execute("COMMIT")
        if together:
            execute("COMMIT")
        return (time.perf_counter() - began) / MANY

    return turn


@contextmanager
def on_postgres() -> Iterator[dict[str, Round]]:
    """The service over PostgreSQL, whose server comes with the test dependencies."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from soak.postgres import server  # noqa: PLC0415

    with server() as running:
        storage = SQLAlchemyStorage(sqlalchemy.create_engine(running.url))
        storage.create_all()
        yield {"the sweep, PostgreSQL": swept(storage)}


def main() -> None:
    given = sys.argv[1] if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(dir=given) as made, on_postgres() as more:
        folder = Path(made)
        rows = commit_of_one(folder)
        contestants = {
            "by hand, one transaction": by_hand(folder / "together.db", rows, together=True),
            "by hand, one each": by_hand(folder / "apart.db", rows, together=False),
            "the sweep, SQLite": swept(SQLiteStorage(folder / "orderflow.db")),
            **more,
        }
        times: dict[str, list[float]] = {name: [] for name in contestants}
        for number in range(ROUNDS):
            for name, turn in contestants.items():
                times[name].append(turn(number))
    base = times["by hand, one each"][1:]
    print(f"{'contestant':<26} {'ms an order':>11} {'x by hand, one each':>20}")
    for name, (_, *some) in times.items():  # the first round warms up
        ratio = statistics.median(one / other for one, other in zip(some, base, strict=True))
        print(f"{name:<26} {statistics.median(some) * 1e3:>11.3f} {ratio:>20.2f}")


if __name__ == "__main__":
    main()
