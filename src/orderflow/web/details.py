"""The details page of an order, for its customer and for its shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response

from ..attempt import AttemptState
from ..command import Command
from ..message import Channel, MessageState
from ..order import Order, left_to_refund
from ..people import Role
from .showing import reason_of, what_happened, who
from .visit import Visit

__all__ = ["DONE", "show_order"]

#: What a page may say that has been done, of what its address claims.
DONE: Final = (
    "accept",
    "declined_card",
    "in_progress",
    "decline",
    "cancel",
    "retry_payment",
    "complete",
    "refund",
    "add_note",
    "resolve_payment",
    "redeliver",
)
#: The actions with a form on this page, in this order; each role's own.
_FORMS: Final = (
    Command.ACCEPT,
    Command.DECLINE,
    Command.RETRY_PAYMENT,
    Command.CANCEL,
    Command.COMPLETE,
    Command.REFUND,
    Command.RESOLVE_PAYMENT,
)
_CUSTOMERS: Final = (Command.RETRY_PAYMENT, Command.CANCEL)


async def show_order(visit: Visit) -> Response:
    """Everything about one order that this actor may see."""
    order_id = visit.request.query_params.get("id", "")
    order: Order = await visit.ask("get", order_id)
    actions: Mapping[Command, str | None] = await visit.ask("available_actions", order_id)
    messages: Sequence[MessageState] = await visit.ask("messages", order_id)
    texts = visit.site.texts
    done = visit.request.query_params.get("done", "")
    return await visit.html(
        "order.html",
        order=order,
        reason=reason_of(order),
        events=[what_happened(event, texts) for event in order.timeline],
        notes=[{"by": who(note.author, texts), "at": note.written_at, "text": note.text} for note in order.notes],
        open_actions=[one for one in _own(visit) if one in actions and actions[one] is None],
        closed_actions=[(one, actions[one]) for one in _own(visit) if actions.get(one)],
        may_note=actions.get(Command.ADD_NOTE, "") is None,
        in_review=[one for one in order.attempts if one.state is AttemptState.REVIEW],
        refundable=left_to_refund(order),
        webhooks=[one for one in messages if one.route == Channel.WEBHOOK],
        messages=[_shown(one) for one in messages if one.message is not None and one.route != Channel.WEBHOOK],
        may_redeliver=visit.is_staff,
        may_use_new_card=visit.site.card_from is not None,
        done=done if done in DONE else "",
    )


def _own(visit: Visit) -> tuple[Command, ...]:
    """The actions that are this actor's side's: what the other side may do is nobody's business here."""
    if visit.actor.role is Role.CUSTOMER:
        return _CUSTOMERS
    return tuple(one for one in _FORMS if one not in _CUSTOMERS)


def _shown(state: MessageState) -> dict[str, Any]:
    message = state.message
    assert message is not None
    audience = f"role_{message.audience}"
    return {"state": state, "subject": message.subject, "audience": audience, "address": message.address}
