"""What a scenario is: one act, from one situation, and perhaps somebody else who acts in the middle of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import attrs

from orderflow import Order, Policy
from proof.acts import Act
from proof.stage import MakeStorage, Stage

__all__ = ["ONE_TRY", "Scenario", "given", "once"]

#: Every delivery is tried once, and is then left to a person.
ONE_TRY: Final = Policy(delivery_pauses=())


def _statuses(told: str) -> frozenset[str]:
    return frozenset(told.split())


def _nothing_more(stage: Stage) -> None:
    """Nothing reaches the shop from outside."""


def _once(order: Order) -> int:
    """The status alone tells."""
    return 1


@attrs.frozen(kw_only=True)
class Scenario:
    """One act, from one situation.

    Attributes:
        begins: How the order comes to be there.
        act: What is done while things go wrong, and again when all is well.
        ends: The statuses that the order may have once the act has been repeated, separated by spaces.
        rival: What somebody else does in the middle of it, in a process of their own.
        afterwards: What reaches the shop from outside, again and again, once nothing goes wrong any more.
        times: How often it has come true, as the order tells: once, or not at all if it was refused.
        policy: What the shop has decided.
        has_handler: Whether events are owed to a handler, too.
        may_fail: Whether deliveries may be given up.
    """

    begins: Callable[[Stage], object]
    act: Act
    ends: frozenset[str] = attrs.field(converter=_statuses)
    rival: Act | None = None
    afterwards: Callable[[Stage], object] = _nothing_more
    times: Callable[[Order], int] = _once
    policy: Policy | None = None
    has_handler: bool = False
    may_fail: bool = False

    def stage(self, make_storage: MakeStorage) -> Stage:
        """A new stage, where the order has come to where the scenario begins."""
        stage = Stage(make_storage, self.policy, has_handler=self.has_handler)
        self.begins(stage)
        return stage


def given(begins: Callable[[Stage], object], **gateway: Any) -> Callable[[Stage], None]:
    """A situation, with a gateway that is otherwise from then on."""

    def begin(stage: Stage) -> None:
        begins(stage)
        for name, value in gateway.items():
            setattr(stage.gateway, name, value)

    return begin


def once(begins: Callable[[Stage], object], method: str, *arguments: object) -> Callable[[Stage], None]:
    """A situation, after which the gateway does something once: `declineonce`, `pendonce` ..."""

    def begin(stage: Stage) -> None:
        begins(stage)
        getattr(stage.gateway, method)(*arguments)

    return begin
