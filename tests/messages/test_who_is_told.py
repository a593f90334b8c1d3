"""For every path through the lifecycle, exactly who is told what, and on which channel."""

from __future__ import annotations

from collections import Counter

import pytest

from messages.paths import PATHS, Path
from shops import Shop

BOTH = {"customer": ("in_app", "email"), "merchant": ("in_app", "email", "webhook")}
CUSTOMER_ALONE = {"customer": ("in_app", "email")}
BOTH_IN_PERSON = {"customer": ("in_app", "email"), "merchant": ("in_app", "email")}
MERCHANT_ALONE = {"merchant": ("in_app", "email")}

RECEIVED = [("card_verified", BOTH)]
ACCEPTED = [*RECEIVED, ("accepted", BOTH)]
PENDING = [*RECEIVED, ("payment_declined", BOTH)]
ABSENT = [*RECEIVED, ("payment_absent", MERCHANT_ALONE)]
UNCLEAR = [*RECEIVED, ("payment_unclear", MERCHANT_ALONE)]
SURPLUS = [*ABSENT, ("canceled", BOTH), ("surplus_charge", BOTH_IN_PERSON)]

TOLD = {
    "received": RECEIVED,
    "card_refused": [("card_refused", CUSTOMER_ALONE)],
    "card_unverified": [("payment_absent", CUSTOMER_ALONE)],
    "verification_in_review": [],
    "declined": [*RECEIVED, ("declined", BOTH)],
    "canceled": [*RECEIVED, ("canceled", BOTH)],
    "accepted": ACCEPTED,
    "completed": [*ACCEPTED, ("completed", BOTH)],
    "pending_payment": PENDING,
    "declined_again": [*PENDING, ("payment_declined", CUSTOMER_ALONE)],
    "paid_at_last": [*PENDING, ("accepted", BOTH)],
    "canceled_while_pending": [*PENDING, ("canceled", BOTH)],
    "reminded": [*PENDING, ("payment_reminder", CUSTOMER_ALONE)],
    "expired": [*PENDING, ("payment_reminder", CUSTOMER_ALONE), ("expired", BOTH)],
    "refunded": [*ACCEPTED, ("refunded", BOTH_IN_PERSON)],
    "refund_refused": [*ACCEPTED, ("refund_declined", MERCHANT_ALONE)],
    "charge_absent": ABSENT,
    "charge_in_review": UNCLEAR,
    "review_resolved": [*UNCLEAR, ("accepted", BOTH)],
    "late_approval": [*ABSENT, ("accepted", BOTH)],
    "surplus_refunded": [*SURPLUS, ("refunded", BOTH_IN_PERSON)],
    "surplus_refund_refused": [*SURPLUS, ("refund_declined", MERCHANT_ALONE)],
}

every_path = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)


def expected(path: Path) -> Counter[tuple[str, str, str]]:
    return Counter(
        (audience, channel, kind)
        for kind, audiences in TOLD[path.__name__]
        for audience, channels in audiences.items()
        for channel in channels
    )


@every_path
def test_everyone_is_told_what_concerns_them_and_nobody_else(shop: Shop, path: Path) -> None:
    order_id = path(shop)
    assert Counter(shop.told(order_id)) == expected(path)
    assert {state.state for state in shop.storage.messages(order_id)} <= {"delivered"}


@every_path
def test_what_is_sent_is_what_is_owed_once_each(shop: Shop, path: Path) -> None:
    path(shop)
    sent = Counter((m.audience.value, m.channel.value, m.kind.value) for m in shop.notifier.sent)
    assert sent == Counter({key: n for key, n in expected(path).items() if key[1] != "in_app"})
    assert len({message.id for message in shop.notifier.sent}) == len(shop.notifier.sent)


@every_path
def test_a_notifier_that_is_down_loses_nothing(shop: Shop, path: Path) -> None:
    shop.notifier.down = True
    order_id = path(shop)
    assert not shop.notifier.sent
    shop.notifier.down = False
    for _ in range(4):
        shop.clock.advance(hours=1)
        shop.orders.run_due()
    told = Counter(shop.told(order_id))
    assert expected(path) - told == Counter()
    sent = Counter((m.audience.value, m.channel.value, m.kind.value) for m in shop.notifier.sent)
    assert sent == Counter({key: n for key, n in told.items() if key[1] != "in_app"})


@every_path
def test_first_tries_come_in_the_order_of_the_events(sync_shop: Shop, path: Path) -> None:
    path(sync_shop)
    for audience in ("customer", "merchant"):
        for channel in ("email", "webhook"):
            seen = [m.occurred_at for m in sync_shop.notifier.sent if (m.audience, m.channel) == (audience, channel)]
            assert seen == sorted(seen)
