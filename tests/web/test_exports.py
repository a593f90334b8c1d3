"""The filtered view as CSV and as JSON lines."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import Customer, Item, Money
from orderflow.web.exports import as_cell
from shops import Shop
from visitors import Page, Visitor, pages_of

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1", "＋1", "－1", "＠x", '=HYPERLINK("http://evil.example")']  # noqa: RUF001


def cells(page: Page) -> list[list[str]]:
    return list(csv.reader(io.StringIO(page.text, newline="")))


@pytest.mark.parametrize("formula", [one for one in FORMULAS if one.isprintable()])
def test_no_cell_is_a_formula(shop: Shop, formula: str) -> None:
    shop.submit(Item(formula, Money("1.00", "USD")), customer=Customer("m-42", formula, "ana@example.com"))
    [head, row] = cells(Visitor(pages_of(shop)).get("/export.csv"))
    told = dict(zip(head, row, strict=True))
    assert told["item_name"] == told["customer_name"] == f"'{formula}"


@given(st.text())
def test_no_text_at_all_becomes_a_formula(text: str) -> None:
    cell = as_cell(text)
    assert cell[:1] not in tuple("=+-@\t\r\n＝＋－＠") or not cell  # noqa: RUF001
    assert cell in (text, f"'{text}")


def test_every_cell_is_quoted_and_lines_end_as_the_format_says(sync_shop: Shop) -> None:
    sync_shop.submit(Item('A "quoted", thing', Money("1200.00", "USD")))
    page = Visitor(pages_of(sync_shop)).get("/export.csv")
    assert page.headers["content-type"] == "text/csv; charset=utf-8"
    assert page.headers["content-disposition"] == 'attachment; filename="orders.csv"'
    assert page.text.count("\r\n") == 2
    assert all(line.startswith('"') and line.endswith('"') for line in page.text.split("\r\n")[:-1])
    [head, row] = cells(page)
    told = dict(zip(head, row, strict=True))
    assert (told["item_name"], told["price"], told["currency"]) == ('A "quoted", thing', "1200.00", "USD")
    assert (told["needs_review"], told["payment_due_at"]) == ("no", "")


@pytest.mark.parametrize("formula", [one for one in FORMULAS if one.isprintable()])
def test_json_lines_are_exact(shop: Shop, formula: str) -> None:
    order = shop.submit(Item(formula, Money("1.00", "USD")))
    page = Visitor(pages_of(shop)).get("/export.jsonl")
    [line] = page.text.splitlines()
    told = json.loads(line)
    assert (told["id"], told["item_name"], told["placed_at"]) == (order.id, formula, order.placed_at.isoformat())
    assert (told["needs_review"], told["payment_due_at"]) == (False, None)


def test_an_export_has_every_row_of_the_view_and_no_other(shop: Shop) -> None:
    for number in range(450):
        shop.submit(Item("Odd" if number % 2 else "Even", Money("1.00", "USD")))
    visitor = Visitor(pages_of(shop))
    assert len(cells(visitor.get("/export.csv"))) == 451
    assert len(cells(visitor.get("/export.csv", item="odd", size="25"))) == 226
    assert len(visitor.get("/export.jsonl", item="even", sort="total").text.splitlines()) == 225


def test_the_links_export_the_view_that_is_shown(sync_shop: Shop) -> None:
    sync_shop.submit()
    visitor = Visitor(pages_of(sync_shop))
    page = visitor.get("/", item="birthday", sort="total", size="25")
    for name in ("Export as CSV", "Export as JSON lines"):
        assert page.links()[name].endswith("?item=birthday&sort=total&size=25")
        assert visitor.get(page.links()[name]).status == 200


@pytest.mark.parametrize("path", ["/export.csv", "/export.jsonl"])
def test_a_filter_that_is_not_as_it_must_be_is_a_page_and_no_file(shop: Shop, path: str) -> None:
    page = Visitor(pages_of(shop)).get(path, min="ten")
    assert page.status == 400
    assert "min: " in page.words("main")
