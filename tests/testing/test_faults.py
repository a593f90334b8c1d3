"""Faults over ports: what happens, and what the caller sees."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from orderflow.testing import Crash, Fault, FaultKind, Faulty, Interruption


class Port:
    """A port with two methods, that keeps what it was told."""

    limit = 7

    def __init__(self) -> None:
        self.kept: list[str] = []

    @property
    def count(self) -> int:
        return len(self.kept)

    def keep(self, text: str, *, loud: bool = False) -> str:
        self.kept.append(text.upper() if loud else text)
        return f"kept {text}"

    def drop(self, text: str) -> None:
        self.kept.remove(text)


class AsyncPort(Port):
    async def keep(self, text: str, *, loud: bool = False) -> str:  # type: ignore[override]
        await asyncio.sleep(0)
        return super().keep(text, loud=loud)

    async def drop(self, text: str) -> None:  # type: ignore[override]
        super().drop(text)


Call = Callable[[object], Any]


def plainly(answer: Any) -> Any:
    return answer


def awaited(answer: Any) -> Any:
    with asyncio.Runner() as runner:
        return runner.run(_waited(answer))


async def _waited(answer: Any) -> Any:
    return await answer


@pytest.fixture(params=[(Port, plainly), (AsyncPort, awaited)], ids=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> tuple[type[Port], Call]:
    chosen: tuple[type[Port], Call] = request.param
    return chosen


@pytest.fixture
def port(kind: tuple[type[Port], Call]) -> Port:
    return kind[0]()


@pytest.fixture
def run(kind: tuple[type[Port], Call]) -> Call:
    return kind[1]


EFFECTS = {
    "error": (ConnectionError, False),
    "timeout": (TimeoutError, False),
    "timeout_with_effect": (TimeoutError, True),
    "late_effect": (TimeoutError, False),
    "lost_acknowledgement": (ConnectionError, True),
    "crash_before": (Crash, False),
    "crash_after": (Crash, True),
}


def test_every_kind_is_tried() -> None:
    assert list(EFFECTS) == list(FaultKind)


@pytest.mark.parametrize("fault", EFFECTS)
def test_a_fault_raises_and_has_its_effect_or_has_it_not(port: Port, run: Call, fault: str) -> None:
    raised, effect = EFFECTS[fault]
    faulty = Faulty(port, Fault(kind=fault, method="keep"))
    with pytest.raises(raised) as caught:
        run(faulty.keep("a"))
    assert caught.type is raised
    assert port.kept == (["a"] if effect else [])
    assert run(faulty.keep("b", loud=True)) == "kept b"
    assert port.kept == (["a", "B"] if effect else ["B"])


@pytest.mark.parametrize("fault", EFFECTS)
def test_a_caller_may_see_another_error(port: Port, run: Call, fault: str) -> None:
    faulty = Faulty(port, Fault(kind=fault, raises=KeyError))
    with pytest.raises(KeyError):
        run(faulty.keep("a"))
    assert port.kept == (["a"] if EFFECTS[fault][1] else [])


def test_nothing_of_ours_catches_a_crash() -> None:
    assert not issubclass(Crash, Exception)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="late"):
        Fault(kind="too late")


def outcomes(faulty: Faulty, run: Call, *methods: str) -> list[bool]:
    """Whether each of these calls went through."""
    through = []
    for method in methods:
        try:
            run(getattr(faulty, method)("a"))
        except ConnectionError:
            through.append(False)
        else:
            through.append(True)
    return through


KEEP_3 = ("keep", "keep", "keep")


@pytest.mark.parametrize(
    ("fault", "through"),
    [
        (Fault(kind="error"), [False, True, True]),
        (Fault(kind="error", call=2), [True, False, True]),
        (Fault(kind="error", call=2, ever=True), [True, False, False]),
        (Fault(kind="error", ever=True), [False, False, False]),
        (Fault(kind="error", method="drop"), [True, True, True]),
        (Fault(kind="error", call=4), [True, True, True]),
    ],
)
def test_a_fault_hits_one_call_or_all_from_it_on(port: Port, run: Call, fault: Fault, through: list[bool]) -> None:
    assert outcomes(Faulty(port, fault), run, *KEEP_3) == through


def test_calls_of_a_named_method_are_counted_for_themselves(port: Port, run: Call) -> None:
    faulty = Faulty(port, Fault(kind="error", method="drop", call=2))
    assert outcomes(faulty, run, "keep", "keep", "drop", "keep", "drop", "drop") == [
        True,
        True,
        True,
        True,
        False,
        True,
    ]


def test_calls_of_any_method_are_counted_together(port: Port, run: Call) -> None:
    faulty = Faulty(port, Fault(kind="error", call=3))
    assert outcomes(faulty, run, "keep", "drop", "keep", "keep") == [True, True, False, True]
    assert faulty.calls == ["keep", "drop", "keep", "keep"]


def test_of_several_plans_for_a_call_the_first_counts(port: Port, run: Call) -> None:
    faulty = Faulty(port, Fault(kind="timeout", call=2), Fault(kind="error", ever=True))
    with pytest.raises(ConnectionError):
        run(faulty.keep("a"))
    with pytest.raises(TimeoutError):
        run(faulty.keep("b"))


def test_a_late_effect_lands_when_the_test_says_so(port: Port, run: Call) -> None:
    faulty = Faulty(port, Fault(kind="late_effect", method="keep", ever=True))
    for text in ("a", "b"):
        with pytest.raises(TimeoutError):
            run(faulty.keep(text, loud=True))
    assert port.kept == []
    assert [run(answer) for answer in faulty.land()] == ["kept a", "kept b"]
    assert port.kept == ["A", "B"]
    assert faulty.land() == []
    assert faulty.calls == ["keep", "keep"]


def test_someone_else_acts_before_a_call_takes_effect(port: Port, run: Call) -> None:
    faulty = Faulty(port, Interruption(act=lambda: port.kept.append("meanwhile"), method="keep"))
    assert run(faulty.keep("a", loud=True)) == "kept a"
    assert port.kept == ["meanwhile", "A"]


def test_someone_else_acts_after_a_call_took_effect(port: Port, run: Call) -> None:
    faulty = Faulty(port, Interruption(act=lambda: port.kept.append("meanwhile"), method="keep", after=True))
    assert run(faulty.keep("a", loud=True)) == "kept a"
    assert port.kept == ["A", "meanwhile"]


def test_what_someone_else_raises_is_seen(port: Port, run: Call) -> None:
    def act() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        run(Faulty(port, Interruption(act=act)).keep("a"))
    assert port.kept == []


def test_an_interruption_may_happen_at_every_call_from_one_on(port: Port, run: Call) -> None:
    faulty = Faulty(port, Interruption(act=lambda: port.kept.append("x"), call=2, ever=True))
    for text in ("a", "b", "c"):
        run(faulty.keep(text))
    assert port.kept == ["a", "x", "b", "x", "c"]


def test_attributes_pass_through(port: Port) -> None:
    faulty = Faulty(port, Fault(kind="error", ever=True))
    port.kept.append("a")
    assert (faulty.limit, faulty.count, faulty.kept) == (7, 1, ["a"])
    assert faulty.calls == []
    with pytest.raises(AttributeError, match="wipe"):
        _ = faulty.wipe


def test_it_is_async_where_the_port_is() -> None:
    assert not inspect.iscoroutinefunction(Faulty(Port()).keep)
    assert inspect.iscoroutinefunction(Faulty(AsyncPort()).keep)
    assert inspect.iscoroutinefunction(Faulty(Faulty(AsyncPort())).keep)


@pytest.fixture
def threads_that_take_turns_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("threads_that_take_turns_often")
def test_threads_may_share_it() -> None:
    plans = [Fault(kind="error", call=call) for call in range(20, 400, 20)]
    faulty = Faulty(Port(), *plans)
    with ThreadPoolExecutor(16) as pool:
        through = list(pool.map(lambda _: outcomes(faulty, plainly, "keep"), range(400)))
    assert through.count([False]) == len(plans)
    assert faulty.calls == ["keep"] * 400
