"""A service's ports and policy together: what every flow is given."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Final, TypeAlias, TypeVar

import attrs

from ..errors import OrderflowError, ValidationError
from ..event import Event
from ..fields import as_utc
from ..message import Audience, Channel
from ..order import Order
from ..policy import Policy
from ..ports import AsyncNotifier, AsyncPaymentGateway, AsyncStorage, Clock, Notifier, PaymentGateway, Storage

__all__ = ["LOG", "Handler", "OrderUrl", "Shop", "Texts"]

T = TypeVar("T")

# Deadlines and pauses lie up to some hundred years ahead, and must be within the calendar.
_LAST_YEAR: Final = 9000

#: Ids, codes and the names of exception types only.
LOG: Final = logging.getLogger("orderflow")

Handler: TypeAlias = Callable[[Event, Order], object]
Texts: TypeAlias = Callable[[Event, Order, Audience, str], "tuple[str, str] | None"]
OrderUrl: TypeAlias = Callable[[Order, Audience], str]


@attrs.frozen(eq=False, kw_only=True)
class Shop:
    """The ports and the policy of one service."""

    storage: Storage | AsyncStorage
    payments: PaymentGateway | AsyncPaymentGateway
    notifiers: Mapping[Channel, Notifier | AsyncNotifier]
    clock: Clock
    policy: Policy
    handlers: Mapping[str, Handler]
    texts: Texts | None
    order_url: OrderUrl | None
    new_id: Callable[[], str]
    delivers_inline: bool

    def now(self) -> datetime:
        """Now, in UTC.

        Raises:
            OrderflowError: If the host's clock fails, or tells no aware datetime.
        """
        told = as_utc(_called(self.clock.now, "the clock"))
        if not isinstance(told, datetime) or told.tzinfo is not timezone.utc or told.year > _LAST_YEAR:
            raise ValidationError(f"the clock's now() must give an aware datetime, in the year {_LAST_YEAR} or before")
        return told

    def new_order_id(self) -> str:
        """An id for a new order.

        Raises:
            OrderflowError: If the host's function fails.
        """
        return _called(self.new_id, "new_id")

    @property
    def claim(self) -> timedelta:
        """How long a sender has an attempt to itself."""
        return max(self.policy.lease, self.payments.longest_call)

    @property
    def latest_arrival(self) -> timedelta:
        """How long after its claim a send may still reach the gateway: it may begin late, and last."""
        return max(self.claim, self.latest_start + self.payments.longest_call)

    @property
    def latest_start(self) -> timedelta:
        """How long after its claim a sender may still begin: what it began to do may be another's by then."""
        return self.policy.lease / 2

    @property
    def owed_channels(self) -> frozenset[Channel]:
        """The channels on which messages are owed, whoever delivers them."""
        if self.policy.channels is not None:
            return self.policy.channels
        return frozenset(self.notifiers) | {Channel.IN_APP}

    @property
    def owed_handlers(self) -> tuple[str, ...]:
        """The names of the handlers to which events are owed, whoever runs them."""
        return self.policy.handlers if self.policy.handlers is not None else tuple(self.handlers)

    @property
    def routes(self) -> frozenset[str]:
        """What this service can deliver."""
        return frozenset(channel.value for channel in self.notifiers) | frozenset(self.handlers)


def _called(function: Callable[[], T], name: str) -> T:
    """What a host's function gives; what it raises crosses our surface as an error of ours."""
    try:
        return function()
    except Exception as error:
        problem = type(error).__name__
    raise OrderflowError(f"{name} failed ({problem})")
