"""What a whole life of an order costs on a SQLite file, side by side with hand-written SQL that commits as often.

Run it with `uv run benchmarks/durable.py [folder]`; the folder is where the files lie, on the disk that is to be
measured. Each contestant leads orders through the same life: submitted, card verified and released, charge declined,
charge approved, completed, every message delivered. The contestants take turns in rounds, and a ratio is formed inside
each round; what is printed is the median over the rounds, with the tenth and the ninetieth percentile.

The floor is what a program would do that thinks nothing: it makes the same commits, of the same rows with the same
bytes, but has them ready, checks nothing, and keeps no index but its keys. "the adapter alone" is given the same calls
as the floor, ready made.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from orderflow import Actor, Card, Customer, Fulfillment, Item, ManualClock, Money, OrderService
from orderflow.adapters.memory import FakeGateway, RecordingNotifier
from orderflow.adapters.sqlite import SQLiteStorage
from orderflow.records import encode

ROUNDS, LIVES, WARM = 15, 20, 5
KEPT = "order-00000000"
Call = tuple[str, dict[str, Any]]
Live = Callable[[int], None]
TABLES = """
CREATE TABLE orders (id TEXT PRIMARY KEY, version INTEGER, commit_id TEXT, record TEXT) WITHOUT ROWID;
CREATE TABLE events (order_id TEXT, seq INTEGER, record TEXT, PRIMARY KEY (order_id, seq)) WITHOUT ROWID;
CREATE TABLE attempts (order_id TEXT, key TEXT, record TEXT, PRIMARY KEY (order_id, key)) WITHOUT ROWID;
CREATE TABLE messages (id TEXT PRIMARY KEY, state TEXT, token TEXT, record TEXT) WITHOUT ROWID;
"""


class Listening:
    """A storage that writes down what it is asked for."""

    def __init__(self, storage: SQLiteStorage) -> None:
        self._storage = storage
        self.calls: list[Call] = []

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls.append((name, {"args": args, **kwargs}))
            return getattr(self._storage, name)(*args, **kwargs)

        return call


def service(storage: Any) -> Live:
    """A whole life, through the service."""
    merchant, customer, gateway = Actor.merchant("s"), Actor.customer("c"), FakeGateway()
    orders = OrderService(storage=storage, payments=gateway, notifier=RecordingNotifier(), clock=ManualClock())
    card, item = Card("tok_1", "visa", "4242", 1, 2030), Item("Birthday video", Money("120.00", "USD"))

    def live(number: int) -> None:
        order_id = f"order-{number:08}"
        orders.submit(
            store_id="s", customer=Customer("c", "Ana", "ana@a.example"), items=[item], card=card, order_id=order_id
        )
        gateway.decline_next("charge", "insufficient_funds")
        assert orders.accept(order_id, by=merchant).status == "pending_payment"
        assert orders.retry_payment(order_id, by=customer).status == "accepted"
        sent = Fulfillment.digital("https://a.example/1")
        assert orders.complete(order_id, by=merchant, fulfillment=sent).status == "completed"

    return live


def told(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def rows_of(call: Call, seen: dict[str, int]) -> Call:
    """A call as the rows that the floor writes for it: new events, all attempts, what is owed."""
    name, given = call
    if name == "commit":
        (order,) = given["args"]
        whole: dict[str, Any] = encode(order)
        events, attempts = whole.pop("timeline"), whole.pop("attempts")
        rows = {
            "order": told(whole),
            "version": order.version,
            "commit_id": given["commit_id"],
            "events": [(event["seq"], told(event)) for event in events[seen["events"] :]],
            "attempts": [(attempt["key"], told(attempt)) for attempt in attempts],
            "messages": [(one.id, one.token, told(encode(one.message))) for one in given.get("messages", ())],
        }
        seen["events"] = len(events)
        return name, rows
    if name == "record_deliveries":
        return name, {"ids": [one.id for one in given["args"][0]]}
    return name, {}


def floor(path: Path, synchronous: str, script: list[Call]) -> Live:
    """The same commits by hand."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.executescript(TABLES)
    execute, many = connection.execute, connection.executemany

    def commit(order_id: str, rows: dict[str, Any]) -> None:
        execute("SELECT version, commit_id FROM orders WHERE id = ?", (order_id,)).fetchone()
        kept = (order_id, rows["version"], rows["commit_id"], rows["order"])
        execute("REPLACE INTO orders VALUES (?, ?, ?, ?)", kept)
        many("INSERT INTO events VALUES (?, ?, ?)", [(order_id, *event) for event in rows["events"]])
        many("REPLACE INTO attempts VALUES (?, ?, ?)", [(order_id, *attempt) for attempt in rows["attempts"]])
        messages = [(order_id + one[len(KEPT) :], "waiting", token, text) for one, token, text in rows["messages"]]
        many("INSERT INTO messages VALUES (?, ?, ?, ?)", messages)

    def live(number: int) -> None:
        order_id = f"order-{number:08}"
        for name, rows in script:
            if name == "load":
                execute("SELECT record FROM orders WHERE id = ?", (order_id,)).fetchone()
                for table in ("events", "attempts"):
                    execute(f"SELECT record FROM {table} WHERE order_id = ?", (order_id,)).fetchall()
            elif name in ("commit", "record_deliveries"):
                execute("BEGIN IMMEDIATE")
                if name == "commit":
                    commit(order_id, rows)
                else:
                    done = [(order_id + one[len(KEPT) :],) for one in rows["ids"]]
                    many("UPDATE messages SET state = 'delivered', token = NULL WHERE id = ?", done)
                execute("COMMIT")

    return live


