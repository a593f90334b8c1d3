"""An order held against its own timeline: what was reached is in order, and each rule is broken once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest

from commands.giving import STATUSES, give, in_review, latest, proven_absent
from orderflow import (
    Actor,
    AttemptState,
    CardDeclined,
    Event,
    EventKind,
    Item,
    Money,
    Note,
    Order,
    OrderStatus,
    ValidationError,
    verify_history,
)
from shops import CUSTOMER, FREE, MERCHANT, OPERATOR, PRINT, SHIPPED, VIDEO, Shop, kinds

SECOND = timedelta(seconds=1)


def surplus(shop: Shop) -> Order:
    """An order that was paid twice, of which one was given back."""
    order = shop.order_in("received")
    shop.gateway.time_out_next("charge", effect=False)
    shop.orders.accept(order.id, by=MERCHANT)
    proven_absent(shop)
    late = latest(shop.get(order.id), "charge")
    shop.orders.accept(order.id, by=MERCHANT)
    shop.gateway.charge(late)
    shop.orders.check_payment(order.id, late.key)
    return shop.get(order.id)


def refunded(shop: Shop) -> Order:
    """An order of which 50 of 120 went back, in two parts."""
    order = shop.order_in("accepted")
    for amount in ("20.00", "30.00"):
        shop.orders.refund(order.id, by=MERCHANT, amount=Money(amount, "USD"))
    return shop.get(order.id)


def noted(shop: Shop) -> Order:
    order = shop.order_in("accepted")
    for text in ("one", "two"):
        shop.orders.add_note(order.id, by=OPERATOR, text=text)
    return shop.get(order.id)


REACHED = [(status, item) for status in STATUSES for item in (VIDEO, PRINT)]
FREE_REACHED = [(status, FREE) for status in STATUSES if status not in ("pending_payment", "expired")]


@pytest.mark.parametrize(("status", "item"), [*REACHED, *FREE_REACHED])
def test_an_order_in_any_status_agrees_with_its_timeline(shop: Shop, status: str, item: Item) -> None:
    verify_history(shop.orders.get(shop.order_in(status, item).id, by=MERCHANT))


@pytest.mark.parametrize("status", STATUSES)
def test_an_order_in_review_agrees_with_its_timeline(shop: Shop, status: str) -> None:
    order = in_review(shop, status)
    verify_history(order)
    key = next(attempt.key for attempt in order.attempts if attempt.state == "review")
    give(shop, "resolve_payment", order.id, by=OPERATOR, key=key)
    verify_history(shop.orders.get(order.id, by=OPERATOR))


@pytest.mark.parametrize("made", [surplus, refunded, noted])
def test_an_order_with_more_behind_it_agrees_with_its_timeline(shop: Shop, made: Callable[[Shop], Order]) -> None:
    verify_history(made(shop))


def test_an_order_that_was_never_announced_agrees_with_its_timeline(shop: Shop) -> None:
    shop.gateway.time_out_next("verification", effect=False)
    verify_history(shop.orders.get(shop.submit().id, by=OPERATOR))
    with pytest.raises(CardDeclined) as raised:
        shop.submit(token="tok_decline_lost_card")
    verify_history(shop.orders.get(raised.value.order_id, by=OPERATOR))


def test_what_a_customer_is_shown_leaves_events_out(shop: Shop) -> None:
    order = noted(shop)
    shop.orders.complete(order.id, by=MERCHANT, fulfillment=SHIPPED)
    with pytest.raises(ValidationError, match="numbered"):
        verify_history(shop.orders.get(order.id, by=CUSTOMER))


Tamper = Callable[[Order], Order]


def event(number: int, **changes: Any) -> Tamper:
    """Change one event, counted from the first (0) or the last (-1)."""

    def tamper(order: Order) -> Order:
        timeline = list(order.timeline)
        timeline[number] = attrs.evolve(timeline[number], **changes)
        return attrs.evolve(order, timeline=timeline)

    return tamper


def without(kind: str) -> Tamper:
    """Leave out the last event of a kind, and number the rest anew."""

    def tamper(order: Order) -> Order:
        left_out = max(n for n, one in enumerate(order.timeline) if one.kind == kind)
        kept = [one for n, one in enumerate(order.timeline) if n != left_out]
        return attrs.evolve(order, timeline=[attrs.evolve(one, seq=n) for n, one in enumerate(kept, 1)])

    return tamper


def attempt(purpose: str, **changes: Any) -> Tamper:
    """Change the latest attempt of a purpose."""

    def tamper(order: Order) -> Order:
        changed = attrs.evolve(latest(order, purpose), **changes)
        return attrs.evolve(order, attempts=[changed if one.key == changed.key else one for one in order.attempts])

    return tamper


def another(purpose: str, **changes: Any) -> Tamper:
    """Add an attempt like the latest of a purpose."""

    def tamper(order: Order) -> Order:
        more = attrs.evolve(latest(order, purpose), key="of1_more", number=9, **changes)
        return attrs.evolve(order, attempts=[*order.attempts, more])

    return tamper


def added(kind: EventKind, **data: str) -> Tamper:
    """Add an event at the end."""

    def tamper(order: Order) -> Order:
        last = order.timeline[-1]
        told = Event(last.seq + 1, kind, last.at, Actor.system(), order.status, None, data)
        return attrs.evolve(order, timeline=[*order.timeline, told])

    return tamper


def fields(**changes: Any) -> Tamper:
    return lambda order: attrs.evolve(order, **changes)


def later(order: Order) -> Order:
    return event(0, at=order.timeline[1].at + SECOND)(order)


def before_its_last_event(order: Order) -> Order:
    return attrs.evolve(order, updated_at=order.timeline[-1].at - SECOND)


def in_status(status: str) -> Callable[[Shop], Order]:
    def make(shop: Shop) -> Order:
        return shop.order_in(status)

    make.__name__ = status
    return make


received, accepted, completed = in_status("received"), in_status("accepted"), in_status("completed")
declined, pending = in_status("declined"), in_status("pending_payment")

TAMPERED: dict[str, tuple[Callable[[Shop], Order], Tamper, str]] = {
    "a number is missing": (accepted, event(-1, seq=9), "not numbered"),
    "a number is there twice": (accepted, event(1, seq=1), "not numbered"),
    "the first number is not 1": (accepted, event(0, seq=2), "not numbered"),
    "an event goes back in time": (accepted, later, "go back in time"),
    "no event": (received, fields(timeline=[]), "does not begin with its submission"),
    "another beginning": (received, event(0, kind=EventKind.CARD_VERIFIED), "does not begin with its submission"),
    "updated before its last event": (accepted, before_its_last_event, "updated_at"),
    "from another status": (accepted, event(-1, from_status=OrderStatus.PENDING_PAYMENT), "begins in pending_payment"),
    "from no status": (accepted, event(-1, from_status=None), "begins in None"),
    "from a status before the first": (
        received,
        event(0, from_status=OrderStatus.RECEIVED),
        "event 1 begins in received, the order was in None",
    ),
    "to where nothing leads": (accepted, event(-1, to_status=OrderStatus.COMPLETED), "from received to completed"),
    "back to where it was": (accepted, event(-1, to_status=OrderStatus.RECEIVED), "from received to received"),
    "announced by nothing": (received, event(1, to_status=OrderStatus.ACCEPTED), "from None to accepted"),
    "another status than its events": (accepted, fields(status=OrderStatus.RECEIVED), "end in accepted, it reads"),
    "a status that nothing led to": (declined, event(-1, to_status=None), "end in received, it reads declined"),
    "announced and not verified": (received, fields(verified=False), "verified is True, it reads False"),
    "verified and not announced": (
        received,
        lambda order: attrs.evolve(order, timeline=order.timeline[:1]),
        "verified is False, it reads True",
    ),
    "accepted and never paid": (accepted, attempt("charge", state=AttemptState.DECLINED), "accepted and never paid"),
    "accepted without a charge": (
        accepted,
        lambda order: attrs.evolve(order, attempts=order.attempts[:2]),
        "accepted and never paid",
    ),
    "paid and never accepted": (
        pending,
        attempt("charge", state=AttemptState.APPROVED, transaction_id="ch_1"),
        "paid and never accepted",
    ),
    "charged another amount": (accepted, attempt("charge", amount=Money("119.99", "USD")), "charged 119.99 USD"),
    "another price than was charged": (
        accepted,
        fields(items=[attrs.evolve(VIDEO, unit_price=Money(121, "USD"))]),
        "charged 120.00 USD for a total of 121.00 USD",
    ),
    "two charges that paid": (accepted, another("charge"), "more than one charge"),
    "a charge open beside one that paid": (
        accepted,
        another("charge", state=AttemptState.OPEN),
        "more than one charge",
    ),
    "a charge in review beside it": (accepted, another("charge", state=AttemptState.REVIEW), "more than one charge"),
    "more refunded than paid": (refunded, attempt("refund", amount=Money("100.01", "USD")), "120.01 USD was refunded"),
    "a surplus charge of which nothing is told": (surplus, without("surplus_charge"), "1 charges are surplus"),
    "a surplus charge that there is not": (accepted, added(EventKind.SURPLUS_CHARGE), "0 charges are surplus"),
    "a refund of which nothing is told": (refunded, without("refunded"), "its refunds are not those"),
    "a refund of another amount": (
        refunded,
        attempt("refund", amount=Money("30.01", "USD")),
        "its refunds are not those",
    ),
    "a refund that there is not": (accepted, added(EventKind.REFUNDED, amount="1.00 USD"), "its refunds are not those"),
    "a refund that did not go through": (
        refunded,
        attempt("refund", state=AttemptState.DECLINED),
        "its refunds are not those",
    ),
    "a note of which nothing is told": (noted, without("note_added"), "its notes are not those"),
    "a note that there is not": (noted, fields(notes=[]), "its notes are not those"),
    "notes in another order": (
        noted,
        lambda order: attrs.evolve(order, notes=order.notes[::-1]),
        "its notes are not those",
    ),
    "a note of another id": (
        noted,
        lambda order: attrs.evolve(order, notes=[Note("note_x", MERCHANT, "x", order.placed_at), order.notes[1]]),
        "its notes are not those",
    ),
    "another total than was submitted": (
        received,
        fields(items=[attrs.evolve(VIDEO, unit_price=Money(1, "USD"))]),
        "total",
    ),
    "a refund event that tells no amount": (refunded, event(-1, data={}), "does not agree"),
    "a note event that tells no note": (noted, event(-1, data={}), "does not agree"),
    "a refund in another currency": (refunded, attempt("refund", amount=Money("30.00", "EUR")), "does not agree"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_tampered_order_is_found_out(sync_shop: Shop, what: str) -> None:
    make, tamper, wrong = TAMPERED[what]
    order = make(sync_shop)
    tampered = tamper(order)
    verify_history(order)
    with pytest.raises(ValidationError) as raised:
        verify_history(tampered)
    assert wrong in str(raised.value)
    assert order.id in str(raised.value)


def test_all_that_is_wrong_is_said_at_once(sync_shop: Shop) -> None:
    order = attrs.evolve(completed(sync_shop), status=OrderStatus.ACCEPTED, verified=False, attempts=[])
    with pytest.raises(ValidationError) as raised:
        verify_history(order)
    assert str(raised.value).count(";") == 2


def test_what_is_no_order_is_refused() -> None:
    with pytest.raises(ValidationError):
        verify_history(None)  # type: ignore[arg-type]


def test_the_timeline_of_a_whole_life(shop: Shop) -> None:
    assert kinds(surplus(shop)) == [
        "submitted",
        "card_verified",
        "verification_voided",
        "payment_absent",
        "accepted",
        "surplus_charge",
        "refunded",
    ]
