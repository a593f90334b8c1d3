"""What the shop says of a webhook, and what its receiver got: list, log and receiver agree at every step."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orderflow import Actor, ManualClock, MessageState, OrderQuery, OrderService, Policy
from orderflow.adapters.memory import MemoryStorage
from orderflow.adapters.sqlite import SQLiteStorage
from orderflow.adapters.webhooks import WebhookNotifier
from orderflow.testing.contracts.sales import requested, service_over

STORE = "studio-7"
MERCHANT = Actor.merchant(STORE)
PAUSES = Policy().delivery_pauses
TENTH = 1.1  # pauses are up to a tenth longer, so that rows come back apart


class Page:
    """A shop whose webhooks go to the receiver, and what its merchant sees of one order."""

    def __init__(self, storage: Any, notifier: WebhookNotifier) -> None:
        self.clock = ManualClock()
        self.orders: OrderService = service_over(storage=storage, notifier=notifier, clock=self.clock)
        self.order_id = ""

    def submit(self) -> None:
        self.order_id = requested(self.orders, store_id=STORE).id

    def log(self) -> MessageState:
        [one] = [state for state in self.orders.messages(self.order_id, by=MERCHANT) if state.route == "webhook"]
        return one

    def column(self) -> str:
        """The webhook column; the order is found by what it says, and by nothing else."""
        [row] = self.orders.find(OrderQuery(store_id=STORE), by=MERCHANT).rows
        for state in ("failed", "pending", "delivered", "none"):
            found = self.orders.find(OrderQuery(store_id=STORE, webhook=state), by=MERCHANT).rows
            assert [one.id for one in found] == ([self.order_id] if state == row.webhook else [])
        return row.webhook.value

    def said(self) -> tuple[str, str, int, str | None]:
        """All that is said: the column, and the log's state, tries and error."""
        log = self.log()
        return self.column(), log.state.value, log.tries, log.last_error

    def wait(self) -> timedelta:
        """How long until the next try."""
        next_try = self.log().next_try
        assert next_try is not None
        return next_try - self.clock.now()

    def sweep_after(self, passed: timedelta) -> None:
        self.clock.set(self.clock.now() + passed)
        self.orders.run_due()


@pytest.fixture(params=["memory", "sqlite"])
def page(request: pytest.FixtureRequest, tmp_path: Path, notifier: WebhookNotifier) -> Iterator[Page]:
    if request.param == "memory":
        yield Page(MemoryStorage(), notifier)
        return
    storage = SQLiteStorage(tmp_path / "shop.db")
    yield Page(storage, notifier)
    storage.close()


def test_a_receiver_that_fails_at_first_is_told_by_the_next_try(page: Page, receiver: Any) -> None:
    receiver.answers = [(500, {}), (500, {})]
    page.submit()
    assert page.said() == ("pending", "waiting", 1, "HTTP 500")
    assert PAUSES[0] <= page.wait() <= PAUSES[0] * TENTH
    page.sweep_after(page.wait() - timedelta(seconds=1))
    assert (receiver.requests, page.log().tries) == (1, 1)
    page.sweep_after(page.wait())
    assert page.said() == ("pending", "waiting", 2, "HTTP 500")
    assert PAUSES[1] <= page.wait() <= PAUSES[1] * TENTH
    page.sweep_after(page.wait())
    assert page.said()[:3] == ("delivered", "delivered", 3)
    assert page.log().next_try is None
    assert (receiver.requests, [hook.id for hook in receiver.hooks]) == (3, [page.log().id])


def test_a_receiver_that_asks_for_an_hour_is_left_alone_that_long(page: Page, receiver: Any) -> None:
    receiver.answers = [(429, {"Retry-After": "3600"})]
    page.submit()
    assert (page.said(), page.wait()) == (("pending", "waiting", 1, "HTTP 429"), timedelta(hours=1))
    page.sweep_after(timedelta(minutes=59))
    assert receiver.requests == 1
    page.sweep_after(timedelta(minutes=1))
    assert page.said()[:3] == ("delivered", "delivered", 2)


def test_what_failed_for_good_is_told_by_redelivering(page: Page, receiver: Any) -> None:
    receiver.always = (500, {})
    page.submit()
    for _ in PAUSES:
        page.sweep_after(page.wait())
    tries = len(PAUSES) + 1
    assert page.said() == ("failed", "failed", tries, "HTTP 500")
    assert (receiver.requests, page.log().next_try) == (tries, None)
    assert page.orders.redeliver(page.log().id, by=MERCHANT) == page.log()
    assert page.said() == ("pending", "waiting", 1, "HTTP 500")
    receiver.always = None
    page.orders.redeliver(page.log().id, by=MERCHANT)
    assert page.said()[:2] == ("delivered", "delivered")
    assert (receiver.requests, [hook.id for hook in receiver.hooks]) == (tries + 2, [page.log().id])
