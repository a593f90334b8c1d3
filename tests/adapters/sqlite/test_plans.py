"""What SQLite does for a call: it walks an index, whatever the order page is sorted by, and never a whole table.

No statistics are ever gathered (ANALYZE), so a plan depends on the statement alone: few rows show what many would.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from adapters.sqlite.filled import STATUSES, STORES, Watched, filled, opened_with
from orderflow import Money, OrderQuery
from orderflow.adapters import finding
from orderflow.adapters.sqlite import SQLiteStorage
from orderflow.cursor import cursor_of
from orderflow.query import SORT_KEYS, sort_key
from orderflow.testing.contracts.storage.built import NOW, claim, due, keep, onwards, order, outcome, owed

Opened = tuple[SQLiteStorage, Watched]
SORTS = [f"{way}{key}" for key in SORT_KEYS for way in ("", "-")]
ORDERS = 20_000
TABLE = re.compile(r"(SCAN|SEARCH) (o|m|e|orders|events|attempts|notes|commands|messages|words)\b(?! USING)")


@pytest.fixture(scope="module", params=[0, ORDERS], ids=["an empty file", "many orders"])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    path = filled(tmp_path_factory.mktemp("plans") / "shop.db", request.param)
    with opened_with(Watched, path) as opened:
        yield opened


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    path = filled(tmp_path_factory.mktemp("steps") / "shop.db", ORDERS)
    with opened_with(Watched, path) as opened:
        yield opened


def cursor(query: OrderQuery, direction: str = "next") -> str:
    """A cursor somewhere in the midst."""
    keys = {
        "placed_at": (1_767_000_000_000_000,),
        "total": ("USD", 2500),
        "status": (query.statuses or ("expired",))[:1],
    }
    key = keys.get(query.sort.removeprefix("-"), ("item 5",))
    return cursor_of(
        direction, 0, query.fingerprint, cursor_of(*(str(p) if isinstance(p, str) else p for p in key), "x")
    )


@pytest.mark.parametrize("place", ["first", "next", "previous"])
@pytest.mark.parametrize("statuses", [[], ["received"]], ids=["all", "one status"])
@pytest.mark.parametrize("sort", SORTS)
def test_a_page_of_a_store_walks_an_index_and_sorts_nothing(
    opened: Opened, sort: str, statuses: list[str], place: str
) -> None:
    storage, connection = opened
    query = OrderQuery(store_id="studio-1", sort=sort, statuses=statuses)
    connection.plans()
    storage.find(query if place == "first" else attrs.evolve(query, after=cursor(query, place)))
    (plan,) = connection.plans()
    assert plan.startswith("SEARCH o USING INDEX orders_by_")
    assert "store_id=?" in plan
    assert ("status=?" in plan) == bool(statuses)
    if place != "first":  # it begins where the page begins
        assert re.search(r"[<>]\(?\?", plan)


@pytest.mark.parametrize("place", ["first", "next", "previous"])
@pytest.mark.parametrize("statuses", [[], ["received"]], ids=["all", "one status"])
@pytest.mark.parametrize("sort", ["placed_at", "-placed_at"])
def test_a_page_of_all_stores_by_date_walks_an_index_and_sorts_nothing(
    opened: Opened, sort: str, statuses: list[str], place: str
) -> None:
    storage, connection = opened
    query = OrderQuery(sort=sort, statuses=statuses)
    connection.plans()
    storage.find(query if place == "first" else attrs.evolve(query, after=cursor(query, place)))
    (plan,) = connection.plans()
    assert "USING INDEX orders_everywhere" in plan


BROAD: dict[str, dict[str, Any]] = {
    "customer": {"customer_id": "m-42"},
    "text": {"text": "item"},
    "transaction": {"transaction_id": "tx"},
    "webhook": {"webhook": "none"},
    "price": {"total_min": Money("0", "USD")},
    "date": {"placed_from": NOW},
    "no review": {"needs_review": False},
}


@pytest.mark.parametrize("name", BROAD)
@pytest.mark.parametrize("sort", SORTS)
def test_a_filter_that_leaves_much_sorts_nothing_either(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, sort: str, name: str
) -> None:
    """It is looked at on the way along the index that sorts."""
    monkeypatch.setattr(finding, "_FEW", -1)
    storage, connection = opened
    connection.plans()
    storage.find(OrderQuery(store_id="studio-1", sort=sort, **BROAD[name]))
    plan = connection.plans()[-1]
    walked = "orders_of_customer" if name == "customer" and "placed" in sort else f"orders_by_{sort.removeprefix('-')}"
    assert plan.startswith(f"SEARCH o USING INDEX {walked} (")


@pytest.mark.parametrize("sort", SORTS)
def test_several_statuses_are_a_walk_each(opened: Opened, sort: str) -> None:
    storage, connection = opened
    connection.plans()
    storage.find(OrderQuery(store_id="studio-1", sort=sort, statuses=["received", "expired"]))
    walks = [step for step in connection.plans() if " o " in step]
    assert len(walks) == 2
    assert all("USING INDEX" in walk and "status=?" in walk for walk in walks)


def test_a_customer_with_many_orders_has_an_index_to_walk(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    storage, connection = opened
    monkeypatch.setattr(finding, "_FEW", -1)
    connection.plans()
    storage.find(OrderQuery(customer_id="m-42", store_id="studio-1", statuses=["received"]))
    assert connection.plans()[-1] == "SEARCH o USING INDEX orders_of_customer (customer_id=?)"


WORK: dict[str, Callable[[SQLiteStorage], Any]] = {
    "claim_due": due,
    "claim_messages": claim,
    "claim_messages of an order": lambda storage: claim(storage, order_id="ord-1"),
    "inbox": lambda storage: storage.inbox("a", unread_only=False, limit=9, after=cursor_of(1, "b", 1)),
    "unread": lambda storage: storage.inbox("a", unread_only=True, limit=9, after=None),
    "counts": lambda storage: storage.counts("studio-1"),
    "load": lambda storage: storage.load("ord-00000001"),
    "messages": lambda storage: storage.messages("ord-1"),
    "find_command": lambda storage: storage.find_command("ord-1", "click"),
    "mark_read": lambda storage: storage.mark_read("a", ["b"], NOW),
    "record_deliveries": lambda storage: storage.record_deliveries([outcome(owed(route="webhook"))]),
    "a word": lambda storage: storage.find(OrderQuery(store_id="studio-1", text="vid", sort="total")),
    "a customer": lambda storage: storage.find(OrderQuery(customer_id="nobody", sort="total")),
    "a transaction": lambda storage: storage.find(OrderQuery(transaction_id="tx-99", sort="total")),
    "reviews": lambda storage: storage.find(OrderQuery(needs_review=True, sort="total")),
}


@pytest.mark.parametrize("name", WORK)
def test_no_call_reads_a_whole_table(opened: Opened, name: str) -> None:
    storage, connection = opened
    connection.plans()
    WORK[name](storage)
    plans = connection.plans()
    assert plans
    assert [step for step in plans if TABLE.search(step)] == []


def test_no_commit_reads_a_whole_table(tmp_path: Path) -> None:
    with opened_with(Watched, tmp_path / "shop.db") as (storage, connection):
        connection.plans()
        kept = keep(storage, order(), owed(1, "webhook"), due_at=NOW)
        keep(storage, onwards(kept), owed(2, "webhook"), owed(2, "email"))
        (row, *_) = claim(storage)
        storage.record_deliveries([outcome(row)])
        plans = connection.plans()
        assert len(plans) > 5
        assert [step for step in plans if TABLE.search(step)] == []


def test_counting_reads_nothing_but_an_index(opened: Opened) -> None:
    storage, connection = opened
    connection.plans()
    storage.counts("studio-1")
    assert connection.plans() == ["SEARCH orders USING COVERING INDEX orders_by_status (store_id=?)"]


def steps(opened: Opened, query: OrderQuery) -> int:
    """How many instructions SQLite runs for a page."""
    storage, connection = opened
    taken = 0

    def count() -> None:
        nonlocal taken
        taken += 1

    connection.set_progress_handler(count, 1)
    try:
        assert len(storage.find(query).rows) == query.limit
    finally:
        connection.set_progress_handler(None, 1)
    return taken


@pytest.mark.parametrize("status", [None, "received"], ids=["all", "one status"])
@pytest.mark.parametrize("sort", SORTS)
def test_a_page_far_from_the_first_takes_no_more_steps(many: Opened, sort: str, status: str | None) -> None:
    """The page is as far away as it can be: the last but one."""
    query = OrderQuery(store_id="studio-1", sort=sort, statuses=[status] if status else [], limit=10)
    backwards = many[0].find(attrs.evolve(query, sort=sort.removeprefix("-") if sort[0] == "-" else f"-{sort}"))
    key = cursor_of(*sort_key(backwards.rows[-1], sort))
    far = attrs.evolve(query, after=cursor_of("next", 1, query.fingerprint, key))
    assert ORDERS / STORES / len(STATUSES) > 50 * query.limit
    first = steps(many, query)
    assert first < 100 * query.limit
    assert steps(many, far) < 1.5 * first


def test_refused_cards_cost_the_order_page_nothing(tmp_path: Path) -> None:
    with opened_with(Watched, filled(tmp_path / "shop.db", 3_000)) as (storage, connection):
        query = OrderQuery(store_id="studio-1", limit=10)
        clean = steps((storage, connection), query)
        connection.execute("UPDATE orders SET verified = 0 WHERE id > 'ord-00000100'")
        assert steps((storage, connection), query) < 1.5 * clean
        assert len(storage.find(attrs.evolve(query, include_unverified=True, limit=200)).rows) == 200


def test_what_is_to_be_tried_later_costs_a_claim_nothing(tmp_path: Path) -> None:
    with opened_with(Watched, tmp_path / "shop.db") as (storage, connection):
        keep(storage, order(), *[owed(seq, "email", f"r-{seq}") for seq in range(1, 1_001)])
        taken = [claim(storage, limit=1)]
        later = "UPDATE messages SET next_try = ?, tries = 1, order_id = 'ord-' || seq WHERE seq < 1000"
        connection.execute(later, (2**60,))
        told = 0

        def count() -> None:
            nonlocal told
            told += 1

        connection.set_progress_handler(count, 1)
        taken.append(claim(storage, limit=1))
        connection.set_progress_handler(None, 1)
        assert [[row.seq for row in rows] for rows in taken] == [[1], [1000]]
        assert told < 1_000
