"""One run of a scenario: its command while things go wrong, what follows, and the same command again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import attrs

from orderflow import CardDeclined, Order, OrderflowError, PaymentUnavailable, Purpose, StorageError
from orderflow.adapters.memory import MemoryStorage
from orderflow.testing import Crash, Faulty
from proof.judge import fingerprint, judge, status
from proof.recovery import Landing, recover, review
from proof.scenario import Scenario
from proof.stage import ORDER, MakeStorage, Ports, Stage
from proof.trouble import Late, Trouble, plans

__all__ = ["Run", "play"]

_MOST_REPETITIONS: Final = 5


@attrs.frozen(kw_only=True)
class Run:
    """What one run came to.

    Attributes:
        calls: The calls of all ports, in order: of the command, and of the sweeps that could still go wrong.
        reached: How many of them are the command's.
        begins: The status in which the order was before.
        ends: The status in which it was in the end.
        problems: What was wrong.
    """

    calls: tuple[str, ...]
    reached: int
    begins: str
    ends: str
    problems: tuple[str, ...]


def play(
    scenario: Scenario,
    troubles: Sequence[Trouble] = (),
    late: Late = Late.AT_ONCE,
    make_storage: MakeStorage = MemoryStorage,
) -> Run:
    """Run a scenario with its troubles.

    Args:
        scenario: What is done.
        troubles: What goes wrong. Those that happen once may happen in the sweeps afterwards, too.
        late: When late effects happen.
        make_storage: Makes a storage that holds nothing yet.
    """
    stage = scenario.stage(make_storage)
    try:
        return _Play(scenario, stage, troubles, late).run()
    finally:
        stage.close()


class _Play:
    def __init__(self, scenario: Scenario, stage: Stage, troubles: Sequence[Trouble], late: Late) -> None:
        self._scenario = scenario
        self._stage = stage
        ports = Ports(stage)
        self._faulty = Faulty(ports, *plans(troubles, stage, self._rival))
        self._landing = Landing(stage, ports, self._faulty, troubles, late)
        self._is_over = any(trouble.ever for trouble in troubles)
        self._problems: list[str] = []

    def run(self) -> Run:
        begins = status(self._stage)
        arguments = self._scenario.act.arguments(self._stage)
        answer = self._landing.watch(lambda: self._do(arguments, self._faulty))
        reached = len(self._faulty.calls)
        self._recover(None if self._is_over else self._faulty)
        self._compare(answer)
        if self._scenario.act.is_repeatable:
            self._repeat(arguments, answer if self._scenario.act.command != "check_payment" else None)
            answer = None
        if review(self._stage):
            self._recover()
            if self._scenario.act.is_repeatable:
                self._repeat(arguments, None)
        self._end(answer)
        return Run(
            calls=tuple(self._faulty.calls),
            reached=reached,
            begins=begins,
            ends=status(self._stage),
            problems=tuple(dict.fromkeys(self._problems)),
        )

    def _do(self, arguments: dict[str, Any], faulty: Faulty | None) -> object:
        """The answer to the command: what it returns, or what it raises that a caller can see."""
        try:
            return self._scenario.act(self._stage.service(faulty), arguments)
        except (OrderflowError, Crash) as error:
            return error
        except Exception as error:
            self._problems.append(f"{type(error).__name__} leaves the command")
            return error

    def _compare(self, answer: object) -> None:
        """What was granted is on the books, and what was refused is not."""
        key = self._scenario.act.key
        if key is None or key == (self._scenario.rival and self._scenario.rival.key):
            return
        is_there = self._stage.storage.find_command(ORDER, key) is not None
        if not _is_unknown(answer) and is_there is not isinstance(answer, Order):
            self._problems.append(f"it comes to {type(answer).__name__}, and {is_there=} on the books")

    def _end(self, answer: object) -> None:
        """Whether it has come true as often as the answer says; None stands for one that was repeated to the end."""
        if status(self._stage) not in self._scenario.ends:
            self._problems.append(f"it ends as {status(self._stage)}")
        order = self._stage.storage.load(ORDER)
        times = self._scenario.times(order) if order is not None else 0
        least = int(answer is None or isinstance(answer, Order))
        most = int(answer is None or isinstance(answer, Order) or _is_unknown(answer))
        if not least <= times <= most:
            self._problems.append(f"it comes to {type(answer).__name__}, and has come true {times} times")

    def _rival(self) -> None:
        """Another process: what it raises is not the first one's, and it may go wrong in the same way."""
        rival = self._scenario.rival
        assert rival is not None
        self._stage.wait(rival.wait)
        try:
            rival(self._stage.service(self._faulty), rival.arguments(self._stage))
        except (OrderflowError, Crash):
            return
        except Exception as error:
            self._problems.append(f"{type(error).__name__} leaves the rival's command")

    def _recover(self, faulty: Faulty | None = None) -> None:
        try:
            self._problems += recover(self._stage, self._scenario, self._landing, faulty)
        except Exception as error:
            self._problems.append(f"{type(error).__name__} leaves the sweep")
        self._problems += judge(self._stage, self._scenario)

    def _repeat(self, arguments: dict[str, Any], answer: object) -> None:
        """The same command again completes what was broken off; once it is settled, it changes nothing."""
        is_settled = _is_settled(answer)
        for _ in range(_MOST_REPETITIONS):
            before = fingerprint(self._stage)
            if self._scenario.act.command == "run_due":
                self._stage.wait(minutes=2)  # what the one before held on to is let go
            again = self._do(arguments, None)
            self._problems += recover(self._stage, self._scenario, self._landing)
            is_same = fingerprint(self._stage) == before
            if is_settled and not (is_same and isinstance(again, type(answer))):
                self._problems.append(f"it was answered, and again it comes to {type(again).__name__}, {is_same=}")
            if is_same:
                return
            self._problems += judge(self._stage, self._scenario)
            answer, is_settled = again, _is_settled(again)
        self._problems.append("every repetition changes something")


def _is_unknown(answer: object) -> bool:
    """Whether an answer leaves open what has come of the command."""
    return isinstance(answer, StorageError | PaymentUnavailable | Crash)


def _is_settled(answer: object) -> bool:
    """Whether an answer tells how it ended, so that the same command again may change nothing."""
    if isinstance(answer, Order):
        return not any(one.is_unsettled and one.purpose is not Purpose.VOID for one in answer.attempts)
    return isinstance(answer, CardDeclined)
