"""What a field of a value may hold: converters that copy what is mutable, validators that name what is wrong.

Error messages name the class, the field, the rule and the type that came, never the value.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, ItemsView, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Final, TypeVar, cast

import attrs

from .errors import ValidationError
from .free_text import ID_LENGTH, NAME_LENGTH, TEXT_LENGTH, check_id, check_line, check_text, is_plain
from .frozen import FrozenMapping

__all__ = [
    "LONGEST_DURATION",
    "Validator",
    "as_mapping",
    "as_member",
    "as_tuple",
    "as_utc",
    "as_utc_or_none",
    "boolean",
    "duration",
    "each",
    "ident",
    "instance",
    "line",
    "member",
    "moment",
    "optional",
    "pairs",
    "plain_pairs",
    "text",
    "whole",
]

# attrs hands a validator the instance, the attribute and the value, whatever their types: Any is its contract.
Validator = Callable[[Any, "attrs.Attribute[Any]", Any], None]
M = TypeVar("M", bound=enum.StrEnum)

#: A hundred years: whatever is added to a moment stays within the calendar.
LONGEST_DURATION: Final = timedelta(days=36_500)


def _name(owner: object, attribute: attrs.Attribute[Any]) -> str:
    return f"{type(owner).__name__}.{attribute.name}"


def _refuse(owner: object, attribute: attrs.Attribute[Any], rule: str, value: object) -> ValidationError:
    return ValidationError(f"{_name(owner, attribute)} must be {rule}, not {type(value).__name__}")


def line(longest: int = NAME_LENGTH, *, empty: bool = False, cards: bool = True) -> Validator:
    """One line of text that people write."""

    def check(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if not is_plain(value, longest, empty=empty, cards=cards):
            check_line(value, _name(owner, attribute), longest=longest, empty=empty, cards=cards)

    return check


def text(longest: int = TEXT_LENGTH, *, empty: bool = True, cards: bool = True) -> Validator:
    """A text in one line or several."""

    def check(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if not is_plain(value, longest, empty=empty, cards=cards):
            check_text(value, _name(owner, attribute), longest=longest, empty=empty, cards=cards)

    return check


def ident(longest: int = ID_LENGTH, *, empty: bool = False) -> Validator:
    """An id, a key or a number that machines made."""

    def check(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if not is_plain(value, longest, empty=empty, cards=False):
            check_id(value, _name(owner, attribute), longest=longest, empty=empty)

    return check


def whole(least: int, most: int) -> Validator:
    """A whole number in a range; a bool is none."""

    def check(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise _refuse(owner, attribute, f"a whole number from {least} to {most}", value)
        if not least <= value <= most:
            raise ValidationError(f"{_name(owner, attribute)} must be from {least} to {most}")

    return check


def boolean(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """True or False."""
    if value is not True and value is not False:
        raise _refuse(owner, attribute, "True or False", value)


def moment(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """An aware datetime; `as_utc` has made it UTC."""
    if not isinstance(value, datetime):
        raise _refuse(owner, attribute, "a datetime", value)
    if value.tzinfo is not timezone.utc:
        raise ValidationError(
            f"{_name(owner, attribute)} must be an aware datetime that can be told in UTC, not a naive one"
        )


def duration(least: timedelta, *, above: bool = False) -> Validator:
    """A timedelta of at least `least`, or above it."""
    rule = f"a timedelta of {'more than' if above else 'at least'} {least}"

    def check(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, timedelta):
            raise _refuse(owner, attribute, rule, value)
        if value < least or (above and value == least) or value > LONGEST_DURATION:
            raise ValidationError(f"{_name(owner, attribute)} must be {rule} and at most {LONGEST_DURATION.days} days")

    return check


def instance(kind: type) -> Validator:
    """A value of one class."""

    def check(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, kind):
            raise _refuse(owner, attribute, f"of type {kind.__name__}", value)

    return check


def member(kind: type[enum.StrEnum]) -> Validator:
    """A member of an enumeration; `as_member` has taken its text for it."""
    rule = "one of " + ", ".join(repr(str(one)) for one in kind)

    def check(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, kind):
            raise ValidationError(f"{_name(owner, attribute)} must be {rule}")

    return check


def optional(inner: Validator) -> Validator:
    """None, or what another validator takes."""

    def check(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if value is not None:
            inner(owner, attribute, value)

    return check


def each(inner: Validator, *, least: int = 0, most: int | None = None) -> Validator:
    """A tuple of which another validator takes each."""

    def check(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, tuple):
            raise _refuse(owner, attribute, "a list or a tuple", value)
        if len(value) < least:
            raise ValidationError(f"{_name(owner, attribute)} must have at least {least}")
        if most is not None and len(value) > most:
            raise ValidationError(f"{_name(owner, attribute)} must have at most {most}, not {len(value)}")
        for one in value:
            inner(owner, attribute, one)

    return check


def pairs(*, most: int, longest: int) -> Validator:
    """A mapping of labels to texts that people write: `as_mapping` has copied it."""

    def check(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
        name = _name(owner, attribute)
        for key, entry in _entries(owner, attribute, value, most):
            check_line(key, f"a key of {name}", longest=ID_LENGTH)
            check_text(entry, f"a value of {name}", longest=longest)

    return check


def plain_pairs(*, most: int, longest: int) -> Validator:
    """A mapping of keys to texts that machines made, where long numbers belong."""

    def check(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
        name = _name(owner, attribute)
        for key, entry in _entries(owner, attribute, value, most):
            check_id(key, f"a key of {name}")
            check_text(entry, f"a value of {name}", longest=longest, cards=False)

    return check


def _entries(owner: object, attribute: attrs.Attribute[Any], value: object, most: int) -> ItemsView[str, object]:
    if not isinstance(value, FrozenMapping):
        raise _refuse(owner, attribute, "a mapping of text to text", value)
    if len(value) > most:
        raise ValidationError(f"{_name(owner, attribute)} must have at most {most} entries, not {len(value)}")
    return value.items()


def as_tuple(value: Sequence[object]) -> tuple[Any, ...]:
    """A list becomes a tuple; what is neither is left for the validator to refuse."""
    return tuple(value) if isinstance(value, list) else cast("tuple[Any, ...]", value)


def as_mapping(value: Mapping[str, str]) -> Mapping[str, str]:
    """A mapping is copied; what is none is left for the validator to refuse."""
    return FrozenMapping(value) if isinstance(value, Mapping) and not isinstance(value, FrozenMapping) else value


def as_utc(value: datetime) -> datetime:
    """An aware datetime is told in UTC; all else is left for the validator to refuse."""
    if not isinstance(value, datetime) or value.tzinfo is timezone.utc:
        return value
    try:
        return value if value.utcoffset() is None else value.astimezone(timezone.utc)
    except Exception:  # a host's zone may fail, or carry the first and the last day out of the calendar
        return value


def as_utc_or_none(value: datetime | None) -> datetime | None:
    """`as_utc`, or None."""
    return None if value is None else as_utc(value)


def as_member(kind: type[M], value: M | str) -> M:
    """The text of a member becomes the member; all else is left for the validator to refuse."""
    if isinstance(value, str) and not isinstance(value, kind):
        return cast("M", kind._value2member_map_.get(value, value))
    return value
