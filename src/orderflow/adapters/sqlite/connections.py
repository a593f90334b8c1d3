"""The connections to a file: one for each thread, used, forked and closed safely."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from ...errors import StorageError
from .failures import told
from .opening import opened

__all__ = ["Connections"]


class _Held:
    """A thread's connection: closed when the thread ends, and nobody holds this any more.

    Who uses it or closes it holds its lock: closed by one thread while another uses it, it would crash the process.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.connection: sqlite3.Connection | None = None

    def close(self) -> None:
        with self.lock:
            if self.connection is not None:
                self.connection.close()
                self.connection = None

    def __del__(self) -> None:
        self.close()


class _Everywhere:
    """All connections of this process, so that none is open while it forks.

    SQLite believes that a forked process still has its parent's locks, and the system takes them away: the parent, and
    every other process, could then remove the log that the child writes to.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: weakref.WeakSet[_Held] = weakref.WeakSet()
        self._paused: list[_Held] = []

    def new(self) -> _Held:
        held = _Held()
        with self._lock:
            self._all.add(held)
        return held

    def pause(self) -> None:
        """Close every connection as soon as its thread is done, and let nobody open one; each thread opens anew."""
        self._lock.acquire()
        self._paused = list(self._all)
        for held in self._paused:
            held.lock.acquire()
            held.close()

    def go_on(self) -> None:
        """In the parent, and in the child."""
        for held in self._paused:
            held.lock.release()
        self._paused = []
        self._lock.release()


_everywhere = _Everywhere()
_at_fork = getattr(os, "register_at_fork", lambda **_: None)  # some systems know no forks
_at_fork(before=_everywhere.pause, after_in_parent=_everywhere.go_on, after_in_child=_everywhere.go_on)


class Connections:
    """The connections of one storage.

    Args:
        path: The file.
        synchronous: `FULL` or `NORMAL`: whether a commit outlives a power cut.
        timeout: How long to wait for other threads, and then for another process's lock, in seconds.

    Raises:
        StorageError: If the file can't be opened or made, or is not ours to use.
    """

    def __init__(self, path: str, synchronous: str, timeout: float) -> None:
        self._path = os.path.abspath(path)  # threads open it later, wherever the process works then
        self._synchronous = synchronous
        self._timeout = timeout
        self._mine = threading.local()
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        self._all: weakref.WeakSet[_Held] = weakref.WeakSet()
        self._is_closed = False
        held = self._held()
        with told(self._path), held.lock:
            held.connection = opened(self._path, synchronous, timeout)
        self._file = self._found()

    def close(self) -> None:
        """Close every connection, whichever thread's it is, as soon as its call is done."""
        self._is_closed = True
        with self._lock:
            everyone = list(self._all)
        for held in everyone:
            held.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection to read with; each statement sees one state.

        Raises:
            StorageError: If the file can't be read.
        """
        held = self._held()
        with told(self._path), held.lock:
            try:
                yield self._ready(held)
            except sqlite3.Error:  # a statement that was begun may hold an old state: the next call gets a new one
                held.close()
                raise

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction that nobody else writes during: committed at the end, or rolled back.

        Raises:
            StorageError: If the file can't be written; if the commit itself failed, it is there or it is not.
        """
        with self.reading() as connection:
            if connection.in_transaction:  # a signal's handler has interrupted one
                raise StorageError(f"{self._path}: this thread is in the midst of another call")
            with self._turn_to_write():
                try:
                    connection.execute("BEGIN IMMEDIATE")
                    yield connection
                    connection.execute("COMMIT")
                finally:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")

    @contextmanager
    def _turn_to_write(self) -> Iterator[None]:
        """Threads wait here, and are woken: SQLite would have them look again and again, the latest least often.

        Raises:
            StorageError: If others take too long.
        """
        if not self._turn.acquire(timeout=self._timeout):
            raise StorageError(f"{self._path}: other threads have been writing for too long")
        try:
            yield
        finally:
            self._turn.release()

    def _held(self) -> _Held:
        held: _Held | None = getattr(self._mine, "held", None)
        if held is None:
            held = self._mine.held = _everywhere.new()
            with self._lock:
                self._all.add(held)
        return held

    def _ready(self, held: _Held) -> sqlite3.Connection:
        if self._is_closed:
            raise StorageError(f"{self._path}: the storage is closed")
        if self._found() != self._file:
            raise StorageError(f"{self._path}: it was deleted or replaced after it was opened")
        if held.connection is None:
            held.connection = opened(self._path, self._synchronous, self._timeout)
        return held.connection

    def _found(self) -> tuple[int, int] | None:
        """Which file is there; None if none is."""
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_dev, found.st_ino
