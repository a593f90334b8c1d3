"""Handlers: the host's own reactions, at least once an event, in order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import attrs
import pytest

from orderflow import DeliveryState, Event, Order, Policy
from orderflow.ports import Owed, Undeliverable
from reading.posts import states, submit, three_events
from shops import MERCHANT, MODES, Shop, kinds

KINDS = ["submitted", "card_verified", "verification_voided", "accepted", "refund_begun", "refunded"]


class Handler:
    """Notes what it is called with; fails for the kinds that are named."""

    def __init__(self, *failing: str, error: Callable[[], Exception] = OSError) -> None:
        self.failing = set(failing)
        self.error = error
        self.called: list[tuple[Event, Order]] = []

    def __call__(self, event: Event, order: Order) -> None:
        self.called.append((event, order))
        if event.kind in self.failing:
            raise self.error()

    @property
    def kinds(self) -> list[str]:
        return [event.kind.value for event, _ in self.called]


def test_a_handler_is_called_for_every_event_in_order(shop: Shop) -> None:
    handler = Handler()
    three_events(shop.service(handlers={"grant-access": handler}))
    assert handler.kinds == kinds(shop.get("ord-1")) == KINDS


def test_a_handler_is_given_the_event_and_the_order(shop: Shop) -> None:
    handler = Handler()
    three_events(shop.service(handlers={"grant-access": handler}))
    whole = shop.get("ord-1")
    for event, order in handler.called:
        assert event in whole.timeline
        assert event in order.timeline
        assert order.id == "ord-1"
    assert handler.called[-1][1] == whole


def test_every_handler_is_called_for_itself(shop: Shop) -> None:
    one, other = Handler(), Handler()
    three_events(shop.service(handlers={"grant-access": one, "count": other}))
    assert one.kinds == other.kinds == KINDS


def test_a_deferring_service_leaves_handlers_to_the_sweep(shop: Shop) -> None:
    handler = Handler()
    orders = shop.service(handlers={"grant-access": handler}, deliver="deferred", notifier=None)
    three_events(orders)
    assert handler.called == []
    assert orders.run_due().delivered == len(KINDS)
    assert handler.kinds == KINDS


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_handler_is_called_in_order_however_few_at_a_time(shop: Shop, limit: int) -> None:
    handler = Handler()
    orders = shop.service(handlers={"grant-access": handler}, deliver="deferred", notifier=None)
    three_events(orders)
    while orders.run_due(limit=limit).remaining:
        pass
    assert handler.kinds == KINDS


def test_a_broken_handler_fails_no_command_and_holds_up_its_own_later_events_only(shop: Shop) -> None:
    broken, sound = Handler("card_verified"), Handler()
    three_events(shop.service(handlers={"broken": broken, "sound": sound}))
    assert broken.kinds == ["submitted", "card_verified"]
    assert sound.kinds == KINDS
    assert len(shop.notifier.sent) == 8
    assert shop.get("ord-1").status == "accepted"


def test_a_broken_handler_of_one_order_holds_up_no_other_order(shop: Shop) -> None:
    class Choosy(Handler):
        def __call__(self, event: Event, order: Order) -> None:
            super().__call__(event, order)
            if order.id == "ord-1":
                raise OSError

    handler = Choosy()
    orders = shop.service(handlers={"choosy": handler})
    for order_id in ("ord-1", "ord-2"):
        three_events(orders, order_id)
    assert [event.kind for event, order in handler.called if order.id == "ord-2"] == KINDS
    assert [event.kind for event, order in handler.called if order.id == "ord-1"] == ["submitted"]


def test_a_mended_handler_goes_on_where_it_stopped(shop: Shop) -> None:
    handler = Handler("card_verified")
    orders = shop.service(handlers={"grant-access": handler})
    three_events(orders)
    handler.failing.clear()
    for _ in range(8):  # a sweep or two would do; none may take it out of order
        shop.clock.advance(minutes=10)
        orders.run_due()
    assert handler.kinds == [*KINDS[:2], *KINDS[1:]]
    assert {one.state for one in states(shop, route="grant-access")} == {"delivered"}


def test_what_a_handler_raised_is_told_by_its_name_alone(shop: Shop) -> None:
    handler = Handler("submitted", error=lambda: ValueError("Ana, 4242"))
    submit(shop.service(handlers={"grant-access": handler}), "ord-1")
    first, *later = states(shop, route="grant-access")
    assert (first.state, first.tries, first.last_error, first.message) == ("waiting", 1, "ValueError", None)
    assert {(one.state, one.tries, one.last_error) for one in later} == {("waiting", 0, "")}


def test_the_next_event_comes_once_the_one_before_is_given_up(shop: Shop) -> None:
    handler = Handler("submitted")
    orders = shop.service(handlers={"grant-access": handler}, policy=Policy(delivery_pauses=(timedelta(hours=1),)))
    submit(orders, "ord-1")
    assert handler.kinds == ["submitted"]
    for _ in range(3):
        shop.clock.advance(hours=2)
        orders.run_due()
    assert handler.kinds == ["submitted", "submitted", "card_verified", "verification_voided"]
    assert states(shop, route="grant-access")[0].state == "failed"


def test_a_handler_may_say_that_it_never_will(shop: Shop) -> None:
    handler = Handler("submitted", error=lambda: Undeliverable("unknown product"))
    orders = shop.service(handlers={"grant-access": handler})
    submit(orders, "ord-1")
    shop.clock.advance(days=1)
    orders.run_due()
    assert handler.kinds == ["submitted", "card_verified", "verification_voided"]
    first = states(shop, route="grant-access")[0]
    assert (first.state, first.tries, first.last_error) == ("failed", 1, "Undeliverable")


def test_an_event_that_was_given_up_can_be_handled_again(shop: Shop) -> None:
    handler = Handler("submitted", error=lambda: Undeliverable("unknown product"))
    orders = shop.service(handlers={"grant-access": handler})
    submit(orders, "ord-1")
    handler.failing.clear()
    failed = states(shop, route="grant-access")[0]
    assert orders.redeliver(failed.id, by=MERCHANT).state == "delivered"
    assert handler.kinds[-1] == "submitted"


def test_events_are_owed_to_the_handlers_that_the_policy_names(shop: Shop) -> None:
    """A service may owe what only another can run, and run what it does not owe."""
    policy = Policy(handlers=("grant-access",))
    front = shop.service(policy=policy)
    handler, idle = Handler(), Handler()
    back = shop.service(policy=policy, handlers={"grant-access": handler, "idle": idle})
    submit(front, "ord-1")
    front.run_due()
    assert {one.state for one in states(shop, route="grant-access")} == {"waiting"}
    back.run_due()
    assert handler.kinds == ["submitted", "card_verified", "verification_voided"]
    assert idle.called == []


def test_a_handler_that_only_one_service_has_misses_what_the_others_commit(shop: Shop) -> None:
    """Unless the policy names it, which is why services that share a store share a policy."""
    handler = Handler()
    submit(shop.orders, "ord-1")
    shop.service(handlers={"grant-access": handler}).accept("ord-1", by=MERCHANT)
    assert handler.kinds == ["accepted"]


def test_handlers_hear_of_unannounced_orders_too(shop: Shop) -> None:
    handler = Handler()
    shop.gateway.pend_next("verification")
    submit(shop.service(handlers={"grant-access": handler}), "ord-1")
    assert handler.kinds == ["submitted"]


def test_a_call_that_dies_before_it_is_noted_is_made_again(shop: Shop) -> None:
    """At least once: a process may end between the call and its record."""

    class Dying(Handler):
        def __call__(self, event: Event, order: Order) -> None:
            super().__call__(event, order)
            if len(self.called) == 1:
                raise KeyboardInterrupt

    handler = Dying()
    orders = shop.service(handlers={"grant-access": handler}, deliver="deferred", notifier=None)
    submit(orders, "ord-1")
    with pytest.raises(KeyboardInterrupt):
        orders.run_due()
    shop.clock.advance(minutes=2)
    orders.run_due()
    assert handler.kinds == ["submitted", "submitted", "card_verified", "verification_voided"]


@pytest.mark.parametrize("mode", MODES[1:])
def test_an_async_handler_is_awaited_by_the_async_services(mode: str) -> None:
    shop = Shop(mode)
    called: list[str] = []

    async def handler(event: Event, order: Order) -> None:
        called.append(event.kind.value)

    three_events(shop.service(handlers={"grant-access": handler}))
    assert called == KINDS


@pytest.mark.parametrize("seq", [1, 99])
def test_a_row_about_an_event_that_does_not_exist_is_given_up(shop: Shop, seq: int) -> None:
    """Only a foreign hand in the storage makes one."""
    shop.submit(order_id="ord-1")
    order = shop.get("ord-1")
    row = Owed(id="ord-1.x", order_id="ord-1", seq=seq, route="x", recipient="x", occurred_at=shop.clock.now())
    again = attrs.evolve(order, version=order.version + 1)
    shop.storage.commit(again, expected_version=order.version, commit_id="c-x", messages=[row])
    handler = Handler()
    shop.service(handlers={"x": handler}).run_due()
    (state,) = states(shop, route="x")
    assert state.state is (DeliveryState.DELIVERED if seq == 1 else DeliveryState.FAILED)
    assert len(handler.called) == (1 if seq == 1 else 0)
