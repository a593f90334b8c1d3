"""What stands in for a storage on disk that many processes open, and for the processes."""

from __future__ import annotations

import functools
import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.managers import BaseManager
from typing import Any

from orderflow.adapters.memory import MemoryStorage
from orderflow.ports import Storage
from orderflow.testing.contracts.storage.apart import PROCESSES, at_once

__all__ = ["Server", "elsewhere", "in_threads", "started"]


class Server(BaseManager):
    """Keeps storages in memory by name, each made when it is first asked for, in a process to which each call goes."""

    storage: Callable[[str], Storage]


@functools.cache
def _named(name: str) -> MemoryStorage:
    return MemoryStorage()


Server.register("storage", _named)


def started() -> Server:
    """A server in a process of its own; shut it down."""
    server = Server(ctx=multiprocessing.get_context("spawn"))
    server.start()
    return server


def elsewhere(server: Server, name: str) -> Callable[[], Storage]:
    """How another process opens the storage of that name."""
    return functools.partial(_opened, server.address, bytes(server._authkey), name)  # type: ignore[attr-defined]


def _opened(address: Any, key: bytes, name: str) -> Storage:
    client = Server(address, key)
    client.connect()
    return client.storage(name)


def in_threads(store: Storage) -> Callable[..., list[Any]]:
    """Threads in the place of processes: what each of them does can be seen here."""

    def run(work: Callable[[Storage, int], Any]) -> list[Any]:
        barrier = threading.Barrier(PROCESSES)
        with ThreadPoolExecutor(PROCESSES) as pool:
            return list(pool.map(lambda number: at_once(lambda: store, work, barrier, number), range(PROCESSES)))

    return run