def adapter(storage: SQLiteStorage, lives: list[list[Call]]) -> Live:
    """The calls of the service, ready made."""

    def live(number: int) -> None:
        for name, given in lives[number]:
            getattr(storage, name)(*given["args"], **{key: value for key, value in given.items() if key != "args"})

    return live


def listened(folder: Path, count: int) -> list[list[Call]]:
    """What the service asks its storage for, in each of so many lives."""
    storage = Listening(SQLiteStorage(folder / "listened.db", synchronous="NORMAL"))
    live, lives = service(storage), []
    for number in range(count):
        storage.calls = []
        live(number)
        lives.append(storage.calls)
    return lives


def timed(live: Live, numbers: range) -> float:
    began = time.perf_counter()
    for number in numbers:
        live(number)
    return (time.perf_counter() - began) / len(numbers)


def compare(folder: Path, synchronous: Literal["FULL", "NORMAL"]) -> None:
    count = WARM + ROUNDS * LIVES
    lives = listened(folder, count)
    seen = {"events": 0}
    script = [rows_of(call, seen) for call in lives[0]]
    contestants = {
        "floor": floor(folder / "floor.db", synchronous, script),
        "the adapter alone": adapter(SQLiteStorage(folder / "adapter.db", synchronous=synchronous), lives),
        "orderflow": service(SQLiteStorage(folder / "orderflow.db", synchronous=synchronous)),
    }
    for live in contestants.values():
        timed(live, range(WARM))
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(ROUNDS):
        for name, live in contestants.items():
            times[name].append(timed(live, range(WARM + turn * LIVES, WARM + (turn + 1) * LIVES)))
    names = [name for name, _ in script]
    writes = sum(name in ("commit", "record_deliveries", "claim_messages", "claim_due", "mark_read") for name in names)
    print(f"\nsynchronous={synchronous}: {writes} commits a life, {names.count('load')} orders read")
    print(f"{'contestant':<20} {'ms a life':>9} {'x floor':>8}  [p10 p90]")
    for name, some in times.items():
        ratios = [one / base for one, base in zip(some, times["floor"], strict=True)]
        tenths = statistics.quantiles(ratios, n=10)
        print(
            f"{name:<20} {statistics.median(some) * 1e3:>9.2f} {statistics.median(ratios):>8.2f}"
            f"  [{tenths[0]:.2f} {tenths[-1]:.2f}]"
        )


def main() -> None:
    for synchronous in ("FULL", "NORMAL"):
        with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as folder:
            compare(Path(folder), synchronous)


if __name__ == "__main__":
    main()
