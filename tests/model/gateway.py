"""The gateway's side of an order: what it answers to a call that reaches it, and what it knows from then on."""

from __future__ import annotations

import attrs

from model.reference import Key, Payment, World


def arrives(world: World, key: Key) -> tuple[World, str]:
    """A call reaches the gateway: what it answers, and what it knows from then on."""
    known = dict(world.known)
    if key in known:
        return world, known[key]
    one = world.payment(key)
    plan = dict(world.plans).get(one.purpose)
    world = attrs.evolve(world, plans=tuple(kept for kept in world.plans if kept[0] != one.purpose))
    if plan == "not_send":
        return world, "not_sent"
    if plan == "time_out":
        return world, "unknown"
    answer = {"decline": "declined", "pend": "pending"}.get(plan or "") or _usual(world, one)
    return knows(world, key, answer), "unknown" if plan == "time_out_with_effect" else answer


def knows(world: World, key: Key, answer: str) -> World:
    """The gateway's own book, with one more answer, or another."""
    if answer == "finish":
        answer = _usual(world, world.payment(key), asks_card=False)
    return attrs.evolve(world, known=tuple(sorted({**dict(world.known), key: answer}.items())))


def _usual(world: World, one: Payment, *, asks_card: bool = True) -> str:
    if asks_card and one.purpose in ("verification", "charge"):
        refuses_charges = one.purpose == "charge" and one.card.startswith("tok_charge_decline")
        return "declined" if refuses_charges or one.card.startswith("tok_decline") else "approved"
    if one.purpose == "refund":
        approved = {key for key, answer in world.known if answer == "approved"}
        charged = sum(other.amount for other in world.payments if other.key == one.target and other.key in approved)
        gone = sum(other.amount for other in world.payments if other.target == one.target and other.key in approved)
        return "approved" if charged - gone >= one.amount else "declined"
    return "approved"
