"""What is owed is decided by the policy; a service delivers what it can, and leaves the rest to others."""

from __future__ import annotations

import pytest

from orderflow import Audience, Channel, Item, Money, Policy
from orderflow.adapters.memory import RecordingNotifier
from reading.posts import outside, states, submit
from shops import CUSTOMER, Shop

EVERY_CHANNEL = Policy(channels={Channel.IN_APP, Channel.EMAIL, Channel.WEBHOOK})


def test_without_a_notifier_people_are_told_in_the_app_alone(shop: Shop) -> None:
    orders = shop.service(notifier=None)
    submit(orders, "ord-1")
    assert {one.route for one in states(shop)} == {"in_app"}
    assert len(orders.inbox(by=CUSTOMER).messages) == 1


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.WEBHOOK])
def test_what_is_owed_is_what_the_notifiers_serve_unless_the_policy_says_otherwise(
    shop: Shop, channel: Channel
) -> None:
    submit(shop.service(notifier=RecordingNotifier(channels=[channel])), "ord-1")
    assert {one.route for one in states(shop)} == {"in_app", channel.value}


@pytest.mark.parametrize("channel", list(Channel))
def test_the_policy_says_what_is_owed_whatever_is_plugged_in(shop: Shop, channel: Channel) -> None:
    submit(shop.service(policy=Policy(channels={channel})), "ord-1")
    assert {one.route for one in states(shop)} == {channel.value}


def test_nothing_is_owed_on_no_channel(shop: Shop) -> None:
    submit(shop.service(policy=Policy(channels=set())), "ord-1")
    assert states(shop) == []


def test_each_message_goes_to_the_notifier_of_its_channel(sync_shop: Shop) -> None:
    email, webhook = (RecordingNotifier(channels=[channel]) for channel in (Channel.EMAIL, Channel.WEBHOOK))
    submit(sync_shop.service(notifier=[email, webhook]), "ord-1")
    assert [message.channel for message in email.sent] == ["email", "email"]
    assert [message.channel for message in webhook.sent] == ["webhook"]


def test_one_service_owes_what_another_can_deliver(shop: Shop) -> None:
    front = shop.service(notifier=None, policy=EVERY_CHANNEL)
    back = shop.service(policy=EVERY_CHANNEL)
    submit(front, "ord-1")
    assert front.run_due().delivered == 0
    assert {(one.state, one.tries) for one in outside(shop)} == {("waiting", 0)}
    assert back.run_due().delivered == 3
    assert {one.state for one in outside(shop)} == {"delivered"}


def test_services_deliver_what_they_can_and_leave_the_rest(shop: Shop) -> None:
    by_mail = shop.service(notifier=RecordingNotifier(channels=[Channel.EMAIL]), policy=EVERY_CHANNEL)
    submit(by_mail, "ord-1")
    assert {(one.route, one.state) for one in outside(shop)} == {("email", "delivered"), ("webhook", "waiting")}
    assert shop.orders.run_due().delivered == 1


def test_only_the_customers_email_bears_an_address(shop: Shop) -> None:
    """The merchant's is asked for when it is sent, so that a changed one counts at once."""
    submit(shop.orders, "ord-1")
    told = {(one.message.channel, one.message.audience): one.message.address for one in states(shop) if one.message}
    assert len(told) == 5
    assert {place for place, address in told.items() if address is not None} == {("email", "customer")}
    assert told[Channel.EMAIL, Audience.CUSTOMER] == "ana@example.com"


@pytest.mark.parametrize("character", ["x", '"', "\n", "\U0001f600"])
def test_an_order_as_large_as_allowed_is_told_of(sync_shop: Shop, character: str) -> None:
    """A hundred items with fifty details of a thousand characters: nothing that submit takes may fail later."""
    label = character if character != "\n" else '"'
    details = {f"{number:02}" + label * 198: character * 1_000 for number in range(50)}
    items = [Item(name=label * 300, unit_price=Money("1.00", "USD"), details=details) for _ in range(100)]
    order = submit(sync_shop.orders, "ord-1", items=items)
    assert order.verified
    assert {one.state for one in states(sync_shop)} == {"delivered"}
