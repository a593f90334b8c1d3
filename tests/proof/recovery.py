"""What happens once the faults are over: late requests arrive, the sweep comes by until all is quiet, people look."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from faults.books import MOST_SWEEPS, is_busy
from orderflow import AttemptState, OrderflowError, OrderService, SweepReport
from orderflow.testing import Crash, Faulty
from proof.scenario import Scenario
from proof.stage import ORDER, Ports, Stage
from proof.trouble import Late, Trouble
from shops import OPERATOR

__all__ = ["Landing", "recover", "review"]

T = TypeVar("T")

_A_WHILE: Final = timedelta(minutes=2)


class Landing:
    """The requests whose answer nobody waits for any more, and when they arrive after all: within the grace.

    Args:
        stage: Where.
        ports: The ports that they are on the way to.
        faulty: Which holds them.
        troubles: Which of the calls are late.
        when: When they arrive.
    """

    def __init__(self, stage: Stage, ports: Ports, faulty: Faulty, troubles: Sequence[Trouble], when: Late) -> None:
        self._stage = stage
        self._ports = ports
        self._faulty = faulty
        self._late = [trouble for trouble in troubles if trouble.is_late]
        self._when = when
        self._until: datetime | None = None
        self._sweeps = 0
        stage.before_time_passes = self._before

    @property
    def is_awaited(self) -> bool:
        """Whether something is still on its way."""
        return self._until is not None

    def watch(self, step: Callable[[], T]) -> T:
        """Run a step of the story, in which requests may come to be late."""
        began, before = self._stage.clock.now(), len(self._faulty.calls)
        answer = step()
        after = len(self._faulty.calls)
        if any((before < one.call or (one.ever and before < after)) and one.call <= after for one in self._late):
            self._until = min(
                self._until or datetime.max.replace(tzinfo=began.tzinfo), began + self._stage.policy.grace
            )
            if self._when is Late.AT_ONCE:
                self._land()
        return answer

    def arrive(self, *, is_quiet: bool) -> None:
        """The sweep has come by: let arrive what comes after it, or what alone is still awaited."""
        self._sweeps += 1
        if self._until is None:
            return
        if self._when is Late.AFTER_TWO_SWEEPS and self._sweeps > 1:
            self._land()
        elif is_quiet:
            self._stage.pass_to(self._until)

    def _before(self, moment: datetime) -> None:
        """Time passes: what must arrive before does, after somebody has taken one last look."""
        if self._until is None or moment < self._until:
            return
        self._stage.clock.set(max(self._stage.clock.now(), self._until))
        with contextlib.suppress(OrderflowError):
            self._stage.orders.check_payment(ORDER)  # who looks now must not take it for absent
        self._land()

    def _land(self) -> None:
        self._until = None
        self._ports.is_landing = True
        self._faulty.land()
        self._ports.is_landing = False


def recover(stage: Stage, scenario: Scenario, landing: Landing, faulty: Faulty | None = None) -> list[str]:
    """New processes sweep as time passes, until nothing is open or waits to be sent.

    Args:
        stage: Where.
        scenario: What reaches the shop from outside meanwhile.
        landing: What is still on its way.
        faulty: The ports, if they can still go wrong.

    Returns:
        What is wrong: that it does not come to rest.
    """
    orders, report = stage.service(faulty), None
    for sweep in range(MOST_SWEEPS + 1):
        with contextlib.suppress(OrderflowError):
            scenario.afterwards(stage)
        is_quiet = _is_quiet(stage)
        if is_quiet and not landing.is_awaited:
            return []
        if sweep:
            landing.arrive(is_quiet=is_quiet)
            if not is_quiet:
                stage.pass_to(_next(stage, report))
        report, crashed = landing.watch(lambda service=orders: _sweep(service))  # type: ignore[misc]
        if crashed:
            orders = stage.service(faulty)
    return [f"it does not come to rest in {MOST_SWEEPS} sweeps"]


def _sweep(orders: OrderService) -> tuple[SweepReport | None, bool]:
    try:
        return orders.run_due(), False
    except OrderflowError:
        return None, False
    except Crash:
        return None, True


def _next(stage: Stage, report: SweepReport | None) -> datetime:
    """When a worker sweeps again."""
    now = stage.clock.now()
    if report is None:
        return now + _A_WHILE
    return now if report.remaining or report.next_due_at is None else report.next_due_at


def _is_quiet(stage: Stage) -> bool:
    order = stage.storage.load(ORDER)
    return order is None or not is_busy(order, stage.storage.messages(ORDER))


def review(stage: Stage) -> bool:
    """An operator reads in the gateway's own pages that what is in review never happened, and says so.

    What did happen is found by a look. A refusal stays in review: the money must go back in another way, of which no
    page of the gateway tells.

    Returns:
        Whether that changed anything.
    """
    order = stage.storage.load(ORDER)
    if order is None or not order.needs_review:
        return False
    looked = stage.orders.check_payment(ORDER)
    for attempt in looked.attempts:
        if attempt.state is AttemptState.REVIEW and stage.gateway.find(attempt) is None:
            stage.orders.resolve_payment(ORDER, by=OPERATOR, key=attempt.key, outcome=None, evidence="their pages")
    return stage.storage.load(ORDER) != order
