"""What a shop decides once, for all its orders. Services that share a store share a policy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final, cast

import attrs

from .errors import ValidationError
from .fields import as_member, as_tuple, duration, each, ident, instance, member, optional
from .message import Channel
from .money import Money

__all__ = ["Policy"]

_MOMENT: Final = timedelta(0)
# Ten tries over 75 h 35 min 5 s: the schedule that Standard Webhooks recommends ("Retry schedule").
_DELIVERY_PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)


def _check_verification(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
    optional(instance(Money))(owner, attribute, value)
    if isinstance(value, Money) and value.minor_units < 0:
        raise ValidationError("Policy.verification_amount must not be below zero")


def _as_durations(value: Sequence[timedelta]) -> tuple[timedelta, ...]:
    return as_tuple(value)


def _as_names(value: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if value is None else as_tuple(value)


def _as_channels(value: Iterable[Channel] | None) -> frozenset[Channel] | None:
    if isinstance(value, (list, tuple, set, frozenset)):
        members = [as_member(Channel, one) for one in value]
        return frozenset(members) if all(isinstance(one, Channel) for one in members) else cast("Any", members)
    return cast("frozenset[Channel] | None", value)


def _check_channels(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
    if not isinstance(value, frozenset):
        raise ValidationError("Policy.channels must be a set of channels: in_app, email, webhook")
    for channel in value:
        member(Channel)(owner, attribute, channel)


@attrs.frozen(kw_only=True)
class Policy:
    """How a shop sells.

    Attributes:
        verification_amount: What is authorized on the card at submit and voided at once. Zero asks the gateway for a
            zero authorization; None skips the verification.
        payment_window: How long a customer has to pay after the first declined charge.
        reminders: How long before the end of that time the customer is reminded.
        channels: The channels on which messages are owed; None: those that this service's notifiers serve, and in-app.
            Name them where several services share a store, or one without notifiers owes less than the others.
        handlers: The names of the handlers to which events are owed; None for this service's. The same holds.
        lease: For how long a worker holds what it works on. It keeps work moving and carries no safety.
        delivery_pauses: The pauses between the tries of a delivery; one try more than there are pauses.
        grace: How long after the last send a payment that the gateway does not know may still arrive.
    """

    verification_amount: Money | None = attrs.field(default=Money("1.00", "USD"), validator=_check_verification)
    payment_window: timedelta = attrs.field(default=timedelta(days=7), validator=duration(_MOMENT, above=True))
    reminders: tuple[timedelta, ...] = attrs.field(
        default=(timedelta(days=1),), converter=_as_durations, validator=each(duration(_MOMENT, above=True), most=20)
    )
    channels: frozenset[Channel] | None = attrs.field(
        default=None, converter=_as_channels, validator=optional(_check_channels)
    )
    handlers: tuple[str, ...] | None = attrs.field(default=None, converter=_as_names, validator=optional(each(ident())))
    lease: timedelta = attrs.field(default=timedelta(minutes=2), validator=duration(_MOMENT, above=True))
    delivery_pauses: tuple[timedelta, ...] = attrs.field(
        default=_DELIVERY_PAUSES, converter=_as_durations, validator=each(duration(_MOMENT), most=100)
    )
    grace: timedelta = attrs.field(default=timedelta(minutes=10), validator=duration(_MOMENT))

    def __attrs_post_init__(self) -> None:
        names = self.handlers or ()
        if len(set(names)) != len(names) or set(names) & set(Channel):
            raise ValidationError("Policy.handlers must be different names, and none of in_app, email, webhook")
        if any(before >= self.payment_window for before in self.reminders):
            raise ValidationError("Policy.reminders must be shorter than Policy.payment_window")
