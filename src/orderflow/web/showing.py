"""How values look on a page: moments, amounts, what happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..event import Event, EventKind
from ..order import Order
from ..people import Actor
from ..status import OrderStatus

__all__ = ["environment", "left_of", "moment", "status_of", "what_happened", "who"]

#: What an event's data holds that its sentence does not, and that is worth a line of its own.
_SHOWN: Final = ("reason", "message", "carrier", "tracking_number", "url", "transaction_id", "evidence")
_REFUSED_CARD: Final = ("card_refused", "card_unverified")
_TIME: Final = Markup('<time datetime="{iso}" title="{utc}">{utc}</time>')

Texts = Mapping[str, str]


def environment(own_templates: Path | None) -> Environment:
    """Our templates, behind the host's: all is escaped, and what is not there is an error."""
    ours = PackageLoader("orderflow.web")
    loaders = [FileSystemLoader(own_templates), ours] if own_templates is not None else [ours]
    made = Environment(
        loader=ChoiceLoader(loaders), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["moment"] = moment
    return made


def moment(at: datetime) -> Markup:
    """A moment in UTC; the small script puts it into the viewer's zone, and leaves UTC in the title."""
    return _TIME.format(iso=at.strftime("%Y-%m-%dT%H:%M:%SZ"), utc=at.strftime("%Y-%m-%d %H:%M UTC"))


def left_of(until: datetime, now: datetime) -> str:
    """The time left, in the two largest units: `6 days 23 hours`."""
    minutes = max(until - now, timedelta(0)) // timedelta(minutes=1)
    days, hours = divmod(minutes // 60, 24)
    parts = [(days, "day"), (hours, "hour"), (minutes % 60, "minute")]
    shown = [(count, unit) for count, unit in parts if count][:2] or [(0, "minute")]
    return " ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in shown)


def status_of(status: OrderStatus, reason: str = "") -> str:
    """The key of a status: a card that was refused reads as that, not as the merchant's decision."""
    return "status_card_refused" if status == OrderStatus.DECLINED and reason in _REFUSED_CARD else f"status_{status}"


def who(actor: Actor, texts: Texts) -> str:
    """What to call whoever did something."""
    return actor.name or texts[f"role_{actor.role}"]


def what_happened(event: Event, texts: Texts) -> dict[str, Any]:
    """An event, as the timeline shows it."""
    key = f"event_{event.kind}"
    if event.kind is EventKind.ACCEPTED and "transaction_id" not in event.data:
        key = "event_accepted_free"
    return {
        "at": event.at,
        "kind": event.kind,
        "said": texts[key].format_map(_Filled(event.data)),
        "by": texts["by"].format(who=who(event.actor, texts)),
        "status": event.to_status,
        "details": [(name, event.data[name]) for name in _SHOWN if event.data.get(name)],
    }


def reason_of(order: Order) -> str:
    """Why it was declined or canceled, in a person's words; empty if a card was the reason."""
    return "" if order.reason in _REFUSED_CARD else order.reason


class _Filled(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "-"
