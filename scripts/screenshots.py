"""Takes the docs' pictures of the order page, from the example's data: `uv run scripts/screenshots.py`.

Needs Chromium: `CHROMIUM` names its program, `/usr/bin/chromium` if it does not.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path[0] = str(ROOT / "examples")

from order_page import app_of, shop  # noqa: E402

TODAY = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
PICTURES = ROOT / "docs" / "pictures"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PAGES = {
    "order-page": ("/orders/?size=25", 1280, 900, "light"),
    "order-page-dark": ("/orders/?size=25", 1280, 900, "dark"),
    "details-page": ("/orders/order?id=A-1006", 1280, 1100, "light"),
    "details-page-phone": ("/orders/order?id=A-1004", 390, 844, "light"),
}


@contextmanager
def served() -> Iterator[str]:
    """The example, and its address."""
    with tempfile.TemporaryDirectory() as folder, shop(Path(folder) / "shop.db", TODAY) as (orders, clock):
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app_of(orders, clock), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def take(browser: Browser, address: str, name: str) -> None:
    """One picture."""
    path, width, height, scheme = PAGES[name]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        timezone_id="UTC",
        locale="en-GB",
    )
    page = context.new_page()
    page.goto(f"{address}/as/merchant")
    page.goto(address + path)
    page.screenshot(path=PICTURES / f"{name}.png")
    context.close()


def main() -> None:
    """Take them all."""
    PICTURES.mkdir(exist_ok=True)
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for name in PAGES:
            take(browser, address, name)
            print(PICTURES / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
