"""No page has a fault that axe knows of: light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from shops import Shop
from web.browser.views import VIEWS, prepared

Opened = Callable[..., Page]


@pytest.fixture
def scripts() -> bool:
    """Axe is a script."""
    return True


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nor_where_many_are_decided_at_once(shop: Shop, opened: Opened, scheme: Any, width: int) -> None:
    order = shop.order_in("received")
    page = opened(color_scheme=scheme, viewport={"width": width, "height": 800})
    page.get_by_label(f"Select order {order.id}").check()
    page.get_by_role("button", name="Accept…").click()
    asked = Axe().run(page)
    page.get_by_role("button", name="Yes, do it").click()
    told = Axe().run(page)
    assert "done: now Accepted" in page.inner_text("main")
    for found in (asked, told):
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing(shop: Shop, opened: Opened, view: str, scheme: Any, width: int) -> None:
    path, who = prepared(shop, view)
    page = opened(path, who=who, color_scheme=scheme, viewport={"width": width, "height": 800})
    for summary in page.locator("summary").all():
        if summary.locator("xpath=..").get_attribute("open") is None:
            summary.click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
