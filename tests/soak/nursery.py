"""Starts the processes of a soak: one process that has imported everything and forks, so that a new life takes no time.

It reads one request a line: a role and its arguments. When its input ends, because whoever started it is gone, all
that it started is killed, and then it ends itself.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any, Final

__all__ = ["Nursery"]

_TESTS: Final = Path(__file__).parents[1]


class Nursery:
    """The nursery, as whoever started it sees it."""

    def __init__(self) -> None:
        sources = os.pathsep.join([str(_TESTS), str(_TESTS.parent / "src"), os.environ.get("PYTHONPATH", "")])
        self._process = Popen(
            [sys.executable, "-m", "soak.nursery"],
            stdin=PIPE,
            stdout=PIPE,
            env={**os.environ, "PYTHONPATH": sources},
            text=True,
            bufsize=1,
        )

    def start(self, role: str, *arguments: Any) -> int:
        """Start a process.

        Returns:
            Its id.
        """
        return int(self._ask([role, *arguments]))

    def ended(self) -> dict[int, int]:
        """The ids of processes that ended since the last time, with their exit codes; -9 for a killed one."""
        return {int(pid): code for pid, code in self._ask(["ended"]).items()}

    def close(self) -> None:
        """End all that it started."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _ask(self, request: list[Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        answer = self._process.stdout.readline()
        if not answer:
            raise ChildProcessError("the nursery is gone")
        return json.loads(answer)


def _roles() -> dict[str, Callable[..., None]]:
    from soak import gateway, judge, race, worker  # noqa: PLC0415
    from soak.settings import Settings  # noqa: PLC0415

    return {
        "gateway": lambda folder: gateway.serve(Settings.of(folder)),
        "worker": lambda folder, slot, life: worker.work(Settings.of(folder), slot, life),
        "judge": lambda folder: judge.judge(Settings.of(folder)),
        "program": _become,
        "racer": lambda folder, number, rounds: race.race_in(Settings.of(folder), number, rounds),
    }


def _import_all() -> None:
    """Import what some roles need later, if it is there: a short life has no time for that."""
    for name in ("sqlalchemy.dialects.postgresql.psycopg", "psycopg", "orderflow.adapters.sqlalchemy"):
        with suppress(ImportError):
            import_module(name)
    import_module("orderflow.adapters.sqlite")


def _main() -> None:
    roles = _roles()
    _import_all()
    alive: set[int] = set()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it says when it ends
    for line in sys.stdin:
        role, *arguments = json.loads(line)
        if role == "ended":
            answer: Any = _ended(alive)
        else:
            answer = os.fork()
            if answer == 0:
                _live(roles[role], arguments)
            alive.add(answer)
        print(json.dumps(answer), flush=True)  # noqa: T201
    for pid in alive:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _live(role: Callable[..., None], arguments: list[Any]) -> None:
    code = 1
    try:
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(2, 1)
        role(*arguments)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def _become(command: list[str], log: str, user: int, group: int) -> None:
    """Run another program in this process, as another user if this is root."""
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.setpgid(0, 0)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
    os.execv(command[0], command)


def _ended(alive: set[int]) -> dict[int, int]:
    codes = {}
    for pid in list(alive):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            alive.discard(pid)
            codes[pid] = os.waitstatus_to_exitcode(status)
    return codes


if __name__ == "__main__":
    _main()
