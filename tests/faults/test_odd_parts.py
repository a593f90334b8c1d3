"""Parts that are plugged in and behave oddly: what they do stops no sweep, and moves no money twice."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from orderflow import (
    AsyncOrderService,
    Channel,
    Event,
    InvalidTransition,
    ManualClock,
    Message,
    Money,
    Order,
    OrderflowError,
    OrderStatus,
    Policy,
    ValidationError,
)
from orderflow.adapters.memory import FakeGateway, MemoryStorage
from shops import ANA, CUSTOMER, MERCHANT, OPERATOR, STORE, VIDEO, Shop, card


@pytest.mark.parametrize("name", ["idempotency_window", "longest_call"])
@pytest.mark.parametrize("length", [timedelta.max, timedelta(seconds=-1), timedelta(days=36_501), 5, None])
def test_a_gateway_declares_lengths_that_can_be_reckoned_with(name: str, length: Any) -> None:
    gateway = FakeGateway()
    setattr(gateway, name, length)
    with pytest.raises(ValidationError, match=f"FakeGateway.{name} must be"):
        Shop().service(payments=gateway)


def test_a_clock_at_the_end_of_the_calendar_is_refused() -> None:
    with pytest.raises(ValidationError):
        Shop().service(clock=ManualClock(datetime(9999, 12, 28, tzinfo=timezone.utc)))


class Unreadable(MemoryStorage):
    """Fails in its own way for one order."""

    def load(self, order_id: str) -> Order | None:
        order = super().load(order_id)
        if order_id == "bad" and self.broken:
            raise OrderflowError("this order cannot be read")
        return order

    broken = False


def test_an_order_that_cannot_be_worked_on_holds_up_no_other(shop: Shop) -> None:
    shop.storage = Unreadable()
    shop.orders = shop.service()
    for order_id in ("bad", "good"):
        shop.gateway.decline_next("charge", "no")
        shop.submit(order_id=order_id)
        shop.orders.accept(order_id, by=MERCHANT)
    shop.storage.broken = True
    shop.clock.advance(days=7)
    assert shop.orders.run_due().expired == 1
    assert shop.get("good").status is OrderStatus.EXPIRED


class Slow(FakeGateway):
    """Never answers; when it is slow, it reaches the bank at the very end of its longest call."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.longest_call = timedelta(minutes=5)
        self.conclusive_lookup = False
        self.slow = False

    def charge(self, attempt: Any) -> Any:
        if self.slow:
            self._clock.advance(minutes=5)  # type: ignore[union-attr]
        super().charge(attempt)
        raise TimeoutError

    def find(self, attempt: Any) -> Any:
        return None


