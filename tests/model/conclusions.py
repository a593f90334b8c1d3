"""What the design says must follow from an outcome: what for, and what the gateway said."""

from __future__ import annotations

from datetime import datetime

import attrs

from model.reference import TO_PAY, UNSETTLED, Key, Payment, World, begun, event, expired, put


def is_news(one: Payment, outcome: str) -> bool:
    """Whether an outcome adds to what is known: an approval always counts, a refusal or a doubt once."""
    if outcome == "approved":
        return one.state not in ("approved", "surplus")
    if outcome == "declined":
        return one.state in UNSETTLED and not one.refused
    return one.state == "open"


def concluded(world: World, key: Key, outcome: str, now: datetime) -> World:
    """The order with an outcome written down ("approved", "declined", "absent", "review"), and all that follows."""
    one = world.payment(key)
    if one.state not in UNSETTLED:
        world = expired(world, now)  # what was concluded before held up no expiry
    if outcome == "review":
        world = event(put(world, key, state="review"), "payment_unclear")
    else:
        world = _RULES[one.purpose](world, one, outcome, now)
    return expired(world, now)


def _verification(world: World, one: Payment, outcome: str, now: datetime) -> World:
    waits = world.status == "received" and not world.verified
    world = put(world, one.key, state=outcome)
    if outcome == "approved":
        if waits:
            world = attrs.evolve(event(world, "card_verified", "received"), verified=True)
        return begun(world, "void", one.amount, now, target=one.key)
    kind, reason = {
        "declined": ("card_refused", "card_refused"),
        "absent": ("payment_absent", "card_unverified"),
    }[outcome]
    return attrs.evolve(event(world, kind, "declined"), reason=reason)


def _charge(world: World, one: Payment, outcome: str, now: datetime) -> World:
    others = [other for other in world.payments if other.purpose == "charge" and other.key != one.key]
    is_paid_for = any(other.state in ("approved", *UNSETTLED) for other in others)
    if outcome == "approved":
        if world.status in ("received", "pending_payment") and not is_paid_for:
            return event(put(world, one.key, state="approved"), "accepted", "accepted")
        world = event(put(world, one.key, state="surplus"), "surplus_charge")
        return begun(world, "refund", one.amount, now, target=one.key)
    world = put(world, one.key, state=outcome)
    if outcome == "absent":
        return event(world, "payment_absent")
    first = world.status == "received"
    world = attrs.evolve(world, due=world.due or now + TO_PAY)
    return event(world, "payment_declined", "pending_payment" if first else None)


def _refund(world: World, one: Payment, outcome: str, now: datetime) -> World:
    surplus = world.is_surplus_refund(one)
    if outcome == "approved":
        world = put(world, one.key, state="approved")
        for other in world.payments:  # what was to take its place, and was never sent, is not needed any more
            if (other.target, other.state, other.first_sent) == (one.target, "open", None):
                world = put(world, other.key, state="absent")
        return event(world, "refunded")
    if outcome == "declined":
        world = put(world, one.key, state="review" if surplus else "declined", refused=True)
        return event(world, "refund_declined")
    world = event(put(world, one.key, state="absent"), "payment_absent")
    return begun(world, "refund", one.amount, now, target=one.target, sent=False) if surplus else world


def _void(world: World, one: Payment, outcome: str, now: datetime) -> World:
    world = put(world, one.key, state=outcome)
    if outcome == "approved":
        return event(world, "verification_voided")
    return begun(world, "void", one.amount, now, target=one.target, sent=False)


_RULES = {"verification": _verification, "charge": _charge, "refund": _refund, "void": _void}
