"""Ids: new ones, which nobody can guess, and derived ones, which are the same in every try."""

from __future__ import annotations

import base64
import hashlib
import os
from datetime import datetime, timedelta, timezone
from typing import Final

from .attempt import Purpose

__all__ = ["message_id", "new_id", "order_of", "payment_key", "unique"]

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, in small letters: sorts as its numbers do
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MILLISECOND: Final = timedelta(milliseconds=1)
_TIME_BITS: Final = 48
_CHANCE_BITS: Final = 80


def new_id(prefix: str, now: datetime) -> str:
    """A new id: the prefix, the time in milliseconds (so that ids sort by age), and 80 bits of chance."""
    time = max(0, (now - _EPOCH) // _MILLISECOND) & ((1 << _TIME_BITS) - 1)
    chance = int.from_bytes(os.urandom(_CHANCE_BITS // 8))
    return f"{prefix}_{_base32(time, 10)}{_base32(chance, 16)}"


def unique() -> str:
    """128 bits of chance, for claims and commits."""
    return os.urandom(16).hex()


def payment_key(order_id: str, purpose: Purpose, number: int) -> str:
    """The idempotency key of a payment attempt: the same whoever sends it, however often; it tells nothing."""
    return f"of1_{_derived('payment', order_id, purpose.value, str(number))}"


def message_id(order_id: str, seq: int, recipient: str, route: str) -> str:
    """The id of what is owed: the same in every try. It begins with the order's, for `order_of`."""
    return f"{order_id}.{_derived('message', order_id, str(seq), recipient, route)[:24]}"


def order_of(message_id: str) -> str:
    """The order that a message tells of."""
    return message_id.rpartition(".")[0]


def _derived(*parts: str) -> str:
    # No part can hold a line feed (ids refuse control characters), so that no two lists of parts read alike.
    digest = hashlib.sha256("\n".join(parts).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:40]


def _base32(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
