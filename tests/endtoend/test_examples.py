"""The examples run as a reader would run them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_order_page_is_served_to_whoever_signs_in() -> None:
    command = [sys.executable, str(EXAMPLES / "order_page.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as running:
        assert running.stdout is not None
        address = running.stdout.readline().removeprefix("Open ").strip()
        try:
            with httpx.Client(base_url=address, follow_redirects=True, timeout=30) as browser:
                assert "Who are you?" in browser.get("/orders/").text
                page = browser.get("/as/merchant").text
                assert all(f"{one} " in page for one in ("Received", "Completed", "Expired", "Declined"))
                order_id = page.partition("order?id=")[2].partition('"')[0]
                assert "Timeline" in browser.get(f"/orders/order?id={order_id}").text
        finally:
            running.terminate()


def test_the_live_shop_runs_to_its_end_and_its_books_agree() -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "live_shop.py")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "default"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("the worker is dead (exit status -9)") == 2
    assert done.stdout.rstrip().endswith("All books agree.")
