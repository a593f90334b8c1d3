"""Every call of every port goes wrong in every way, alone and with every later one, in every scenario.

`single` and `pairs` run them; `work` does so for one scenario by name, in whichever process; `replay` runs one again.
A run is: the command over ports that go wrong; late requests arrive; the sweep comes by until all is quiet; the books
are audited; the command is given again with the same key, and again, until it changes nothing.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator, Sequence
from typing import Final, Literal

import attrs

from orderflow.adapters.memory import MemoryStorage
from proof.play import Run, play
from proof.scenario import Scenario
from proof.scenarios import SCENARIOS
from proof.stage import MakeStorage
from proof.trouble import IN_PAIRS, IN_SINGLES, OF_RIVALS, Late, Trouble, can_happen, forms, troubles_of

__all__ = ["Tally", "Violation", "pairs", "replay", "single", "work"]

#: Later than any other, and just in time.
_LATE_IN_PAIRS: Final = Late.AT_THE_LAST_MOMENT


@attrs.frozen
class Violation:
    """A run that came out wrong."""

    scenario: str
    troubles: str
    late: str
    problems: tuple[str, ...]

    def __str__(self) -> str:
        again = f"proof.exhaustive.replay({self.scenario!r}, {self.troubles!r}, {self.late!r})"
        return "\n  ".join([f"{self.scenario}: {self.troubles}", *self.problems, f"Replay: {again}"])


@attrs.define
class Tally:
    """What many runs came to; two add up to one.

    Attributes:
        scenarios: How many there were.
        calls: The port calls that their commands make when nothing goes wrong.
        runs: How often a scenario was run.
        faults: How many faults were met.
        seconds: How long the processor took.
        violations: The runs that came out wrong.
    """

    scenarios: int = 0
    calls: int = 0
    runs: int = 0
    faults: int = 0
    seconds: float = 0.0
    violations: list[Violation] = attrs.Factory(list)

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, one.name) + getattr(other, one.name) for one in attrs.fields(Tally)))


def single(name: str, make_storage: MakeStorage = MemoryStorage) -> Tally:
    """Every call of a scenario's command goes wrong in every way, once and from then on, by itself."""
    scenario, began = SCENARIOS[name], time.process_time()
    tally = Tally(scenarios=1)
    tally.calls = _run(name, (), Late.AT_ONCE, make_storage, tally).reached
    for call in range(1, tally.calls + 1):
        for trouble in _singles(scenario, call):
            for late in Late if trouble.is_late else (Late.AT_ONCE,):
                _run(name, (trouble,), late, make_storage, tally)
    tally.seconds = time.process_time() - began
    return tally


def _singles(scenario: Scenario, call: int) -> Iterator[Trouble]:
    for kind in OF_RIVALS if scenario.rival else IN_SINGLES:
        yield from forms(call, kind)


def pairs(name: str, every: int = 1, make_storage: MakeStorage = MemoryStorage) -> Tally:
    """Every call goes wrong, and every later one, too: of the command, or of the sweeps that recover from the first.

    Of a scenario with a rival, those are run in which the rival acts; the others are those of the scenario without.

    Args:
        name: The scenario's.
        every: About every so many-th pair is run, spread over the first ones and the second ones.
        make_storage: Makes a storage that holds nothing yet.
    """
    scenario, began = SCENARIOS[name], time.process_time()
    tally, count = Tally(scenarios=1), itertools.count()
    plain = _run(name, (), _LATE_IN_PAIRS, make_storage, tally)
    tally.calls = plain.reached
    stride = math.isqrt(every)
    firsts = list(_in_pairs(scenario, plain.calls[: plain.reached], 1))
    for first in firsts[len(name) % stride :: stride]:
        alone = _run(name, (first,), _LATE_IN_PAIRS, make_storage, tally)
        for second in _in_pairs(scenario, alone.calls, first.call + 1):
            has_rival = any(one.kind in OF_RIVALS for one in (first, second))
            if has_rival is (scenario.rival is not None) and next(count) % (every // stride) == 0:
                _run(name, (first, second), _LATE_IN_PAIRS, make_storage, tally)
    tally.seconds = time.process_time() - began
    return tally


def _in_pairs(scenario: Scenario, calls: Sequence[str], least: int) -> Iterator[Trouble]:
    kinds = (*IN_PAIRS, *OF_RIVALS) if scenario.rival else IN_PAIRS
    for call, method in enumerate(calls, 1):
        if call >= least:
            yield from (Trouble(call, kind) for kind in kinds if can_happen(kind, method))


def _run(name: str, troubles: Sequence[Trouble], late: Late, make_storage: MakeStorage, tally: Tally) -> Run:
    run = play(SCENARIOS[name], troubles, late, make_storage)
    tally.runs += 1
    tally.faults += sum(trouble.call <= len(run.calls) for trouble in troubles)
    if run.problems:
        tally.violations.append(Violation(name, ", ".join(map(str, troubles)), late.value, run.problems))
    return run


def work(name: str, what: Literal["singles", "pairs"]) -> Tally:
    """One scenario's share of the work, for a process of its own."""
    return single(name) if what == "singles" else pairs(name)


def replay(name: str, troubles: str, late: str = Late.AT_ONCE.value, make_storage: MakeStorage = MemoryStorage) -> Run:
    """Run one run again: `replay("accept", "4 timeout, 9 crash_before", "at_once")`.

    Raises:
        AssertionError: If it comes out wrong, with the calls that it made.
    """
    run = play(SCENARIOS[name], troubles_of(troubles), Late(late), make_storage)
    calls = [f"{number} {call}" for number, call in enumerate(run.calls, 1)]
    assert not run.problems, "\n".join([*run.problems, f"its calls: {', '.join(calls)} ({run.reached} of the command)"])
    return run
