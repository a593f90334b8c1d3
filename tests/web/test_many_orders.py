"""The order page over a file with a hundred thousand orders: it asks as often as over one with a hundred."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, ClassVar

import pytest

from adapters.sqlite.filled import filled, opened_with
from orderflow import Actor, OrderService
from orderflow.adapters.memory import FakeGateway
from orderflow.web import OrderPages
from visitors import Visitor

VIEWS = ("/", "/?sort=-total&size=200", "/?status=received&sort=webhook", "/?min=1&webhook=pending&transaction=tx-1")


class Counted(sqlite3.Connection):
    """A connection that keeps what any of its kind is asked."""

    asked: ClassVar[list[str]] = []

    def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
        self.asked.append(sql)
        return super().execute(sql, values)


def asked_for(path: Path, count: int) -> list[list[str]]:
    """What the storage of so many orders is asked for, view by view."""
    told = []
    with opened_with(Counted, filled(path, count)) as (storage, _):
        orders = OrderService(storage=storage, payments=FakeGateway())
        merchant = Visitor(OrderPages(orders, authenticate=lambda _: Actor.merchant("studio-1")))
        for view in VIEWS:
            merchant.get(view)  # connections are opened
            Counted.asked.clear()
            page = merchant.get(view)
            assert page.status == 200
            assert page.rows
            told.append([sql for sql in Counted.asked if sql.lstrip().startswith("SELECT")])
    return told


@pytest.fixture(autouse=True)
def nothing_asked() -> None:
    Counted.asked.clear()


def test_the_page_asks_a_file_as_often_however_many_orders_there_are(tmp_path: Path) -> None:
    few, many = (asked_for(tmp_path / f"{count}.db", count) for count in (500, 100_000))
    assert [len(view) for view in many[:3]] == [len(view) for view in few[:3]] == [4, 4, 4]
    assert len(many[3]) <= 8  # several filters at once: which of them leaves fewest is counted first, up to a bound
