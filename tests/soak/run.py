"""A soak: workers on one store, a gateway of its own, and someone who kills them all the time."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Protocol

from soak.nursery import Nursery
from soak.remote import ask
from soak.settings import Settings
from soak.verdict import Verdict, verdict_of

__all__ = ["Server", "Verdict", "judge_again", "prepare", "soak", "until_it_answers"]

#: Between two kills, in seconds.
_SHORTEST: Final = 0.1
_LONGEST: Final = 1.0
#: Between two restarts of the database's server, in seconds.
_RESTARTS: Final = (4.0, 12.0)
#: Of the kills, how many are the gateway's.
_GATEWAY: Final = 0.05
_PROGRESS: Final = 10.0
#: In seconds: the end of a hang.
_JUDGE_HANGS: Final = 7200
_STARTS: Final = 20

_Say = Callable[[str], None]


class Server(Protocol):
    """A database server that a soak may restart."""

    @property
    def url(self) -> str: ...
    def restart(self) -> None: ...
    def dump(self, path: Path) -> None: ...


class _Soak:
    """The processes of one soak.

    Args:
        settings: The soak's.
        nursery: What starts them.
        say: Where progress is told.
    """

    def __init__(self, settings: Settings, nursery: Nursery, say: _Say) -> None:
        self.figures: Counter[str] = Counter()
        self.problems: list[str] = []
        self._settings = settings
        self._nursery = nursery
        self._say = say
        self._chance = random.Random(settings.seed)
        self._lives: Counter[int] = Counter()
        self._workers: dict[int, int] = {}
        self._killed: set[int] = set()
        self._gateway = self._start_gateway()

    def trouble(self, seconds: float, server: Server | None) -> None:
        """Let them work, and kill them, for some time."""
        for slot in range(self._settings.workers):
            self._start_worker(slot)
        began = time.monotonic()
        next_restart, next_progress = self._chance.uniform(*_RESTARTS), _PROGRESS
        while (passed := time.monotonic() - began) < seconds:
            time.sleep(self._chance.uniform(_SHORTEST, _LONGEST))
            self._look_for_ended()
            self._kill_one()
            if server is not None and passed > next_restart:
                server.restart()
                self.figures["restarts of the server"] += 1
                next_restart = time.monotonic() - began + self._chance.uniform(*_RESTARTS)
            if passed > next_progress:
                self._tell_progress(passed)
                next_progress += _PROGRESS
        self._look_for_ended()
        for pid in self._workers.values():
            self._kill(pid)
        self._workers.clear()
        self.figures["seconds of trouble"] = round(time.monotonic() - began)

    def calm(self) -> None:
        """Let the gateway answer at once from now on."""
        until_it_answers(self._settings.socket, "calm")

    def judge(self) -> None:
        """Let a new process look at what is left."""
        pid = self._nursery.start("judge", str(self._settings.folder))
        until = time.monotonic() + _JUDGE_HANGS
        while (code := self._look_for_ended().get(pid)) is None:
            if time.monotonic() > until:
                self.problems.append("the judge hangs")
                return
            time.sleep(0.1)
        if code:
            self.problems.append(f"the judge broke, with exit code {code}: see above")

    def _start_gateway(self) -> int:
        return self._nursery.start("gateway", str(self._settings.folder))

    def _start_worker(self, slot: int) -> None:
        self._lives[slot] += 1
        self._workers[slot] = self._nursery.start("worker", str(self._settings.folder), slot, self._lives[slot])

    def _kill_one(self) -> None:
        if self._chance.random() < _GATEWAY:
            self._kill(self._gateway)
            self._gateway = self._start_gateway()
            self.figures["kills of the gateway"] += 1
            return
        slot = self._chance.randrange(self._settings.workers)
        self._kill(self._workers[slot])
        self.figures["kills of workers"] += 1
        self._start_worker(slot)

    def _kill(self, pid: int) -> None:
        self._killed.add(pid)
        os.kill(pid, signal.SIGKILL)

    def _look_for_ended(self) -> dict[int, int]:
        """The processes that have ended, with their exit codes; one that must not end by itself begins anew."""
        ended = self._nursery.ended()
        for pid, code in ended.items():
            names = [f"worker {slot}" for slot, worker in self._workers.items() if worker == pid]
            names += ["the gateway"] if pid == self._gateway else []
            if pid in self._killed and code == -signal.SIGKILL:
                continue
            if names or pid in self._killed:
                self.problems.append(f"{''.join(names) or 'a worker'} ended by itself, with exit code {code}")
            if pid == self._gateway:
                self._gateway = self._start_gateway()
            for slot in [slot for slot, worker in self._workers.items() if worker == pid]:
                self._start_worker(slot)
        return ended

    def _tell_progress(self, passed: float) -> None:
        try:
            told = ask(self._settings.socket, {"method": "figures"})
        except OSError:
            told = {}
        moved = ", ".join(f"{told.get(name, 0)} {name}" for name in ("verification approved", "charge approved"))
        self._say(f"{passed:6.0f} s: {dict(self.figures)}, {moved}, {len(self.problems)} problems")


def soak(
    *,
    kind: str,
    seconds: float,
    seed: int,
    workers: int = 4,
    conclusive: bool = True,
    server: Server | None = None,
    say: _Say = print,
) -> Verdict:
    """Run a soak. Its folder is kept if anything is wrong.

    Args:
        kind: "sqlite" or "postgres".
        seconds: How long trouble lasts.
        seed: What random choices are made from.
        workers: How many work at once.
        conclusive: Whether the gateway's look-ups prove that nothing moved.
        server: For "postgres", with an empty database.
        say: Where progress is told.
    """
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    url = server.url if server is not None else ""
    settings = Settings(folder=folder, seed=seed, kind=kind, url=url, workers=workers, conclusive=conclusive)
    settings.save()
    say(f"a soak on {kind} in {folder}, seed {seed} (processes run as they please: no two runs are alike)")
    with ExitStack() as stack:
        nursery = Nursery()
        stack.callback(nursery.close)
        prepare(settings)
        going = _Soak(settings, nursery, say)
        going.trouble(seconds, server)
        going.calm()
        going.judge()
    verdict = verdict_of(settings, going.problems, going.figures)
    if verdict.count and server is not None:
        server.dump(folder / "shop.sql")
    return verdict


def prepare(settings: Settings) -> None:
    """Make the tables."""
    with settings.storage() as storage:
        if settings.kind == "postgres":
            make: Any = storage
            make.create_all()


def judge_again(folder: Path) -> Verdict:
    """Judge a folder that was kept; on SQLite, where it holds everything."""
    settings = Settings.of(folder)
    nursery = Nursery()
    try:
        going = _Soak(settings, nursery, print)
        going.calm()
        going.judge()
    finally:
        nursery.close()
    return verdict_of(settings, going.problems, going.figures)


def until_it_answers(path: Path, method: str = "figures") -> None:
    """Ask the gateway, which may be starting.

    Raises:
        ChildProcessError: If it does not answer.
    """
    for _ in range(_STARTS):
        try:
            ask(path, {"method": method})
            return
        except OSError:
            time.sleep(0.2)
    raise ChildProcessError("the gateway does not answer")
