"""The audit: silent on sound books, and each kind of wrong ones is told in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs
import pytest

from orderflow import AttemptState, Money, Order, OrderStatus, Purpose
from orderflow.adapters.memory import LedgerEntry
from orderflow.testing import audit
from shops import CUSTOMER, MERCHANT, OPERATOR, Shop
from testing.orders import SOUND, absent, charge_open, refunded, surplus, void_open

Books = tuple[Order, Sequence[LedgerEntry]]


@pytest.mark.parametrize("what", SOUND)
def test_sound_books_pass(shop: Shop, what: str) -> None:
    order = SOUND[what](shop)
    audit(order, shop.gateway.ledger)
    audit(shop.orders.get(order.id, by=MERCHANT), iter(shop.gateway.ledger))


def test_movements_of_other_orders_are_left_out(sync_shop: Shop) -> None:
    orders = [SOUND[what](sync_shop) for what in ("accepted", "declined", "a surplus charge, given back")]
    for order in orders:
        audit(order, sync_shop.gateway.ledger)


def test_purposes_may_be_plain_text(sync_shop: Shop) -> None:
    order = surplus(sync_shop)
    audit(order, [attrs.evolve(entry, purpose=entry.purpose.value) for entry in sync_shop.gateway.ledger])


def test_what_a_customer_is_shown_is_refused(sync_shop: Shop) -> None:
    order = sync_shop.orders.get(sync_shop.order_in("accepted").id, by=CUSTOMER)
    with pytest.raises(AssertionError, match="audit the order as its merchant or an operator sees it"):
        audit(order, sync_shop.gateway.ledger)


Doctor = Callable[[Order, Sequence[LedgerEntry]], Books]


def moved(purpose: str, /, **changes: Any) -> Doctor:
    """Change the last movement of a purpose."""

    def doctor(order: Order, ledger: Sequence[LedgerEntry]) -> Books:
        entry = [one for one in ledger if one.purpose == purpose][-1]
        return order, [attrs.evolve(one, **changes) if one is entry else one for one in ledger]

    return doctor


def never_moved(purpose: str) -> Doctor:
    """Leave out every movement of a purpose."""
    return lambda order, ledger: (order, [one for one in ledger if one.purpose != purpose])


def moved_too(purpose: str, /, **changes: Any) -> Doctor:
    """Add a movement like the last of a purpose."""

    def doctor(order: Order, ledger: Sequence[LedgerEntry]) -> Books:
        entry = [one for one in ledger if one.purpose == purpose][-1]
        return order, [*ledger, attrs.evolve(entry, **changes)]

    return doctor


def written(purpose: str, /, **changes: Any) -> Doctor:
    """Change the last attempt of a purpose."""

    def doctor(order: Order, ledger: Sequence[LedgerEntry]) -> Books:
        attempt = [one for one in order.attempts if one.purpose == purpose][-1]
        attempts = [attrs.evolve(one, **changes) if one is attempt else one for one in order.attempts]
        return attrs.evolve(order, attempts=attempts), ledger

    return doctor


def charged_after_all(order: Order, ledger: Sequence[LedgerEntry]) -> Books:
    attempt = order.attempts[-1]
    entry = attrs.evolve(ledger[0], purpose=Purpose.CHARGE, key=attempt.key, amount=attempt.amount)
    return order, [*ledger, attrs.evolve(entry, transaction_id="charge_9")]


def without_voids(order: Order, ledger: Sequence[LedgerEntry]) -> Books:
    kept = [one for one in order.attempts if one.purpose is not Purpose.VOID]
    return attrs.evolve(order, attempts=kept), [one for one in ledger if one.purpose is not Purpose.VOID]


@pytest.mark.parametrize("doctor", [written("void", transaction_id="void_before"), moved_too("void")])
def test_a_void_is_right_however_often_what_is_gone_was_voided(sync_shop: Shop, doctor: Doctor) -> None:
    audit(*doctor(sync_shop.order_in("accepted"), sync_shop.gateway.ledger))


make_accepted, make_completed = SOUND["accepted"], SOUND["completed"]
EURO = Money("120.00", "EUR")
WRONG: dict[str, tuple[Callable[[Shop], Order], Doctor, str]] = {
    "money that moved under no key of the order": (
        make_accepted,
        moved("charge", key="of1_foreign"),
        "charge charge_3 of 120.00 USD belongs to no attempt of the order",
    ),
    "money that moved twice under two keys": (
        make_accepted,
        moved_too("charge", key="of1_foreign", transaction_id="charge_9"),
        "charge charge_9 of 120.00 USD belongs to no attempt of the order",
    ),
    "another amount than was asked for": (
        make_accepted,
        moved("charge", amount=Money("119.99", "USD")),
        "charge charge_3 of 119.99 USD is on the books as charge of 120.00 USD",
    ),
    "another currency": (
        make_accepted,
        moved("charge", amount=EURO),
        "charge charge_3 of 120.00 EUR is on the books as charge of 120.00 USD",
    ),
    "another purpose": (
        make_accepted,
        moved("charge", purpose=Purpose.REFUND, target="charge_3"),
        "refund charge_3 of 120.00 USD is on the books as charge of 120.00 USD",
    ),
    "a void of something else": (
        make_accepted,
        moved("void", target="auth_9"),
        "void void_2 of 1.00 USD undoes auth_9, and is on the books for auth_1",
    ),
    "a refund of something else": (
        refunded("20.00"),
        moved("refund", target="charge_9"),
        "refund refund_4 of 20.00 USD undoes charge_9, and is on the books for charge_3",
    ),
    "one key that moved money twice": (make_accepted, moved_too("charge"), "moved money 2 times"),
    "one key that moved money twice, while it is open": (charge_open(effect=True), moved_too("charge"), "2 times"),
    "one refund that went back twice": (refunded("20.00"), moved_too("refund"), "moved money 2 times"),
    "one card verified twice under one key": (make_accepted, moved_too("verification"), "moved money 2 times"),
    "a declined charge that moved": (
        SOUND["pending_payment"],
        charged_after_all,
        "charge charge_9 of 120.00 USD moved money, and is on the books as declined",
    ),
    "an absent charge that moved": (absent, charged_after_all, "moved money, and is on the books as absent"),
    "an approved charge that never moved": (
        make_completed,
        never_moved("charge"),
        "charge 1 is on the books as approved, and never moved",
    ),
    "a surplus charge that never moved": (
        surplus,
        lambda order, ledger: (order, [one for one in ledger if one.transaction_id != "charge_4"]),
        "charge 1 is on the books as surplus, and never moved",
    ),
    "an approved refund that never moved": (
        refunded("20.00"),
        never_moved("refund"),
        "refund 1 is on the books as approved, and never moved",
    ),
    "a verification that never was": (
        make_accepted,
        never_moved("verification"),
        "verification 1 is on the books as approved, and never moved",
    ),
    "another transaction than is on the books": (
        make_accepted,
        moved("charge", transaction_id="charge_9"),
        "charge charge_9 of 120.00 USD is on the books as charge_3",
    ),
    "a verification that nobody voids": (
        make_accepted,
        without_voids,
        "verification auth_1 of 1.00 USD is left on the card",
    ),
    "a void on the books that never was": (
        make_accepted,
        never_moved("void"),
        "void 1 is on the books as approved, and auth_1 is left on the card",
    ),
    "a void that was declined, and none after it": (
        void_open,
        written("void", state=AttemptState.DECLINED, code="no"),
        "verification auth_1 of 1.00 USD is left on the card",
    ),
    "an order that nobody paid for": (
        make_completed,
        lambda order, ledger: (attrs.evolve(order, attempts=order.attempts[:2]), ledger[:2]),
        "0.00 USD charged less 0.00 USD given back is not 120.00 USD",
    ),
    "an order that was paid, and does not say so": (
        make_accepted,
        lambda order, ledger: (attrs.evolve(order, status=OrderStatus.CANCELED), ledger),
        "120.00 USD charged less 0.00 USD given back is not 0.00 USD",
    ),
    "a surplus charge that was not given back": (
        surplus,
        lambda order, ledger: (
            attrs.evolve(order, attempts=order.attempts[:-1]),
            [one for one in ledger if one.purpose is not Purpose.REFUND],
        ),
        "240.00 USD charged less 0.00 USD given back is not 120.00 USD",
    ),
    "more given back than is on the books": (
        refunded("20.00"),
        moved_too("refund", key="of1_foreign", transaction_id="refund_9"),
        "120.00 USD charged less 40.00 USD given back is not 100.00 USD",
    ),
    "a timeline that tells something else": (
        make_accepted,
        lambda order, ledger: (attrs.evolve(order, timeline=order.timeline[:-1]), ledger),
        "does not agree with its timeline",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_books_are_told(sync_shop: Shop, what: str) -> None:
    make, doctor, told = WRONG[what]
    order = make(sync_shop)
    doctored, ledger = doctor(order, sync_shop.gateway.ledger)
    audit(order, sync_shop.gateway.ledger)
    with pytest.raises(AssertionError) as raised:
        audit(doctored, ledger)
    assert told in str(raised.value)
    assert str(raised.value).startswith(f"order {order.id} ({doctored.status.value}):")


def test_all_that_is_wrong_is_told_at_once(sync_shop: Shop) -> None:
    """Amounts in two currencies hide nothing."""
    order = sync_shop.order_in("accepted")
    ledger = [entry for entry in sync_shop.gateway.ledger if entry.purpose is not Purpose.VOID]
    charge = ledger[-1]
    with pytest.raises(AssertionError) as raised:
        audit(attrs.evolve(order, timeline=[]), [*ledger, attrs.evolve(charge, key="of1_foreign", amount=EURO)])
    for told in ("belongs to no attempt", "left on the card", "EUR", "does not begin with its submission"):
        assert told in str(raised.value)


def test_a_late_approval_is_wrong_until_somebody_looks(sync_shop: Shop) -> None:
    order = absent(sync_shop)
    sync_shop.gateway.charge(order.attempts[-1])
    with pytest.raises(AssertionError, match="on the books as absent"):
        audit(order, sync_shop.gateway.ledger)
    sync_shop.orders.check_payment(order.id, order.attempts[-1].key)
    audit(sync_shop.orders.get(order.id, by=OPERATOR), sync_shop.gateway.ledger)
