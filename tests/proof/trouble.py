"""What goes wrong at which call, and the parts of a run that take it."""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

import attrs

from orderflow import OrderflowError
from orderflow.testing import Crash, Fault, FaultKind, Interruption
from proof.stage import ORDER, Stage
from shops import OPERATOR

__all__ = ["IN_PAIRS", "IN_SINGLES", "OF_RIVALS", "Late", "Other", "Trouble", "can_happen", "plans", "troubles_of"]


class Other(enum.StrEnum):
    """What can happen in the middle of a call, besides the faults of the port."""

    NOTE = "note"
    """Somebody else writes a note first, so that a commit meets a conflict."""
    SWEEP = "sweep"
    """Another process sweeps first."""
    STALL = "stall"
    """The caller stands still for longer than its claims hold, and another process sweeps."""
    STALL_AFTER = "stall_after"
    """Once the call has taken effect, the caller stands still for longer than the grace, and another process sweeps."""
    CLOCK_BACK = "clock_back"
    """The clock is put back by ten minutes."""
    RIVAL = "rival"
    """The scenario's rival acts before the call."""
    RIVAL_AFTER = "rival_after"
    """The scenario's rival acts once the call has taken effect, before its caller knows."""


class Late(enum.StrEnum):
    """When a late effect happens."""

    AT_ONCE = "at_once"
    """As soon as the command is over."""
    AFTER_TWO_SWEEPS = "after_two_sweeps"
    """After the sweep has come by twice, but within the grace."""
    AT_THE_LAST_MOMENT = "at_the_last_moment"
    """When the grace is just about to end, and after one last look."""


Kind: TypeAlias = FaultKind | Other

OF_RIVALS: Final = (Other.RIVAL, Other.RIVAL_AFTER)
_EVERYONES: Final = tuple(kind for kind in Other if kind not in OF_RIVALS)
IN_SINGLES: Final[tuple[Kind, ...]] = (*FaultKind, *_EVERYONES)
#: The flows treat any exception alike, so that an error and a time-out count once, and a time-out after the effect and
#: a lost acknowledgement do. What only reads has no effect to lose, so that it fails, or its caller is gone.
IN_PAIRS: Final[tuple[Kind, ...]] = (
    FaultKind.ERROR,
    FaultKind.LOST_ACKNOWLEDGEMENT,
    FaultKind.LATE_EFFECT,
    FaultKind.CRASH_BEFORE,
    FaultKind.CRASH_AFTER,
    Other.NOTE,
    Other.STALL,
    Other.STALL_AFTER,
)
_OF_READS: Final = (FaultKind.ERROR, FaultKind.CRASH_BEFORE)
_READS: Final = ("storage.load", "storage.find_command", "storage.messages", "payments.find")
#: Once the caller is gone, it goes wrong no more; and who puts the clock back, or sweeps, does it once.
_ONCE: Final = (
    FaultKind.CRASH_BEFORE,
    FaultKind.CRASH_AFTER,
    *(kind for kind in Other if kind is not Other.NOTE),
)


@attrs.frozen
class Trouble:
    """One thing that goes wrong. It reads `4 timeout`, or `4+ timeout` if every later call goes wrong too.

    Attributes:
        call: At which call of all ports together.
        kind: What.
        ever: Whether it goes wrong from then on, until the command is over.
    """

    call: int
    kind: Kind
    ever: bool = False

    def __str__(self) -> str:
        return f"{self.call}{'+' if self.ever else ''} {self.kind.value}"

    @property
    def is_late(self) -> bool:
        """Whether its effect comes later."""
        return self.kind is FaultKind.LATE_EFFECT


def troubles_of(told: str) -> tuple[Trouble, ...]:
    """The troubles that read so, separated by commas."""
    found = []
    for one in filter(None, told.split(",")):
        call, name = one.split()
        kind = Other(name) if name in set(Other) else FaultKind(name)
        found.append(Trouble(int(call.rstrip("+")), kind, call.endswith("+")))
    return tuple(found)


def can_happen(kind: Kind, method: str) -> bool:
    """Whether a kind is worth a run of its own at a call of that method, in pairs."""
    if kind in (Other.NOTE, Other.STALL_AFTER):
        return method == "storage.commit"
    if kind is Other.STALL:
        return method != "storage.find_command"
    return kind in _OF_READS or kind in OF_RIVALS or method not in _READS


def forms(call: int, kind: Kind) -> Iterable[Trouble]:
    """A trouble at a call: once, and from then on if that is something else."""
    yield Trouble(call, kind)
    if kind not in _ONCE:
        yield Trouble(call, kind, ever=True)


def plans(troubles: Sequence[Trouble], stage: Stage, rival: Callable[[], object]) -> list[Fault | Interruption]:
    """The troubles as plans for `Faulty`.

    Args:
        troubles: What goes wrong.
        stage: Where.
        rival: What the scenario's rival does.
    """
    return [_plan(trouble, stage, rival) for trouble in troubles]


def _plan(trouble: Trouble, stage: Stage, rival: Callable[[], object]) -> Fault | Interruption:
    if isinstance(trouble.kind, FaultKind):
        return Fault(kind=trouble.kind, call=trouble.call, ever=trouble.ever)
    acts: dict[Other, Callable[[], object]] = {
        Other.NOTE: lambda: _tolerant(lambda: stage.orders.add_note(ORDER, by=OPERATOR, text="a note")),
        Other.SWEEP: lambda: _tolerant(stage.orders.run_due),
        Other.STALL: lambda: _stand_still(stage, minutes=3),
        Other.STALL_AFTER: lambda: _stand_still(stage, minutes=15),
        Other.CLOCK_BACK: lambda: stage.clock.advance(minutes=-10),
        Other.RIVAL: rival,
        Other.RIVAL_AFTER: rival,
    }
    after = trouble.kind in (Other.RIVAL_AFTER, Other.STALL_AFTER)
    return Interruption(act=acts[trouble.kind], after=after, call=trouble.call, ever=trouble.ever)


def _stand_still(stage: Stage, *, minutes: int) -> None:
    stage.wait(minutes=minutes)
    _tolerant(stage.orders.run_due)


def _tolerant(act: Callable[[], object]) -> None:
    with contextlib.suppress(OrderflowError, Crash):
        act()
