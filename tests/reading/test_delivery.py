"""Delivering what is owed: in the call or by the sweep, at last, and to everybody else meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from orderflow import Policy
from orderflow.adapters.memory import MemoryStorage
from orderflow.ports import Delivery, Owed, Undeliverable
from reading.posts import Refusing, Slow, is_email_to_customer, kinds_sent, outside, states, submit, three_events
from shops import CUSTOMER, MERCHANT, Shop


def test_inline_delivers_in_the_call(shop: Shop) -> None:
    submit(shop.orders, "ord-1")
    told = sorted((message.channel.value, message.audience.value) for message in shop.notifier.sent)
    assert told == [("email", "customer"), ("email", "merchant"), ("webhook", "merchant")]
    assert {one.state for one in states(shop)} == {"delivered"}
    assert shop.orders.run_due().delivered == 0


def test_deferred_leaves_delivery_to_the_sweep(shop: Shop) -> None:
    orders = shop.service(deliver="deferred")
    submit(orders, "ord-1")
    assert shop.notifier.sent == ()
    assert {one.state for one in outside(shop)} == {"waiting"}
    assert len(orders.inbox(by=CUSTOMER).messages) == 1  # what is in the app is there at once
    assert orders.run_due().delivered == 3
    assert len(shop.notifier.sent) == 3
    assert {one.state for one in outside(shop)} == {"delivered"}


def test_a_call_delivers_what_is_owed_about_its_order_and_no_other(shop: Shop) -> None:
    submit(shop.service(deliver="deferred"), "ord-1")
    submit(shop.orders, "ord-2")
    assert {message.order_id for message in shop.notifier.sent} == {"ord-2"}


def test_a_later_call_delivers_what_earlier_ones_left(shop: Shop) -> None:
    submit(shop.service(deliver="deferred"), "ord-1")
    shop.orders.accept("ord-1", by=MERCHANT)
    for channel, audience in (("email", "customer"), ("email", "merchant"), ("webhook", "merchant")):
        assert kinds_sent(shop.notifier.sent, channel, audience) == ["card_verified", "accepted"]


def test_while_the_notifier_is_down_commands_succeed_and_messages_wait(shop: Shop) -> None:
    shop.notifier.down = True
    submit(shop.orders, "ord-1")
    assert shop.orders.accept("ord-1", by=MERCHANT).status == "accepted"
    assert {(one.state, one.tries, one.last_error) for one in outside(shop)} == {("waiting", 1, "ConnectionError")}
    shop.notifier.down = False
    shop.clock.advance(minutes=1)
    assert shop.orders.run_due().delivered == 6
    assert {(one.state, one.tries, one.last_error) for one in outside(shop)} == {("delivered", 2, "")}


def test_no_try_comes_before_its_time(shop: Shop) -> None:
    shop.notifier.down = True
    submit(shop.orders, "ord-1")
    shop.notifier.down = False
    report = shop.orders.run_due()
    assert report.delivered == 0
    assert report.next_due_at == min(one.next_try for one in outside(shop) if one.next_try)
    shop.clock.set(report.next_due_at)
    assert shop.orders.run_due().delivered >= 1


def test_a_message_is_the_same_in_every_try(shop: Shop) -> None:
    notifier = Refusing(lambda message: OSError() if len(notifier.tried) <= 6 else None)
    orders = shop.service(notifier=notifier)
    submit(orders, "ord-1")
    for _ in range(3):
        shop.clock.advance(hours=1)
        orders.run_due()
    assert len(notifier.tried) == 9
    assert set(notifier.tried) == set(notifier.sent)
    assert len(notifier.sent) == 3


def test_pauses_grow_as_the_policy_says_until_the_last_try(shop: Shop) -> None:
    shop.notifier.down = True
    pauses = Policy().delivery_pauses
    first_try = shop.clock.now()
    submit(shop.orders, "ord-1")
    for tries, pause in enumerate(pauses, 1):
        for one in outside(shop):
            assert (one.state, one.tries) == ("waiting", tries)
            assert one.next_try is not None
            assert pause <= one.next_try - shop.clock.now() <= pause * 1.1
        assert shop.orders.run_due().failed == 0
        shop.clock.set(max(one.next_try for one in outside(shop) if one.next_try))
        report = shop.orders.run_due()
    assert report.failed == 3
    assert {(one.state, one.tries, one.last_error, one.next_try) for one in outside(shop)} == {
        ("failed", 10, "ConnectionError", None)
    }
    assert shop.clock.now() - first_try >= timedelta(hours=75)
    assert shop.orders.run_due().next_due_at is None


def test_rows_that_fail_together_come_back_apart(shop: Shop) -> None:
    shop.notifier.down = True
    submit(shop.orders, "ord-1")
    assert len({one.next_try for one in outside(shop)}) > 1


def test_a_policy_without_pauses_tries_once(shop: Shop) -> None:
    shop.notifier.down = True
    submit(shop.service(policy=Policy(delivery_pauses=())), "ord-1")
    assert {(one.state, one.tries) for one in outside(shop)} == {("failed", 1)}


def test_what_has_failed_is_visible_and_can_be_delivered_again(shop: Shop) -> None:
    shop.notifier.down = True
    submit(shop.service(policy=Policy(delivery_pauses=())), "ord-1")
    shop.notifier.down = False
    for one in outside(shop):
        assert shop.orders.redeliver(one.id, by=MERCHANT).state == "delivered"
    assert len(shop.notifier.sent) == 3


def test_what_is_undeliverable_is_tried_once(shop: Shop) -> None:
    notifier = Refusing(lambda message: Undeliverable("no such address") if is_email_to_customer(message) else None)
    orders = shop.service(notifier=notifier)
    submit(orders, "ord-1")
    (email,) = states(shop, route="email", side="customer")
    assert (email.state, email.tries, email.last_error) == ("failed", 1, "Undeliverable")
    shop.clock.advance(days=2)
    assert orders.run_due().failed == 0
    assert len(notifier.tried) == 3


def test_what_is_found_undeliverable_by_the_sweep_is_counted(shop: Shop) -> None:
    notifier = Refusing(lambda message: Undeliverable("no such address"))
    orders = shop.service(notifier=notifier, deliver="deferred")
    submit(orders, "ord-1")
    report = orders.run_due()
    assert (report.failed, report.delivered) == (3, 0)


@pytest.mark.parametrize("error", [OSError(), ValueError("m-42 has moved"), AssertionError(), KeyError("x")], ids=repr)
def test_whatever_a_notifier_raises_fails_no_command(shop: Shop, error: Exception) -> None:
    orders = shop.service(notifier=Refusing(lambda message: error))
    assert submit(orders, "ord-1").status == "received"
    assert {one.last_error for one in outside(shop)} == {type(error).__name__}


def test_a_failing_recipient_holds_up_nobody_else(shop: Shop) -> None:
    notifier = Refusing(lambda message: OSError() if is_email_to_customer(message) else None)
    orders = shop.service(notifier=notifier)
    for order_id in ("ord-1", "ord-2"):
        three_events(orders, order_id)
    waiting = [one for one in outside(shop) if one.state == "waiting"]
    assert {(one.route, one.recipient) for one in waiting} == {("email", "customer:m-42")}
    assert kinds_sent(notifier.sent, "email", "merchant") == ["card_verified", "accepted", "refunded"] * 2
    assert kinds_sent(notifier.sent, "webhook", "merchant") == ["card_verified", "accepted"] * 2


def test_a_failed_message_holds_up_no_later_one(shop: Shop) -> None:
    """First tries come in order; a retry holds nothing back."""
    notifier = Refusing(lambda message: OSError() if message.kind == "card_verified" else None)
    orders = shop.service(notifier=notifier)
    three_events(orders)
    assert kinds_sent(notifier.tried, "email", "customer") == ["card_verified", "accepted", "refunded"]
    assert kinds_sent(notifier.sent, "email", "customer") == ["accepted", "refunded"]


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_first_tries_come_in_order_for_each_recipient_and_channel(shop: Shop, limit: int) -> None:
    orders = shop.service(deliver="deferred")
    for order_id in ("ord-1", "ord-2"):
        three_events(orders, order_id)
    while orders.run_due(limit=limit).remaining:
        pass
    for order_id in ("ord-1", "ord-2"):
        sent = [message for message in shop.notifier.sent if message.order_id == order_id]
        for audience in ("customer", "merchant"):
            assert kinds_sent(sent, "email", audience) == ["card_verified", "accepted", "refunded"]
        assert kinds_sent(sent, "webhook", "merchant") == ["card_verified", "accepted"]


def test_a_sweep_delivers_no_more_than_its_limit(shop: Shop) -> None:
    orders = shop.service(deliver="deferred")
    submit(orders, "ord-1")
    reports = [orders.run_due(limit=2) for _ in range(3)]
    assert [(report.delivered, report.remaining) for report in reports] == [(2, True), (1, False), (0, False)]


def test_sending_stops_at_half_a_lease(shop: Shop) -> None:
    """Whoever holds a row for longer might send it while another has taken it over."""
    slow = Slow(shop.clock, seconds=30)
    orders = shop.service(notifier=slow)
    submit(orders, "ord-1")
    assert len(slow.sent) == 2
    (left,) = [one for one in outside(shop) if one.state == "waiting"]
    assert (left.tries, left.last_error, left.next_try) == (0, "", None)
    assert orders.run_due().delivered == 1
    assert len({message.id for message in slow.sent}) == len(slow.sent) == 3


def test_what_was_sent_and_not_written_down_is_sent_again_under_its_id(shop: Shop) -> None:
    class Forgetful(MemoryStorage):
        fails = True

        def record_deliveries(self, deliveries: Sequence[Delivery]) -> None:
            if self.fails:
                raise OSError
            super().record_deliveries(deliveries)

    shop.storage = Forgetful()
    orders = shop.service()
    assert submit(orders, "ord-1").status == "received"
    first = shop.notifier.sent
    shop.storage.fails = False
    assert orders.run_due().delivered == 0  # they are held until the lease is over
    shop.clock.advance(minutes=2)
    assert orders.run_due().delivered == 3
    assert sorted(shop.notifier.sent[3:], key=str) == sorted(first, key=str)


def test_a_storage_that_fails_to_claim_fails_no_command(shop: Shop) -> None:
    class Unclaimable(MemoryStorage):
        def claim_messages(self, **asked: Any) -> Sequence[Owed]:
            raise OSError

    storage = Unclaimable()
    order = submit(shop.service(storage=storage), "ord-1")
    assert order.status == "received"
    assert {one.state for one in storage.messages("ord-1") if one.route != "in_app"} == {"waiting"}


def test_messages_in_the_app_are_there_exactly_once(shop: Shop) -> None:
    shop.notifier.down = True
    for _ in range(3):
        submit(shop.orders, "ord-1")
        shop.orders.accept("ord-1", by=MERCHANT, idempotency_key="click-1")
        shop.clock.advance(days=1)
        shop.orders.run_due()
    for by in (CUSTOMER, MERCHANT):
        messages = shop.orders.inbox(by=by).messages
        assert [message.kind for message in messages] == ["accepted", "card_verified"]
