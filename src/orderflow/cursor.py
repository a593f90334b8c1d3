"""Cursors: where the next page begins, as text that means nothing to whoever carries it."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Final

from .errors import ValidationError

__all__ = ["cursor_of", "parts_of"]

_LARGEST: Final = 2**63


def cursor_of(*parts: str | int) -> str:
    """A cursor that holds these parts."""
    return base64.urlsafe_b64encode(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).decode()


def parts_of(cursor: str, kinds: Sequence[type], name: str) -> tuple[str | int, ...]:
    """The parts that a cursor holds.

    Args:
        cursor: What `cursor_of` made, if nobody has changed it.
        kinds: Their types.
        name: What to call the cursor in the error.

    Raises:
        ValidationError: If it holds anything else.
    """
    try:
        parts = json.loads(base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        parts = None
    if not isinstance(parts, list) or [type(part) for part in parts] != list(kinds) or not all(map(_fits, parts)):
        raise ValidationError(f"{name} must be a cursor as a page gave it: it is broken")
    return tuple(parts)


def _fits(part: str | int) -> bool:
    """Whether a database can compare it."""
    if isinstance(part, int):
        return -_LARGEST <= part < _LARGEST
    return not any("\ud800" <= character <= "\udfff" or character == "\0" for character in part)
