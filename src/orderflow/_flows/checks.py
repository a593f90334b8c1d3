"""What a service's methods may be called with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from ..errors import ValidationError
from ..free_text import check_id
from ..message import MESSAGE_ID_LENGTH
from ..people import Actor

__all__ = ["check_actor", "check_flag", "check_message_ids", "check_limit", "check_type"]

T = TypeVar("T")

_MOST_IDS = 10_000


def check_actor(by: object) -> None:
    """An actor says who acts."""
    check_type(by, Actor, "by", "an Actor, such as Actor.customer('m-42')")


def check_type(value: object, kind: type[T] | tuple[type[T], ...], name: str, rule: str) -> None:
    """Check the type of an argument.

    Raises:
        ValidationError: With the argument's name, and what it must be.
    """
    if not isinstance(value, kind):
        raise ValidationError(f"{name} must be {rule}, not {type(value).__name__}")


def check_flag(value: object, name: str) -> None:
    """True or False."""
    check_type(value, bool, name, "True or False")


def check_limit(limit: object, most: int) -> None:
    """A number of rows."""
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= most:
        raise ValidationError(f"limit must be a whole number from 1 to {most}")


def check_message_ids(ids: object, name: str) -> Sequence[str]:
    """Several ids of messages; one alone, as a str, is a mistake."""
    if isinstance(ids, (str, bytes)) or not isinstance(ids, Sequence):
        raise ValidationError(f"{name} must be a list or a tuple of ids, not {type(ids).__name__}")
    if len(ids) > _MOST_IDS:
        raise ValidationError(f"{name} must have at most {_MOST_IDS} ids, not {len(ids)}")
    for one in ids:
        check_id(one, f"an id of {name}", longest=MESSAGE_ID_LENGTH)
    return ids
