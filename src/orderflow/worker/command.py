"""The worker as a program: its arguments, its logs and its end."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, cast

from ..aservice import AsyncOrderService
from ..errors import ValidationError
from ..service import OrderService
from .logs import LOG, JsonFormatter, KeyValueFormatter, say
from .loop import Stop, run, run_async
from .pace import Pace
from .signals import Signals
from .target import TargetError, find, serves_async

__all__ = ["main"]

_FORMATTERS: Final = {"plain": KeyValueFormatter, "json": JsonFormatter}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a worker until a signal ends it.

    Returns:
        0 at a wished end, 1 if the one pass of `--once` failed, 2 if it could not begin.
    """
    parser = _parser()
    asked = parser.parse_args(arguments)
    try:
        Pace(asked.limit, asked.max_sleep)
        orders = find(asked.target)
        with Signals() as stop, _logs(asked.log):  # after the host's modules, which may have handlers of their own
            return _work(orders, stop, asked)
    except (TargetError, ValidationError) as error:
        sys.stderr.write(f"{parser.prog}: {error}\n")
        return 2


def _work(orders: OrderService | AsyncOrderService, stop: Stop, asked: argparse.Namespace) -> int:
    options: dict[str, Any] = {
        "limit": asked.limit,
        "max_sleep": asked.max_sleep,
        "once": asked.once,
        "health_file": asked.health_file,
    }
    say(logging.INFO, "started")
    try:
        if serves_async(orders):
            asyncio.run(_work_async(cast("AsyncOrderService", orders), stop, options))
        else:
            run(cast("OrderService", orders), stop=stop, **options)
    except Exception:  # only of `--once`, and it is logged
        return 1
    say(logging.INFO, "stopped")
    return 0


async def _work_async(orders: AsyncOrderService, stop: Stop, options: dict[str, Any]) -> None:
    ended = asyncio.Event()

    async def wait(seconds: float) -> None:
        await asyncio.to_thread(stop.wait, seconds)
        if stop.is_set():
            ended.set()

    await run_async(orders, stop=ended, wait=wait, **options)


@contextmanager
def _logs(form: str) -> Iterator[None]:
    """All that orderflow logs, on standard error, and nowhere twice."""
    above = cast("logging.Logger", LOG.parent)
    handler = logging.StreamHandler()
    handler.setFormatter(_FORMATTERS[form]())
    level, propagates = above.level, above.propagate
    above.addHandler(handler)
    above.setLevel(logging.INFO)
    above.propagate = False
    try:
        yield
    finally:
        above.removeHandler(handler)
        above.setLevel(level)
        above.propagate = propagates


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m orderflow.worker", description="Sweep a shop's orders until a signal ends it."
    )
    parser.add_argument("target", help="module:attribute, an order service or a function that makes one")
    parser.add_argument("--limit", type=int, default=100, help="the most orders, and messages, of one sweep (100)")
    parser.add_argument("--max-sleep", type=float, default=30.0, help="the longest wait between sweeps, seconds (30)")
    parser.add_argument("--once", action="store_true", help="end as soon as nothing more is due now")
    parser.add_argument("--log", choices=sorted(_FORMATTERS), default="plain", help="key=value lines, or JSON (plain)")
    parser.add_argument("--health-file", metavar="PATH", help="a file to write after each sweep")
    return parser