class StandsStill(MemoryStorage):
    """Its caller stands still for a while after each commit."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self.clock, self.still = clock, False

    def commit(self, *args: Any, **kwargs: Any) -> None:
        super().commit(*args, **kwargs)
        if self.still:
            self.clock.advance(seconds=59)


def test_no_send_can_arrive_after_the_gateway_has_forgotten_the_key() -> None:
    """A sender may begin half a lease late, and its call may last: both count."""
    shop = Shop()
    shop.gateway = gateway = Slow(shop.clock)
    shop.storage = storage = StandsStill(shop.clock)
    shop.orders = shop.service()
    order = shop.submit()
    shop.orders.accept(order.id, by=MERCHANT)  # it arrives, and nobody hears
    gateway.slow = storage.still = True
    shop.clock.set(shop.get(order.id).attempts[-1].first_sent_at + timedelta(hours=24, minutes=-5, seconds=-30))  # type: ignore[operator]
    shop.orders.run_due()
    assert shop.purposes().count("charge") == 1


def test_a_handler_that_must_be_awaited_fails_no_command_of_the_sync_service(sync_shop: Shop) -> None:
    async def grant(event: Event, order: Order) -> None:
        raise AssertionError

    orders = sync_shop.service(handlers={"grant": lambda event, order: grant(event, order)})
    order = orders.submit(store_id=STORE, customer=ANA, items=[VIDEO], card=card())
    assert order.verified
    [state] = [one for one in orders.messages(order.id, by=OPERATOR) if one.route == "grant" and one.tries]
    assert (state.state, state.last_error) == ("waiting", "TypeError")


def test_a_handler_that_begins_and_must_be_awaited_fails_none_either(sync_shop: Shop) -> None:
    class Future:
        def __await__(self) -> Any:
            raise AssertionError

    orders = sync_shop.service(handlers={"grant": lambda event, order: Future()})
    assert orders.submit(store_id=STORE, customer=ANA, items=[VIDEO], card=card()).verified


def test_a_handler_that_hands_out_a_coroutine_is_awaited_by_the_async_service() -> None:
    seen: list[str] = []

    async def grant(event: Event, order: Order) -> None:
        await asyncio.sleep(0)
        seen.append(event.kind)

    async def main() -> None:
        orders = AsyncOrderService(
            storage=MemoryStorage(),
            payments=FakeGateway(),
            handlers={"grant": lambda event, order: grant(event, order)},
        )
        await orders.submit(store_id=STORE, customer=ANA, items=[VIDEO], card=card())

    asyncio.run(main())
    assert seen == ["submitted", "card_verified", "verification_voided"]


def test_a_port_that_runs_out_of_something_does_not_hang_the_async_service(shop: Shop) -> None:
    class Exhausted:
        channels = frozenset({Channel.EMAIL})

        def send(self, message: Message) -> None:
            next(iter(()))

    orders = shop.service(notifier=[Exhausted()])
    order = orders.submit(store_id=STORE, customer=ANA, items=[VIDEO], card=card())
    errors = {one.last_error for one in orders.messages(order.id, by=OPERATOR) if one.route == "email"}
    assert errors <= {"StopIteration", "RuntimeError"}
    assert errors


class SlowMail:
    channels = frozenset({Channel.EMAIL})

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock

    def send(self, message: Message) -> None:
        self.clock.advance(seconds=50)


def test_a_sweep_that_put_work_back_says_that_work_remains(shop: Shop) -> None:
    deferred = shop.service(notifier=[SlowMail(shop.clock)], deliver="deferred")
    for _ in range(3):
        deferred.submit(store_id=STORE, customer=ANA, items=[VIDEO], card=card())
    report = deferred.run_due()
    assert (report.delivered, report.remaining) == (2, True)


def test_a_sweep_tells_of_what_fell_due_while_it_worked(shop: Shop) -> None:
    order = shop.order_in("pending_payment")
    deferred = shop.service(notifier=[SlowMail(shop.clock)], deliver="deferred")
    deferred.submit(store_id=STORE, customer=ANA, items=[VIDEO], card=card())
    shop.clock.set(order.payment_due_at - timedelta(seconds=20))  # type: ignore[operator]
    report = deferred.run_due()
    assert report.next_due_at == order.payment_due_at
    assert report.next_due_at < shop.clock.now()


def test_the_deadline_that_falls_between_a_look_and_a_command_counts(sync_shop: Shop) -> None:
    class Pauses(MemoryStorage):
        def find_command(self, order_id: str, key: str) -> Any:
            sync_shop.clock.advance(seconds=2)
            return super().find_command(order_id, key)

    sync_shop.storage = Pauses()
    sync_shop.orders = sync_shop.service()
    order = sync_shop.order_in("pending_payment")
    sync_shop.clock.set(order.payment_due_at - timedelta(seconds=1))  # type: ignore[operator]
    with pytest.raises(InvalidTransition):
        sync_shop.orders.cancel(order.id, by=CUSTOMER, idempotency_key="k")
    assert sync_shop.get(order.id).status is OrderStatus.EXPIRED


def test_a_gateway_that_gave_back_too_much_leaves_nothing_to_refund(sync_shop: Shop) -> None:
    order = sync_shop.order_in("accepted")
    sync_shop.gateway.not_send_next("refund")
    with pytest.raises(OrderflowError):
        sync_shop.orders.refund(order.id, by=MERCHANT, amount=Money("120.00", "USD"))
    absent = sync_shop.get(order.id).attempts[-1]
    sync_shop.orders.refund(order.id, by=MERCHANT)
    sync_shop.gateway._answers[absent.key] = sync_shop.gateway._answers[sync_shop.get(order.id).attempts[-1].key]
    sync_shop.orders.check_payment(order.id, absent.key)
    actions = sync_shop.orders.available_actions(order.id, by=MERCHANT)
    assert actions["refund"] == "nothing is left to refund"
    assert actions["complete"] == "its charge has been refunded in full"


@pytest.mark.parametrize("names", [("a", "a"), ("email",), ("grant", "in_app")])
def test_a_policy_names_each_handler_once_and_no_channel(names: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError):
        Policy(handlers=names)


def test_messages_of_orders_with_long_ids_can_be_marked_as_read(shop: Shop) -> None:
    shop.submit(order_id="o" * 200)
    [message] = shop.orders.inbox(by=CUSTOMER).messages
    shop.orders.mark_read([message.id], by=CUSTOMER)
    assert shop.orders.inbox(by=CUSTOMER, unread_only=True).messages == ()


def test_a_retry_declined_too_late_asks_nobody_to_pay_again(sync_shop: Shop) -> None:
    order = sync_shop.order_in("pending_payment")
    sync_shop.clock.set(order.payment_due_at - timedelta(seconds=1))  # type: ignore[operator]
    sync_shop.gateway.pend_next("charge")
    pending = sync_shop.orders.retry_payment(order.id, by=CUSTOMER)
    sync_shop.clock.advance(minutes=5)
    sync_shop.gateway.finish(sync_shop.get(pending.id).attempts[-1].key, declined="no")
    assert sync_shop.orders.check_payment(order.id).status is OrderStatus.EXPIRED
    mails = [m.body for m in sync_shop.notifier.sent if m.address is not None][-2:]
    assert "was declined again" in mails[0]
    assert "Please pay" not in mails[0]
    assert "has expired" in mails[1]
