"""Sync and async ports, called alike."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from orderflow.testing.awaiting import Loop, called_alike


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


async def where() -> tuple[asyncio.AbstractEventLoop, int]:
    await asyncio.sleep(0)
    return asyncio.get_running_loop(), threading.get_ident()


def test_all_callers_share_one_loop_in_one_thread(loop: Loop) -> None:
    with ThreadPoolExecutor(16) as pool:
        told = set(pool.map(lambda _: loop(where()), range(64)))
    told.add(loop(where()))
    assert len(told) == 1
    assert told.pop()[1] != threading.get_ident()


def test_callers_run_at_the_same_time(loop: Loop) -> None:
    """Each waits for all others: one after the other they would wait for ever."""
    everyone = asyncio.Barrier(16)

    async def meet() -> int:
        return await everyone.wait()

    with ThreadPoolExecutor(16) as pool:
        assert sorted(pool.map(lambda _: loop(meet()), range(16))) == list(range(16))


def test_what_is_raised_comes_through(loop: Loop) -> None:
    async def fail() -> None:
        raise LookupError("there is none")

    with pytest.raises(LookupError, match="there is none"):
        loop(fail())


def test_a_loop_that_was_never_used_can_be_closed() -> None:
    before = threading.active_count()
    Loop().close()
    assert threading.active_count() == before


def test_to_close_it_ends_its_thread_and_what_is_left_on_it() -> None:
    loop = Loop()
    before = threading.active_count()
    ended: list[bool] = []

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            ended.append(True)

    kept = numbers()

    async def first() -> int:
        return await anext(kept)

    assert loop(first()) == 1
    assert threading.active_count() == before + 1
    running = loop(where())[0]
    loop.close()
    assert (threading.active_count(), ended, running.is_closed()) == (before, [True], True)


class Port:
    name = "sync"

    def double(self, number: int, *, times: int = 1) -> int:
        return number * 2**times


class AsyncPort(Port):
    name = "async"

    async def double(self, number: int, *, times: int = 1) -> int:  # type: ignore[override]
        await asyncio.sleep(0)
        return super().double(number, times=times)


@pytest.mark.parametrize("port", [Port(), AsyncPort()])
def test_a_port_is_called_as_a_sync_one_whichever_it_is(loop: Loop, port: Port) -> None:
    alike = called_alike(port, loop)
    assert alike.double(3, times=2) == 12
    assert alike.name == port.name
    with pytest.raises(TypeError):
        alike.double()
