"""The docs leave nothing public out, and say what the code does. Their examples run by `docs/conftest.py`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import orderflow
from orderflow import CardDeclined, EventKind, Fulfillment, Money, Order, OrderStatus
from shops import CUSTOMER, MERCHANT, OPERATOR, Shop

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REFERENCE = "\n".join(page.read_text(encoding="utf-8") for page in sorted((DOCS / "reference").glob("*.md")))
DOCUMENTED = {
    EventKind[name]: text
    for name, text in re.findall(r"^ +([A-Z_]+): (.+?)(?=^ +[A-Z_]+: |\Z)", EventKind.__doc__ or "", re.M | re.S)
}
VALUES = {"approved", "declined", "absent"}  # in backticks too, and no keys


def test_every_page_is_in_the_nav() -> None:
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]

    listed = re.findall(r": (\S+\.md)$", nav, re.M)

    assert sorted(listed) == sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))


def test_every_test_that_a_page_names_is_there() -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests").rglob("test_*.py")))

    named = {name for page in DOCS.rglob("*.md") for name in re.findall(r"`(test_\w+)`", page.read_text("utf-8"))}

    assert named
    assert not [name for name in sorted(named) if f"def {name}(" not in tests]


@pytest.mark.parametrize("name", orderflow.__all__)
def test_every_public_name_is_in_the_reference(name: str) -> None:
    assert re.search(rf"^::: orderflow\.{name}$", REFERENCE, re.M)


def test_the_state_diagram_is_drawn_from_the_table() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "state_diagram.py")]
    drawn = subprocess.run(script, capture_output=True, text=True, check=True).stdout

    shown = re.findall(r"^```mermaid\n(.*?)^```$", REFERENCE, re.M | re.S)

    assert shown == [drawn]


@pytest.mark.parametrize("command", orderflow.Command)
def test_every_command_has_its_row_in_the_lifecycle(command: str) -> None:
    assert f"\n| `{command}` |" in (DOCS / "reference" / "lifecycle.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", EventKind)
def test_every_event_has_its_data_documented(kind: EventKind) -> None:
    happened = [event for order in lives() for event in order.timeline if event.kind is kind]

    keys = {key for event in happened for key in event.data}

    assert happened
    assert keys == set(re.findall(r"`(\w+)`", DOCUMENTED[kind])) - VALUES


def lives() -> list[Order]:
    """Orders on whose timelines every kind of event is, with every key of its data."""
    shop = Shop()
    for status in OrderStatus:
        shop.order_in(status)
    with pytest.raises(CardDeclined):
        shop.submit(token="tok_decline_stolen_card", order_id="refused")
    for fulfillment in (Fulfillment.digital(url="https://shop.example/1"), Fulfillment.handed_over(note="at the door")):
        shop.orders.complete(shop.order_in("accepted").id, by=MERCHANT, fulfillment=fulfillment)
    refund_twice(shop)
    remind(shop)
    find_out_late(shop)
    page = shop.orders.find(orderflow.OrderQuery(include_unverified=True, limit=200), by=OPERATOR)
    return [shop.get(row.id) for row in page.rows]


def refund_twice(shop: Shop) -> None:
    order_id = shop.order_in("accepted").id
    shop.orders.add_note(order_id, by=MERCHANT, text="half of it, as agreed")
    shop.orders.refund(order_id, by=MERCHANT, amount=Money("60.00", "USD"), reason="half")
    shop.gateway.decline_next("refund", "too_late")
    shop.orders.refund(order_id, by=MERCHANT, reason="the rest")


def remind(shop: Shop) -> None:
    order_id = shop.order_in("pending_payment").id
    shop.clock.advance(days=6)
    shop.orders.run_due()
    shop.orders.cancel(order_id, by=CUSTOMER, reason="found another")


def find_out_late(shop: Shop) -> None:
    """A charge that nobody knows of is taken for absent, and comes in after the next one."""
    shop.gateway.conclusive_lookup = False
    order_id = shop.submit().id
    shop.gateway.down = True
    shop.orders.accept(order_id, by=MERCHANT)
    shop.clock.advance(days=2)
    shop.gateway.down = False
    shop.orders.run_due()
    unclear = shop.get(order_id).attempts[-1]
    shop.orders.resolve_payment(order_id, by=OPERATOR, key=unclear.key, outcome=None, evidence="not in their records")
    shop.orders.accept(order_id, by=MERCHANT)
    shop.gateway.charge(unclear)
    shop.orders.check_payment(order_id, unclear.key)
