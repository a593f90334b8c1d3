"""Every path once more, with trouble on the way to the people: what is owed arrives, or is visibly failed."""

from __future__ import annotations

import contextlib
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from messages.paths import ID, PATHS, Path
from messages.test_who_is_told import every_path, expected
from orderflow import Channel, Message, Policy
from orderflow.adapters.memory import RecordingNotifier
from shops import MERCHANT, OPERATOR, Shop

CHANNELS = Policy(channels=frozenset(Channel))
TEN_TRIES = len(CHANNELS.delivery_pauses) + 1


class FailsOnce(RecordingNotifier):
    """Fails the first try of every message."""

    def __init__(self) -> None:
        super().__init__()
        self.tried: Counter[str] = Counter()

    def send(self, message: Message) -> None:
        self.tried[message.id] += 1
        if self.tried[message.id] == 1:
            raise ConnectionError
        super().send(message)


class FailsForCustomers(RecordingNotifier):
    """Reaches the merchant only."""

    def send(self, message: Message) -> None:
        if message.audience == "customer":
            raise ConnectionError
        super().send(message)


class Crash(BaseException):
    """The process ends here."""


class Crashes(RecordingNotifier):
    """Ends the process at the first message."""

    def send(self, message: Message) -> None:
        raise Crash


def outside(messages: Counter[tuple[str, str, str]]) -> Counter[tuple[str, str, str]]:
    return Counter({key: count for key, count in messages.items() if key[1] != "in_app"})


def seen(notifier: RecordingNotifier) -> Counter[tuple[str, str, str]]:
    return Counter((m.audience.value, m.channel.value, m.kind.value) for m in notifier.sent)


def along(shop: Shop, path: Path, **changes: Any) -> str:
    """Walk the path with a service of other parts, and come back to the shop's own."""
    own, shop.orders = shop.orders, shop.service(policy=CHANNELS, **changes)
    try:
        return path(shop)
    finally:
        shop.orders = own


def sweep_for(shop: Shop, orders: Any, length: timedelta) -> None:
    end = shop.clock.now() + length
    while shop.clock.now() < end:
        shop.clock.advance(hours=5)
        orders.run_due()


@every_path
def test_a_notifier_that_fails_once_is_asked_again(shop: Shop, path: Path) -> None:
    notifier = FailsOnce()
    order_id = along(shop, path, notifier=notifier)
    shop.clock.advance(minutes=10)
    shop.service(policy=CHANNELS, notifier=notifier).run_due()
    assert outside(expected(path)) - seen(notifier) == Counter()
    assert seen(notifier) == outside(Counter(shop.told(order_id)))


@every_path
def test_what_fails_always_is_kept_as_failed_and_can_be_delivered_again(sync_shop: Shop, path: Path) -> None:
    down = RecordingNotifier()
    down.down = True
    order_id = along(sync_shop, path, notifier=down)
    sweep_for(
        sync_shop, sync_shop.service(policy=CHANNELS, notifier=down), timedelta(days=13)
    )  # some expire on the way, and tell of it
    failed = [one for one in sync_shop.orders.messages(order_id, by=OPERATOR) if one.route != "in_app"]
    assert [(one.state, one.tries, one.last_error) for one in failed] == [
        ("failed", TEN_TRIES, "ConnectionError") for _ in failed
    ]
    for one in failed:
        assert sync_shop.orders.redeliver(one.id, by=MERCHANT).state == "delivered"
    assert seen(sync_shop.notifier) == outside(Counter(sync_shop.told(order_id)))


@every_path
def test_a_recipient_who_cannot_be_reached_holds_up_nobody_else(shop: Shop, path: Path) -> None:
    notifier = FailsForCustomers()
    along(shop, path, notifier=notifier)
    wanted = Counter({key: count for key, count in outside(expected(path)).items() if key[0] == "merchant"})
    assert seen(notifier) == wanted


@every_path
def test_of_two_services_the_one_that_can_deliver_does(shop: Shop, path: Path) -> None:
    order_id = along(shop, path, notifier=None)
    assert not shop.notifier.sent
    shop.service(policy=CHANNELS).run_due()
    assert outside(expected(path)) - seen(shop.notifier) == Counter()
    assert seen(shop.notifier) == outside(Counter(shop.told(order_id)))


@every_path
def test_a_crash_between_commit_and_delivery_leaves_nobody_untold(sync_shop: Shop, path: Path) -> None:
    """The path goes on as far as the first message; from there another process takes over."""
    own, sync_shop.orders = sync_shop.orders, sync_shop.service(policy=CHANNELS, notifier=Crashes())
    with contextlib.suppress(Crash):
        path(sync_shop)
    sync_shop.orders = own
    sync_shop.clock.advance(minutes=5)
    sync_shop.service(policy=CHANNELS).run_due()
    told = Counter(sync_shop.told(ID))
    assert seen(sync_shop.notifier) == outside(told)
    assert bool(told) is bool(expected(path))


def test_the_paths_are_all_there_are() -> None:
    """A path without a row in the table of messages would be walked and not looked at."""
    assert len({path.__name__ for path in PATHS}) == len(PATHS) == 22


@pytest.mark.parametrize("channel", list(Channel))
def test_a_channel_that_is_not_owed_gets_nothing(sync_shop: Shop, channel: Channel) -> None:
    orders = sync_shop.service(policy=Policy(channels=frozenset(Channel) - {channel}))
    sync_shop.orders = orders
    order = sync_shop.submit()
    assert channel.value not in {key[1] for key in sync_shop.told(order.id)}
