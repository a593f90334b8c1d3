"""What runs in a process of its own: `python children.py NAME ARGUMENTS`. Each tells on its standard output."""

from __future__ import annotations

import gc
import os
import random
import resource
import select
import signal
import sqlite3
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import attrs

from orderflow import OrderflowError, OrderQuery, StorageError
from orderflow.adapters.sqlite import SQLiteStorage
from orderflow.testing.contracts.storage.built import due, keep, onwards, order, owed

PATIENCE = 60  # seconds until a process that hangs ends itself


def tell(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def open_each() -> None:
    """Open the file of each line that comes in, and commit to it."""
    for number, line in enumerate(sys.stdin):
        storage = SQLiteStorage(line.rstrip("\n"), synchronous="NORMAL")
        keep(storage, order(f"of-{os.getpid()}-{number}"))
        storage.close()
        tell("done")


def hold(path: str) -> None:
    """Write, and neither commit nor end until told to."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    tell("held")
    sys.stdin.readline()
    connection.execute("ROLLBACK")


def fill_up(path: str, room: str) -> None:
    """Commit until there is no more room; then tell what was said, and how far it came."""
    storage = SQLiteStorage(path, synchronous="NORMAL")
    kept = keep(storage, order())
    most = max(Path(path).stat().st_size, Path(f"{path}-wal").stat().st_size) + int(room)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    try:
        while True:
            kept = keep(storage, onwards(kept, reason="x" * 5_000), owed(kept.version + 1))
    except OrderflowError as error:
        tell(kept.version, repr(error))
    os._exit(0)  # so that nothing is put in order on the way out


def without_rights(*paths: str) -> None:
    """As a user who may not write there: open each file, read, write; tell what was said to each."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    for path in paths:
        try:
            storage = SQLiteStorage(path, timeout=0.1)
            tell(None)
            tell(storage.load("ord-1") == order())
            keep(storage, order("ord-2"))
            tell("written")
        except StorageError as error:
            tell(repr(error))


def die(path: str, synchronous: Any, times: str, seed: str) -> None:
    """Commit in a child that is killed at some moment, so many times; hold the file to what was acknowledged."""
    chance = random.Random(seed)
    versions = 0
    for turn in range(int(times)):
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            signal.alarm(PATIENCE)
            _commit_for_ever(path, synchronous, turn, writing)
        os.close(writing)
        acknowledged = _read_for(reading, chance.uniform(0.001, 0.06))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        acknowledged += b"".join(iter(lambda fd=reading: os.read(fd, 1 << 16), b""))
        os.close(reading)
        versions += len(acknowledged)
        storage = SQLiteStorage(path)
        kept = storage.load(f"ord-{turn}")
        version = kept.version if kept else 0
        assert len(acknowledged) <= version <= len(acknowledged) + 1, "an acknowledged commit is lost"
        _check(storage, f"ord-{turn}", version)
        storage.close()
    tell(versions)


def _commit_for_ever(path: str, synchronous: Any, turn: int, writing: int) -> None:
    storage, order_id = SQLiteStorage(path, synchronous=synchronous), f"ord-{turn}"
    kept = order(order_id)
    while True:
        seq = kept.version
        keep(storage, kept, owed(seq, order_id=order_id), owed(seq, "webhook", order_id=order_id))
        os.write(writing, b".")
        kept = onwards(kept)


def _read_for(reading: int, seconds: float) -> bytes:
    """What comes in between the first byte and some time after."""
    told = os.read(reading, 1)
    while select.select([reading], [], [], seconds)[0]:
        told += os.read(reading, 1)
        seconds -= 0.0005
        if seconds <= 0:
            break
    return told


def _check(storage: SQLiteStorage, order_id: str, version: int) -> None:
    kept = storage.load(order_id)
    assert (len(kept.timeline) if kept else 0) == version
    assert sorted(row.seq for row in storage.messages(order_id)) == sorted([*range(1, version + 1)] * 2)


def fork(path: str) -> None:
    """Use a storage before a fork, and then in both, while other threads use it too."""
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", message=".*fork", category=DeprecationWarning)
    storage = SQLiteStorage(path, synchronous="NORMAL")
    keep(storage, order("before"))
    stop = threading.Event()

    def go_on(number: int) -> None:
        turn = 0
        while not stop.is_set():
            keep(storage, order(f"thread-{number}-{turn}"))
            turn += 1

    threads = [threading.Thread(target=go_on, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    to_child, from_parent = os.pipe()
    to_parent, from_child = os.pipe()
    child = os.fork()
    os.close(from_parent if not child else from_child)  # so that the end of one is no riddle to the other
    if not child:
        signal.alarm(PATIENCE)
        keep(storage, order("child-1"))
        os.write(from_child, b"1")
        os.read(to_child, 1)
        keep(storage, order("child-2"))  # after the parent has closed its own
        gc.collect()
        os.write(from_child, b"2")
        os.read(to_child, 1)
        os._exit(0)
    assert os.read(to_parent, 1) == b"1", "the child failed"
    stop.set()
    for thread in threads:
        thread.join()
    keep(storage, order("parent"))
    storage.close()
    os.write(from_parent, b"1")
    assert os.read(to_parent, 1) == b"2", "the child failed"
    other = SQLiteStorage(path)
    found = [one for one in ("before", "child-1", "child-2", "parent") if other.load(one)]
    os.write(from_parent, b"2")
    assert os.waitpid(child, 0)[1] == 0
    tell(*found)


def walk(path: str, *_: str) -> None:
    """Work on a file with many orders, and tell how many there are, and by how many KiB this process has grown."""
    storage = SQLiteStorage(path, synchronous="NORMAL")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seen, page = 0, None
    query = OrderQuery(store_id="studio-1", sort="-total", limit=200)
    while page is None or page.next is not None:
        page = storage.find(query if page is None else attrs.evolve(query, after=page.next))
        seen += len(page.rows)
    assert seen == sum(storage.counts("studio-1").values())
    storage.find(OrderQuery(text="birthday", sort="total"))
    for _ in range(5):
        due(storage, order().placed_at.replace(year=9000), limit=100)
    tell(seen, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)


if __name__ == "__main__":
    signal.alarm(2 * PATIENCE)
    globals()[sys.argv[1]](*sys.argv[2:])
