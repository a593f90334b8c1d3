"""A real browser at a real server: Chromium, with JavaScript and without."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from orderflow import Card
from shops import Shop
from visitors import pages_of

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
CARD_FIELDS = """
<p class="field"><label for="gateway-token">Card number, as your gateway's form gives it</label>
<input id="gateway-token" name="gateway_token" autocomplete="off"></p>
"""


@pytest.fixture(scope="module")  # Playwright's event loop would be in the way of other modules' loops
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium: install one, or name its program in the variable CHROMIUM")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def shop() -> Shop:
    """A shop over the in-memory parts."""
    return Shop()


@pytest.fixture
def address(shop: Shop, tmp_path: Path) -> Iterator[str]:
    """Where the shop's pages are."""
    (tmp_path / "card_fields.html").write_text(CARD_FIELDS)
    app = pages_of(shop, templates=tmp_path, card_from=card_from)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()


def card_from(fields: Any, _: Any) -> Card | None:
    """The host's own card form: a field for the gateway's token."""
    return Card(fields["gateway_token"], "mastercard", "5454", 3, 2032) if fields.get("gateway_token") else None


@pytest.fixture(params=["with scripts", "without scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "with scripts")


Opened = Callable[..., Page]


@pytest.fixture
def opened(chromium: Browser, address: str, scripts: bool) -> Iterator[Opened]:
    """Opens a page as somebody; whatever the browser complains of fails the test."""
    contexts, complaints = [], []

    def open_page(path: str = "/", who: str = "merchant", **options: Any) -> Page:
        context = chromium.new_context(
            java_script_enabled=scripts, base_url=address, timezone_id="Asia/Tokyo", locale="en-GB", **options
        )
        contexts.append(context)
        context.set_extra_http_headers({"x-who": who})
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not [one for one in complaints if "favicon" not in one and "status of 4" not in one]
