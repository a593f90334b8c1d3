"""The examples run as a reader would run them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


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
