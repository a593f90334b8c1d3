"""An order is shipped, put somewhere, or handed over, and each has its own particulars."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orderflow import Fulfillment, FulfillmentMethod, ValidationError


def test_each_way_has_its_constructor() -> None:
    assert Fulfillment.shipped("DHL", "JD01") == Fulfillment(FulfillmentMethod.SHIPPED, "DHL", "JD01")
    assert Fulfillment.shipped(carrier="DHL").tracking_number == ""
    assert Fulfillment.digital(url="https://a.example/v").url == "https://a.example/v"
    assert Fulfillment.handed_over(note="at\nthe door") == Fulfillment(
        FulfillmentMethod.HANDED_OVER, note="at\nthe door"
    )
    assert Fulfillment.handed_over().note == ""


@pytest.mark.parametrize(
    ("build", "rule"),
    [
        (lambda: Fulfillment.shipped(""), "carrier must be given"),
        (lambda: Fulfillment.shipped("  "), "carrier must be given"),
        (lambda: Fulfillment(FulfillmentMethod.DIGITAL, "DHL", url="https://a.example"), "carrier must be given"),
        (lambda: Fulfillment.digital(""), "url must be given"),
        (lambda: Fulfillment(FulfillmentMethod.SHIPPED, "DHL", url="https://a.example"), "url must be given"),
        (lambda: Fulfillment(FulfillmentMethod.HANDED_OVER, tracking_number="JD01"), "tracking_number is for"),
        (lambda: Fulfillment(FulfillmentMethod.SHIPPED, "DHL", note="x"), "note is for"),
        (lambda: Fulfillment("shipped", "DHL"), "method must be one of"),
        (lambda: Fulfillment(None), "method must be one of"),
    ],
)
def test_each_way_has_its_own_particulars(build: Callable[[], Any], rule: str) -> None:
    with pytest.raises(ValidationError, match=rule):
        build()


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example",
        "https://a.example:8443/v/1?x=1&y=2#z",
        "https://a.example?x=user@b.example",
        "https://b\u00fccher.example/\u00fc",
        f"https://a.example/{'x' * 1982}",
    ],
)
def test_a_web_address_is_taken(url: str) -> None:
    assert Fulfillment.digital(url).url == url


@pytest.mark.parametrize(
    "url",
    [
        *(" ", "a.example/v", "//a.example", "ftp://a.example", "javascript:alert(1)", "data:text/html,x", "https://"),
        *(
            "https:///v",
            "https://ana:secret@a.example",
            "https://ana@a.example/",
            " https://a.example",
            "https:a.example",
        ),
        *("https://a.example/a b", "https://a.example\n", "https://a.example/\r\nX: y", "https://a.example/\u3000"),
        f"https://a.example/{'x' * 1983}",
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match=r"Fulfillment\.url"):
        Fulfillment.digital(url)


@pytest.mark.parametrize("url", [None, 1, b"https://a.example"])
def test_a_web_address_is_text(url: Any) -> None:
    with pytest.raises(ValidationError, match=r"Fulfillment\.url must be text"):
        Fulfillment.digital(url)


def test_where_the_customer_gets_it_shows_in_no_repr() -> None:
    """A link to a download is as good as a key to it."""
    assert "secret" not in repr(Fulfillment.digital("https://a.example/secret"))
