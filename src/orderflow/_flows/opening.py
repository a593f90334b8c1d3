"""Opening a shop: what a host has plugged in is checked once, so that no order finds out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from .._drive import is_async
from ..clock import SystemClock
from ..errors import ValidationError
from ..fields import LONGEST_DURATION
from ..free_text import check_id
from ..ids import new_id as made_id
from ..message import Channel
from ..policy import Policy
from .checks import check_type
from .shop import Shop

__all__ = ["CLOCK_METHODS", "NOTIFIER_METHODS", "PAYMENT_METHODS", "STORAGE_METHODS", "open_shop", "several"]

STORAGE_METHODS: Final = (
    "load",
    "commit",
    "find_command",
    "find",
    "counts",
    "claim_due",
    "claim_messages",
    "record_deliveries",
    "messages",
    "inbox",
    "mark_read",
)
PAYMENT_METHODS: Final = ("authorize", "charge", "void", "refund", "find")
NOTIFIER_METHODS: Final = ("send",)
CLOCK_METHODS: Final = ("now",)

# What is plugged in may be of any class: a port is a Protocol, and a host's mistake can be anything at all.
_Port = Any


def several(notifier: _Port) -> tuple[_Port, ...]:
    """The notifiers, given as one, several or None."""
    if notifier is None:
        return ()
    return tuple(notifier) if isinstance(notifier, (list, tuple)) else (notifier,)


def open_shop(
    *,
    storage: _Port,
    payments: _Port,
    notifiers: Sequence[_Port],
    clock: _Port,
    policy: _Port,
    handlers: _Port,
    texts: _Port,
    order_url: _Port,
    new_id: _Port,
    deliver: _Port,
) -> Shop:
    """A shop of ports whose methods have been looked at.

    Raises:
        ValidationError: If something is not what it must be.
    """
    _check_gateway(payments)
    check_type(policy, Policy, "policy", "a Policy")
    for function, name in ((texts, "texts"), (order_url, "order_url"), (new_id, "new_id")):
        if function is not None and not callable(function):
            raise ValidationError(f"{name} must be a function or None, not {type(function).__name__}")
    if deliver not in ("inline", "deferred"):
        raise ValidationError("deliver must be 'inline' or 'deferred'")
    clock = clock if clock is not None else SystemClock()
    if is_async(clock, CLOCK_METHODS):
        raise ValidationError(f"{type(clock).__name__} is async: a clock is sync")
    shop = Shop(
        storage=storage,
        payments=payments,
        notifiers=_by_channel(notifiers),
        clock=clock,
        policy=policy,
        handlers=_checked_handlers(handlers),
        texts=texts,
        order_url=order_url,
        new_id=new_id if new_id is not None else _order_ids(clock),
        delivers_inline=deliver == "inline",
    )
    shop.now()  # a clock that is no clock is found out here
    return shop


def _order_ids(clock: _Port) -> Callable[[], str]:
    return lambda: made_id("ord", clock.now())


def _check_gateway(payments: _Port) -> None:
    for name in ("idempotency_window", "longest_call"):
        length = getattr(payments, name, None)
        if not isinstance(length, timedelta) or not timedelta(0) <= length <= LONGEST_DURATION:
            rule = f"a timedelta from 0 to {LONGEST_DURATION.days} days"
            raise ValidationError(f"{type(payments).__name__}.{name} must be {rule}")
    if not isinstance(getattr(payments, "conclusive_lookup", None), bool):
        raise ValidationError(f"{type(payments).__name__}.conclusive_lookup must be True or False")


def _by_channel(notifiers: Sequence[_Port]) -> dict[Channel, _Port]:
    served: dict[Channel, _Port] = {}
    for notifier in notifiers:
        channels = getattr(notifier, "channels", None)
        if not isinstance(channels, frozenset) or not channels <= {Channel.EMAIL, Channel.WEBHOOK}:
            raise ValidationError("a notifier's channels must be a frozenset of Channel.EMAIL, Channel.WEBHOOK")
        for channel in channels:
            if channel in served:
                raise ValidationError(f"two notifiers serve {channel}: one must")
            served[channel] = notifier
    return served


def _checked_handlers(handlers: _Port) -> dict[str, Any]:
    if handlers is None:
        return {}
    if not isinstance(handlers, Mapping):
        raise ValidationError(f"handlers must be a mapping of names to functions, not {type(handlers).__name__}")
    for name, function in handlers.items():
        check_id(name, "a handler's name")
        if name in set(Channel):
            raise ValidationError(f"a handler must not be named {name}, which is a channel")
        if not callable(function):
            raise ValidationError(f"a handler must be a function, not {type(function).__name__}")
    return dict(handlers)
