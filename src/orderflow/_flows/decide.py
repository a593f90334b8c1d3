"""The commands on an order: for each, what it is called with and what it writes."""

from __future__ import annotations

from typing import Final

from .. import lifecycle
from ..attempt import AttemptState, PaymentAttempt, Purpose
from ..card import Card
from ..command import Command
from ..errors import ValidationError
from ..event import EventKind, Note
from ..free_text import check_id, check_text
from ..fulfillment import Fulfillment
from ..ids import new_id
from ..lifecycle import Fact
from ..money import Money
from ..order import Order, left_to_refund
from ..outcome import Approved, Declined
from ..people import Actor
from ..status import OrderStatus
from .act import act
from .change import Change, attempt_of
from .checks import check_type
from .conclude import Absent, conclude, which
from .shop import Shop

__all__ = ["accept", "add_note", "cancel", "complete", "decline", "refund", "resolve_payment", "retry_payment"]


async def accept(shop: Shop, order_id: str, by: Actor, key: str | None) -> Order:
    def plan(change: Change, to: OrderStatus) -> PaymentAttempt | None:
        total = change.order.total
        if not total.is_zero:
            return change.begin(Purpose.CHARGE, total, by)
        accepted = lifecycle.destination(Fact.CHARGE_APPROVED, change.order, change.now)
        change.event(EventKind.ACCEPTED, by, {"amount": str(total)}, to=accepted)
        return None

    return await act(shop, Command.ACCEPT, order_id, by, {}, key, plan)


async def decline(shop: Shop, order_id: str, by: Actor, reason: str, key: str | None) -> Order:
    return await _close(shop, Command.DECLINE, EventKind.DECLINED, order_id, by, reason, key)


async def cancel(shop: Shop, order_id: str, by: Actor, reason: str, key: str | None) -> Order:
    return await _close(shop, Command.CANCEL, EventKind.CANCELED, order_id, by, reason, key)


async def _close(
    shop: Shop, command: Command, kind: EventKind, order_id: str, by: Actor, reason: str, key: str | None
) -> Order:
    check_text(reason, "reason")

    def plan(change: Change, to: OrderStatus) -> None:
        change.reason = reason
        change.event(kind, by, {"reason": reason}, to=to)

    return await act(shop, command, order_id, by, {"reason": reason}, key, plan)


async def retry_payment(shop: Shop, order_id: str, by: Actor, card: Card | None, key: str | None) -> Order:
    if card is not None:
        check_type(card, Card, "card", "a Card or None")

    def plan(change: Change, to: OrderStatus) -> PaymentAttempt:
        change.card = card or change.card
        return change.begin(Purpose.CHARGE, change.order.total, by)

    told: dict[str, str | int | None] = {}
    if card is not None:
        told = {"brand": card.brand, "last4": card.last4, "month": card.exp_month, "year": card.exp_year}
    return await act(shop, Command.RETRY_PAYMENT, order_id, by, told, key, plan)


async def complete(shop: Shop, order_id: str, by: Actor, fulfillment: Fulfillment, key: str | None) -> Order:
    check_type(fulfillment, Fulfillment, "fulfillment", "a Fulfillment: shipped, digital or handed_over")
    told: dict[str, str | None] = {
        "method": fulfillment.method.value,
        "carrier": fulfillment.carrier,
        "tracking_number": fulfillment.tracking_number,
        "url": fulfillment.url,
        "note": fulfillment.note,
    }

    def plan(change: Change, to: OrderStatus) -> None:
        change.fulfillment = fulfillment
        change.event(EventKind.COMPLETED, by, told, to=to)

    return await act(shop, Command.COMPLETE, order_id, by, told, key, plan)


async def add_note(shop: Shop, order_id: str, by: Actor, text: str, key: str | None) -> Order:
    check_text(text, "text", empty=False)

    def plan(change: Change, to: OrderStatus) -> None:
        note = Note(id=new_id("note", change.now), author=by, text=text, written_at=change.at)
        change.note(note)
        change.event(EventKind.NOTE_ADDED, by, {"note": note.id})

    return await act(shop, Command.ADD_NOTE, order_id, by, {"text": text}, key, plan)


async def refund(shop: Shop, order_id: str, by: Actor, amount: Money | None, reason: str, key: str | None) -> Order:
    check_text(reason, "reason")
    if amount is not None:
        check_type(amount, Money, "amount", "Money or None")
        if amount.minor_units <= 0:
            raise ValidationError("amount must be above zero")

    def plan(change: Change, to: OrderStatus) -> PaymentAttempt:
        order = change.order
        left = left_to_refund(order)
        if amount is not None and amount > left:
            raise ValidationError(f"amount must be at most {left}, which is what is left to refund of order {order.id}")
        begun = change.begin(Purpose.REFUND, amount or left, by, target=order.transaction_id)
        data = {"amount": str(begun.amount), "number": str(begun.number), "reason": reason}
        change.event(EventKind.REFUND_BEGUN, by, data)
        return begun

    told = {"amount": None if amount is None else str(amount), "reason": reason}
    return await act(shop, Command.REFUND, order_id, by, told, key, plan)


_OUTCOMES: Final = {Approved: "approved", Declined: "declined", type(None): "absent"}


async def resolve_payment(
    shop: Shop,
    order_id: str,
    by: Actor,
    payment: str,
    outcome: Approved | Declined | None,
    evidence: str,
    key: str | None,
) -> Order:
    check_id(payment, "key")
    check_text(evidence, "evidence", empty=False)
    if type(outcome) not in _OUTCOMES:
        raise ValidationError("outcome must be Approved, Declined or None (it never happened)")
    said = _OUTCOMES[type(outcome)]

    def plan(change: Change, to: OrderStatus) -> None:
        attempt = attempt_of(change.order, payment)
        if attempt is None or attempt.state is not AttemptState.REVIEW:
            raise ValidationError(f"key must be that of a payment of order {order_id} that is in review")
        change.event(EventKind.PAYMENT_RESOLVED, by, {**which(attempt), "outcome": said, "evidence": evidence})
        conclude(change, attempt, outcome or Absent(), shop.policy)
        change.close_review(payment)

    told: dict[str, str | int | None] = {"key": payment, "outcome": said, "evidence": evidence}
    if isinstance(outcome, Approved | Declined):
        told["transaction_id"] = outcome.transaction_id
    if isinstance(outcome, Declined):
        told |= {"code": outcome.code, "message": outcome.message}
    return await act(shop, Command.RESOLVE_PAYMENT, order_id, by, told, key, plan)
