"""Kills a shop's processes over and over, and then holds its books against the gateway's ledger.

    uv run scripts/soak.py                                                  a minute on SQLite
    uv run scripts/soak.py --minutes 60 --storage postgres --workers 8      an hour, the server restarted all the time
    uv run scripts/soak.py --race 1000                                      two accept one order at once, 1,000 times
    uv run scripts/soak.py --judge FOLDER                                   look again at what a failure kept

The seed says what is chosen, and not what runs first: no two runs are alike. It needs the project's checkout, with the
test dependencies, which bring PostgreSQL. A run leaves nothing behind, unless it fails.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1] / "tests")  # in place of this folder, which has a soak of its own

from soak.race import race  # noqa: E402
from soak.run import Server, judge_again, soak  # noqa: E402
from soak.verdict import Verdict  # noqa: E402


def main() -> int:
    """Run what is asked for.

    Returns:
        The exit status: 1 if a promise was broken.
    """
    parser = argparse.ArgumentParser(description="Kill a shop's processes over and over, and audit its books.")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long processes are killed")
    parser.add_argument("--storage", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--workers", type=int, default=4, help="how many processes work")
    parser.add_argument("--seed", type=int, default=None, help="what random choices are made from")
    parser.add_argument("--doubt", action="store_true", help="the gateway's look-ups prove nothing; people look")
    parser.add_argument("--race", type=int, metavar="ROUNDS", help="race for so many orders instead")
    parser.add_argument("--judge", type=Path, metavar="FOLDER", help="judge a folder that was kept")
    asked = parser.parse_args()
    began = time.monotonic()
    verdict = judge_again(asked.judge) if asked.judge else _run(asked)
    print(verdict)
    print(f"{time.monotonic() - began:.0f} seconds in all")
    return int(bool(verdict.count))


def _run(asked: argparse.Namespace) -> Verdict:
    with _server(asked.storage) as server:
        if asked.race:
            return race(kind=asked.storage, rounds=asked.race, server=server)
        return soak(
            kind=asked.storage,
            seconds=asked.minutes * 60,
            seed=time.time_ns() % 1_000_000 if asked.seed is None else asked.seed,
            workers=asked.workers,
            conclusive=not asked.doubt,
            server=server,
            say=lambda line: print(line, flush=True),
        )


def _server(storage: str) -> AbstractContextManager[Server | None]:
    if storage == "sqlite":
        return nullcontext()
    from soak.postgres import server  # noqa: PLC0415

    return server()


if __name__ == "__main__":
    sys.exit(main())
