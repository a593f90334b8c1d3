"""Whatever goes wrong at whichever calls, in every scenario: the books come out right, and all comes to rest.

With `--pairs all`, all ordered pairs of faults are run; else some of them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from orderflow import Order, OrderStatus
from orderflow.adapters.memory import MemoryStorage
from orderflow.testing import FaultKind
from proof.exhaustive import Tally, pairs, replay, single, work
from proof.play import play
from proof.scenarios import SCENARIOS
from proof.trouble import IN_SINGLES, Trouble, troubles_of

pytestmark = pytest.mark.proof

COMMANDS: Final = {
    *("submit", "accept", "decline", "cancel", "retry_payment", "complete", "refund", "add_note"),
    *("resolve_payment", "check_payment", "run_due", "redeliver", "mark_read"),
}
RACES: Final = {
    *("accept / accept", "accept / cancel", "accept / decline", "retry / retry", "retry / expire", "retry / cancel"),
    *("cancel while a charge is held / sweep", "note while a charge is open", "two sweepers"),
    *("late approval after cancel", "late approval after expiry", "late approval after a second charge"),
    *("a charge in review turns out approved", "surplus refund refused", "surplus refund absent"),
    *("submit whose void is refused", "a charge that the customer has finished"),
    *("delivery after trouble", "handler after trouble"),
}
#: Each step at which something can go wrong: the call that it is, of a command. The third commit is the third step.
STEPS: Final = {
    "submit: begin": ("submit", "storage.commit", 1),
    "submit: authorize": ("submit", "payments.authorize", 1),
    "submit: conclude": ("submit", "storage.commit", 2),
    "submit: void": ("submit", "payments.void", 1),
    "submit: conclude the void": ("submit", "storage.commit", 3),
    "accept: begin": ("accept", "storage.commit", 1),
    "accept: charge": ("accept", "payments.charge", 1),
    "accept: conclude": ("accept", "storage.commit", 2),
    "retry: begin": ("retry_payment", "storage.commit", 1),
    "retry: charge": ("retry_payment", "payments.charge", 1),
    "retry: conclude": ("retry_payment", "storage.commit", 2),
    "decline": ("decline", "storage.commit", 1),
    "cancel": ("cancel", "storage.commit", 1),
    "complete": ("complete", "storage.commit", 1),
    "note": ("add_note", "storage.commit", 1),
    "refund: begin": ("refund", "storage.commit", 1),
    "refund: call": ("refund", "payments.refund", 1),
    "refund: conclude": ("refund", "storage.commit", 2),
    "expire, or conclude": ("run_due", "storage.commit", 1),
    "look": ("run_due", "payments.find", 1),
    "send again": ("run_due", "payments.charge", 1),
    "void again": ("run_due", "payments.void", 1),
    "deliver: claim": ("run_due", "storage.claim_messages", 1),
    "deliver: e-mail, webhook": ("run_due", "notifier.send", 2),
    "deliver: handler": ("run_due", "handler.handle", 1),
    "deliver: acknowledge": ("run_due", "storage.record_deliveries", 1),
    "the gateway's event": ("check_payment", "payments.find", 1),
    "the gateway's event: conclude": ("check_payment", "storage.commit", 1),
    "the gateway's event: give back": ("check_payment", "payments.refund", 1),
}


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What thousands of faults write to the log is kept by nobody."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def _assert_right(tally: Tally) -> None:
    told = "\n\n".join(map(str, tally.violations[:3]))
    assert not tally.violations, f"{len(tally.violations)} of {tally.runs} runs came out wrong\n\n{told}"


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_books_are_right_whatever_call_goes_wrong(name: str) -> None:
    tally = single(name)
    _assert_right(tally)
    assert tally.runs > tally.calls


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_books_are_right_whichever_two_calls_go_wrong(name: str, request: pytest.FixtureRequest) -> None:
    every = 1 if request.config.getoption("--pairs") == "all" else 64
    _assert_right(pairs(name, every))


def test_every_command_is_given() -> None:
    assert {scenario.act.command for scenario in SCENARIOS.values()} == COMMANDS


def test_every_status_is_one_to_begin_in_and_one_to_end_in() -> None:
    runs = [play(scenario) for scenario in SCENARIOS.values()]
    statuses = {status.value for status in OrderStatus}
    assert {run.begins for run in runs} == {"none", *statuses}
    assert {run.ends for run in runs} == statuses


def test_every_step_is_taken_and_goes_wrong_in_every_way() -> None:
    taken: dict[str, list[list[str]]] = {}
    for scenario in SCENARIOS.values():
        run = play(scenario)
        taken.setdefault(scenario.act.command, []).append(list(run.calls[: run.reached]))
    missing = [
        step
        for step, (command, call, number) in STEPS.items()
        if not any(calls.count(call) >= number for calls in taken[command])
    ]
    assert missing == []
    assert set(FaultKind) < set(IN_SINGLES)


def test_every_race_is_run() -> None:
    assert SCENARIOS.keys() >= RACES
    rivals = {(one.act.command, one.rival.command) for one in SCENARIOS.values() if one.rival is not None}
    assert len(rivals) >= 15


def test_every_scenario_ends_in_one_way_if_nothing_goes_wrong() -> None:
    for name, scenario in SCENARIOS.items():
        assert play(scenario).problems == (), name


class Careless(MemoryStorage):
    """It writes whatever it is given, whoever was first."""

    def commit(self, order: Order, *, expected_version: int, **others: Any) -> None:
        stored = self.load(order.id)
        super().commit(order, expected_version=expected_version, **others) if stored is None else self._force(
            order, others
        )

    def _force(self, order: Order, others: dict[str, Any]) -> None:
        self._orders[order.id].order = order
        self._orders[order.id].commit_id = others["commit_id"]


def test_a_violation_tells_how_to_run_it_again() -> None:
    tally = single("accept / cancel", make_storage=Careless)
    assert tally.violations
    told = str(tally.violations[0])
    again = re.search(r"Replay: proof\.exhaustive\.replay\('(.*)', '(.*)', '(.*)'\)", told)
    assert again is not None
    name, troubles, late = again.groups()
    with pytest.raises(AssertionError, match=r"storage\.commit"):
        replay(name, troubles, late, Careless)
    assert replay(name, troubles, late).problems == ()


def test_troubles_read_back_as_they_were_told() -> None:
    troubles = (Trouble(4, FaultKind.TIMEOUT), *troubles_of("7+ late_effect, 12 rival"))
    assert troubles_of(", ".join(map(str, troubles))) == troubles
    assert [one.is_late for one in troubles] == [False, True, False]


def test_tallies_add_up_over_processes() -> None:
    names = ("note", "reading what one was told")
    parts = [work(name, "singles") for name in names]
    total = parts[0] + parts[1]
    assert (total.scenarios, total.runs) == (2, sum(single(name).runs for name in names))
    assert total.faults >= total.runs - 2
    assert Tally() + total == total
