"""What each method of the service does to one order, in the model."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs

from model.conclusions import concluded
from model.reference import COMMANDS, REMINDER, Key, World, begun, event, put, refusal
from model.runs import Act, Run, unsettled_but_voids
from model.troubles import Stopped

LEASE = timedelta(minutes=2)


def submit(draft: World, verification: int | None) -> Act:
    """`submit` of an order that would read like the draft; the amount of its verification in cents."""

    def act(run: Run) -> str:
        run.point()
        if run.exists:
            run.fail_to_create()
        if not run.exists:
            world = event(draft, "submitted")
            if verification is None:
                run.commit(attrs.evolve(event(world, "card_verified", "received"), verified=True))
            else:
                run.commit(begun(world, "verification", verification, run.now))
                run.send(("verification", 1), first=True)
        elif run.world.request != draft.request:
            return "DuplicateOrder"
        else:
            run.settle(unsettled_but_voids)
        refused = {"card_refused": "CardDeclined", "card_unverified": "PaymentUnavailable"}
        return "ok" if run.world.verified else refused.get(run.world.reason, "ok")

    return act


def command(name: str, by: Any, arguments: dict[str, Any], key: str | None) -> Act:
    """A command on an order."""
    asked = (name, by.role, by.id, by.store_id, tuple(sorted((k, v) for k, v in arguments.items() if k != "token")))

    def act(run: Run) -> str:
        run.point()
        if not run.exists or not run.world.sees(by):
            return "OrderNotFound"
        if by.role not in COMMANDS[name][0]:
            return "NotPermitted"
        run.settle(unsettled_but_voids)
        run.point()
        for known, before, began in run.world.taken:
            if known == key and before != asked:
                return "IdempotencyConflict"
            if known == key and (began is None or run.world.payment(began).state != "absent"):
                return "ok"
        refused = refusal(run.world, name, arguments)
        if refused is not None:
            return refused
        before_it = run.world
        world, began = _EFFECTS[name](run, arguments)
        if key is not None:
            kept = tuple(one for one in world.taken if one[0] != key)
            world = attrs.evolve(world, taken=(*kept, (key, asked, began)))
        run.commit(world)
        if began is None:
            run.follow_up(before_it)
            return "ok"
        run.send(began, first=True)
        return "PaymentUnavailable" if run.world.payment(began).state == "absent" else "ok"

    return act


def _begins(world: World, purpose: str, amount: int, run: Run, target: Key | None = None) -> tuple[World, Key]:
    world = begun(world, purpose, amount, run.now, target)
    return world, world.payments[-1].key


def _accept(run: Run, arguments: dict[str, Any]) -> tuple[World, Key | None]:
    if run.world.total:
        return _begins(run.world, "charge", run.world.total, run)
    return event(run.world, "accepted", "accepted"), None


def _retry(run: Run, arguments: dict[str, Any]) -> tuple[World, Key | None]:
    world = attrs.evolve(run.world, card=arguments.get("token", run.world.card))
    return _begins(world, "charge", world.total, run)


def _closes(kind: str) -> Callable[[Run, dict[str, Any]], tuple[World, Key | None]]:
    def closes(run: Run, arguments: dict[str, Any]) -> tuple[World, Key | None]:
        return attrs.evolve(event(run.world, kind, kind), reason=arguments["reason"]), None

    return closes


def _complete(run: Run, arguments: dict[str, Any]) -> tuple[World, Key | None]:
    return event(run.world, "completed", "completed"), None


def _note(run: Run, arguments: dict[str, Any]) -> tuple[World, Key | None]:
    return attrs.evolve(event(run.world, "note_added"), notes=run.world.notes + 1), None


def _refund(run: Run, arguments: dict[str, Any]) -> tuple[World, Key | None]:
    paid = run.world.paid
    assert paid is not None
    world = event(run.world, "refund_begun")
    return _begins(world, "refund", arguments["amount"] or run.world.left, run, paid.key)


def _resolved(run: Run, arguments: dict[str, Any]) -> tuple[World, Key | None]:
    key = arguments["key"]
    world = concluded(event(run.world, "payment_resolved"), key, arguments["outcome"], run.now)
    if world.payment(key).state == "review":
        world = put(world, key, state="declined")
    return world, None


_EFFECTS: dict[str, Callable[[Run, dict[str, Any]], tuple[World, Key | None]]] = {
    "accept": _accept,
    "decline": _closes("declined"),
    "cancel": _closes("canceled"),
    "retry_payment": _retry,
    "complete": _complete,
    "add_note": _note,
    "refund": _refund,
    "resolve_payment": _resolved,
}


def check_payment(key: Key | None) -> Act:
    """`check_payment`, of one payment or of all that are unsettled: it looks, and never sends."""

    def act(run: Run) -> str:
        run.point()
        if not run.exists:
            return "OrderNotFound"
        if key is not None and all(one.key != key for one in run.world.payments):
            return "ValidationError"
        run.settle(unsettled_but_voids if key is None else lambda one: one.key == key, may_send=False)
        return "ok"

    return act


def sweep(*, limited: bool = False) -> Act:
    """What one sweep does to one order; `limited`: perhaps nothing, since others came first."""

    def act(run: Run) -> str:
        run.point()
        if not run.exists or not _is_due(run, limited=limited):
            return "ok"
        run.swap(attrs.evolve(run.world, held=run.now + LEASE))
        run.has_committed = False
        try:
            run.may_end_elsewhere()
            run.point()
            run.settle(lambda one: one.state == "open")
            run.point()
            _remind(run)
            if not run.has_committed:
                run.commit(run.world)
        except Stopped as stopped:
            if stopped.told == "Crash":
                raise
        return "ok"

    return act


def take_over(pause: timedelta) -> Act:
    """Time passes in the middle of something, and then a sweep comes by."""

    def act(run: Run) -> str:
        run.now += pause
        return sweep()(run)

    return act


def _is_due(run: Run, *, limited: bool) -> bool:
    world = run.world
    at = world.held or world.look
    if at is not None and at <= run.now:
        return not limited or not run.pick(2)
    return world.held is None and world.owed_again and bool(run.pick(2))


def _remind(run: Run) -> None:
    world = run.world
    if world.status != "pending_payment" or world.in_progress or world.due is None:
        return
    is_reminded = any(kind == "payment_reminder" for kind, _ in world.events)
    if world.due - REMINDER <= run.now < world.due and not is_reminded:
        run.commit(event(world, "payment_reminder"))
