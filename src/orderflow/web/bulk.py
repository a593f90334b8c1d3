"""One decision on many orders: asked once more, and then told order by order."""

from __future__ import annotations

import hashlib
from typing import Final

from starlette.responses import Response

from ..errors import OrderflowError, ValidationError
from ..order import Order
from .refusal import Refusal, refusal_of
from .showing import status_of
from .visit import Visit

__all__ = ["act_on_many"]

_ACTIONS: Final = ("accept", "decline")
_MOST: Final = 200


async def act_on_many(visit: Visit) -> Response:
    """Ask whether it is meant; then give each order its command, one after the other, whatever becomes of the rest."""
    action, order_ids = visit.form.one("action"), list(dict.fromkeys(visit.form.all("id")))
    if not visit.is_staff:
        raise Refusal(403, "error_not_permitted")
    if action not in _ACTIONS:
        raise ValidationError(f"action must be one of {', '.join(_ACTIONS)}")
    if len(order_ids) > _MOST:
        raise ValidationError(f"at most {_MOST} orders at once")
    if not order_ids:
        raise Refusal(400, "bulk_nothing")
    if not visit.form.one("key"):
        return await visit.html("bulk_confirm.html", action=action, order_ids=order_ids)
    results = [(order_id, await _result(visit, action, order_id)) for order_id in order_ids]
    return await visit.html("bulk_results.html", results=results)


async def _result(visit: Visit, action: str, order_id: str) -> str:
    """What became of one, in words."""
    key = hashlib.sha256(f"{visit.form.one('key')} {order_id}".encode()).hexdigest()
    try:
        order: Order = await visit.ask(action, order_id, idempotency_key=key)
    except OrderflowError as error:
        refusal = refusal_of(error)
        return " ".join(filter(None, (visit.site.text(refusal.text), refusal.detail)))
    return visit.site.text("bulk_done", status=visit.site.text(status_of(order.status, order.reason)))
