"""What a form on the details page does: one command each, under the form's own key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from starlette.responses import Response

from ..card import Card
from ..command import Command
from ..errors import ValidationError
from ..fulfillment import Fulfillment
from ..order import Order
from ..outcome import Approved, Declined
from ..status import OrderStatus
from .forms import Form, money_of
from .refusal import Refusal
from .visit import Visit

__all__ = ["ACTIONS", "act", "redeliver"]

Arguments = Mapping[str, Any]


async def act(visit: Visit, command: Command) -> Response:
    """Give the command, and show the order.

    The form's key makes it one command, however often the form is sent.
    """
    order_id = visit.form.one("id")
    arguments = await ACTIONS[command](visit)
    order: Order = await visit.ask(command.value, order_id, idempotency_key=_key(visit.form), **arguments)
    return visit.redirect(visit.to_order(order_id, _done(command, order)))


async def redeliver(visit: Visit) -> Response:
    """Deliver a message once more."""
    order_id = visit.form.one("id")
    await visit.ask("redeliver", visit.form.one("message"))
    return visit.redirect(visit.to_order(order_id, "redeliver"))


def _key(form: Form) -> str:
    key = form.one("key")
    if not key:
        raise ValidationError("key must be there: it makes a form that is sent twice one command")
    return key


def _done(command: Command, order: Order) -> str:
    """What has been done, which is not always what was asked."""
    if command in (Command.ACCEPT, Command.RETRY_PAYMENT) and order.status is not OrderStatus.ACCEPTED:
        return "in_progress" if order.payment_in_progress else "declined_card"
    return command.value


async def _nothing(_: Visit) -> Arguments:
    return {}


async def _reason(visit: Visit) -> Arguments:
    return {"reason": visit.form.one("reason")}


async def _note(visit: Visit) -> Arguments:
    return {"text": visit.form.one("text")}


async def _card(visit: Visit) -> Arguments:
    """The host's own card form, if there is one and it was used; else the same card."""
    card_from = visit.site.card_from
    if card_from is None or visit.form.one("card") != "new":
        return {}
    card: Card | None = card_from(visit.form.as_dict(), visit.request)
    if card is None:
        raise Refusal(400, "error_card")
    return {"card": card}


async def _fulfillment(visit: Visit) -> Arguments:
    form = visit.form
    match form.one("method"):
        case "shipped":
            return {"fulfillment": Fulfillment.shipped(form.one("carrier"), form.one("tracking_number"))}
        case "digital":
            return {"fulfillment": Fulfillment.digital(form.one("url"))}
        case "handed_over":
            return {"fulfillment": Fulfillment.handed_over(form.one("note"))}
        case _:
            raise ValidationError("method must be one of shipped, digital, handed_over")


async def _refund(visit: Visit) -> Arguments:
    order: Order = await visit.ask("get", visit.form.one("id"))
    amount = money_of(visit.form.one("amount"), order.total.currency, "amount")
    if amount is None:
        raise ValidationError("amount must be given")
    return {"amount": amount, "reason": visit.form.one("reason")}


async def _resolution(visit: Visit) -> Arguments:
    form = visit.form
    outcomes: dict[str, Callable[[], Approved | Declined | None]] = {
        "approved": lambda: Approved(form.one("transaction_id")),
        "declined": lambda: Declined("declined_at_the_gateway"),
        "absent": lambda: None,
    }
    if form.one("outcome") not in outcomes:
        raise ValidationError(f"outcome must be one of {', '.join(outcomes)}")
    outcome = outcomes[form.one("outcome")]()
    return {"key": form.one("attempt"), "outcome": outcome, "evidence": form.one("evidence")}


#: What each command takes from its form.
ACTIONS: Final[Mapping[Command, Callable[[Visit], Awaitable[Arguments]]]] = MappingProxyType(
    {
        Command.ACCEPT: _nothing,
        Command.DECLINE: _reason,
        Command.CANCEL: _reason,
        Command.RETRY_PAYMENT: _card,
        Command.COMPLETE: _fulfillment,
        Command.REFUND: _refund,
        Command.ADD_NOTE: _note,
        Command.RESOLVE_PAYMENT: _resolution,
    }
)
