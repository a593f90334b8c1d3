"""Several people accept one order at the same moment, each in a process of their own: it is charged once."""

from __future__ import annotations

import logging
import mmap
import os
import random
import shutil
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from orderflow import Actor, ConcurrentUpdate, InvalidTransition, OrderService, OrderStatus, PaymentInProgress, Purpose
from orderflow import testing as audits
from shops import OPERATOR
from soak.errands import new_submit, run
from soak.ledger import answers_of
from soak.lines import Lines, read
from soak.nursery import Nursery
from soak.run import Server, prepare, until_it_answers
from soak.settings import Settings
from soak.verdict import Verdict

__all__ = ["race", "race_in"]

#: By round: what the racers' keys are.
_KEYS: Final = ("none", "different", "the same")
_LOSES: Final = (InvalidTransition, PaymentInProgress, ConcurrentUpdate)
#: In seconds, after the barrier, so that they meet at every step of one another's.
_HEAD_STARTS: Final = (0.0, 0.0, 0.0005, 0.001, 0.002, 0.004)
#: In seconds: the end of a hang.
_HANGS: Final = 600


class _Barrier:
    """Where processes meet, to go on at the same moment: each counts its rounds in a file that they share.

    Args:
        path: The file.
        number: Which of them this is.
        parties: How many they are.
    """

    def __init__(self, path: Path, number: int, parties: int) -> None:
        with path.open("r+b") as file:
            self._rounds = mmap.mmap(file.fileno(), parties * 8)
        self._number = number
        self._parties = parties

    def wait(self, round_: int) -> None:
        """Wait until all have come to this round."""
        self._put(self._number, round_)
        until = time.monotonic() + _HANGS
        while any(self._get(number) < round_ for number in range(self._parties)):
            if time.monotonic() > until:
                raise TimeoutError("the others do not come")
            os.sched_yield()

    def _put(self, number: int, round_: int) -> None:
        self._rounds[number * 8 : number * 8 + 8] = round_.to_bytes(8)

    def _get(self, number: int) -> int:
        return int.from_bytes(self._rounds[number * 8 : number * 8 + 8])


def race_in(settings: Settings, number: int, rounds: int) -> None:
    """Race against the others, and write down how each round ended."""
    logging.disable(logging.CRITICAL)
    lines = Lines(_results(settings, number))
    chance = random.Random(number)
    barrier = _Barrier(settings.folder / "barrier", number, settings.workers)
    with settings.storage() as storage:
        orders = settings.service(storage, chance)
        for one in _shares(number, rounds, settings.workers):
            run(orders, new_submit(random.Random(one), _order(one)) | {"item": "video"})
        for one in range(rounds):
            barrier.wait(one + 1)
            _dawdle(chance.choice(_HEAD_STARTS))
            lines.add({"round": one, "end": _accept(orders, one, number)}, sync=False)


def _dawdle(seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


def _shares(number: int, rounds: int, parties: int) -> range:
    return range(number, rounds, parties)


def _accept(orders: OrderService, one: int, number: int) -> dict[str, Any]:
    which = _KEYS[one % len(_KEYS)]
    order_id = _order(one)
    key = {"none": None, "different": f"accept-{number}", "the same": "accept"}[which]
    staff = "staff" if which == "the same" else f"staff-{number}"
    by = Actor.merchant(new_submit(random.Random(one), order_id)["store"], staff)
    try:
        return {"returned": orders.accept(order_id, by=by, idempotency_key=key).status.value}
    except _LOSES as error:
        return {"lost": type(error).__name__}


def _order(one: int) -> str:
    return f"order-{one:06}"


def _results(settings: Settings, number: int) -> Path:
    return settings.folder / f"race-{number}.jsonl"


def race(*, kind: str, rounds: int, parties: int = 2, server: Server | None = None) -> Verdict:
    """Run a race. Its folder is kept if anything is wrong.

    Args:
        kind: "sqlite" or "postgres".
        rounds: How many orders they race for.
        parties: How many race.
        server: For "postgres", with an empty database.
    """
    folder = Path(tempfile.mkdtemp(prefix="race-"))
    url = server.url if server is not None else ""
    settings = Settings(folder=folder, seed=1, kind=kind, url=url, workers=parties, is_calm=True)
    settings.save()
    (folder / "barrier").write_bytes(bytes(parties * 8))
    nursery = Nursery()
    try:
        nursery.start("gateway", str(folder))
        until_it_answers(settings.socket)
        prepare(settings)
        left = {nursery.start("racer", str(folder), number, rounds) for number in range(parties)}
        problems = _waited_for(nursery, left)
        figures: Counter[str] = Counter()
        if not problems:
            problems += _problems(settings, rounds, figures)
    finally:
        nursery.close()
    if not problems:
        shutil.rmtree(folder)
    return Verdict(problems=problems[:100], count=len(problems), figures=dict(figures), folder=folder)


def _waited_for(nursery: Nursery, left: set[int]) -> list[str]:
    until = time.monotonic() + _HANGS
    while left and time.monotonic() < until:
        for pid, code in nursery.ended().items():
            if code:
                return [f"racer {pid} ended with exit code {code}: see above"]
            left.discard(pid)
        time.sleep(0.05)
    return [f"racer {pid} hangs" for pid in left]


def _problems(settings: Settings, rounds: int, figures: Counter[str]) -> Iterator[str]:
    ends: defaultdict[int, list[dict[str, str]]] = defaultdict(list)
    for number in range(settings.workers):
        for line in read(_results(settings, number)):
            ends[line["round"]].append(line["end"])
    answers = answers_of(settings.ledger)
    with settings.storage() as storage:
        orders = settings.service(storage, random.Random(0))
        for one in range(rounds):
            which = _KEYS[one % len(_KEYS)]
            figures["rounds"] += 1
            figures.update(f"{which} keys: {_told(end)}" for end in ends[one])
            order = orders.get(_order(one), by=OPERATOR)
            moved = answers.movements[order.id]
            figures["charges"] += sum(move.purpose is Purpose.CHARGE for move in moved)
            yield from (f"{order.id}: {problem}" for problem in _round_problems(which, ends[one], settings.workers))
            if order.status is not OrderStatus.ACCEPTED or order.payment_in_progress:
                yield f"{order.id} is {order.status}"
            if sum(move.purpose is Purpose.CHARGE for move in moved) != 1:
                yield f"{order.id} was not charged once: {moved}"
            try:
                audits.audit(order, moved)
            except AssertionError as error:
                yield str(error)


def _round_problems(which: str, ends: list[dict[str, str]], parties: int) -> Iterator[str]:
    returned = [end["returned"] for end in ends if "returned" in end]
    if len(ends) != parties:
        yield f"{len(ends)} of {parties} ended"
    if not returned or (which != "the same" and len(returned) > 1):
        yield f"{len(returned)} won, with {which} keys: {ends}"


def _told(end: dict[str, str]) -> str:
    return f"returned {end['returned']}" if "returned" in end else end["lost"]
