"""What a receiver does with a webhook before it believes a word of it."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Final

from ...clock import SystemClock
from ...errors import ValidationError
from .signing import ID, SIGNATURE, TIMESTAMP, keys_of, signature

__all__ = ["verify"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_SECONDS: Final = re.compile(r"[0-9]{1,11}")
_VERSION: Final = "v1,"
_MOST_SIGNATURES: Final = 100
_TOLERANCE: Final = timedelta(minutes=5)


def verify(
    payload: bytes,
    headers: Mapping[str, str],
    secret: str | Sequence[str],
    *,
    tolerance: timedelta = _TOLERANCE,
    now: datetime | None = None,
) -> dict[str, object]:
    """Check a webhook that was received, and read it.

    It may come twice: compare the header `webhook-id` with those that you have handled.

    Args:
        payload: The request's body, as it came.
        headers: The request's headers; their names in any case.
        secret: The endpoint's secret; several while it is being changed: one of them has to fit.
        tolerance: How far the time of sending may be from now, so that old requests can't be sent again by others.
        now: The time; None asks the system's clock.

    Returns:
        What the body holds: `{"type": ..., "timestamp": ..., "data": {...}}`.

    Raises:
        ValidationError: If anything is missing, malformed, too old, too new, or not signed with the secret.
    """
    keys = keys_of(secret)
    if not isinstance(payload, bytes):
        raise ValidationError(f"the payload must be the bytes of the body as they came, not {type(payload).__name__}")
    message_id, sent, signatures = (_header(headers, name) for name in (ID, TIMESTAMP, SIGNATURE))
    seconds = _seconds(sent)
    if abs((now or SystemClock().now()) - _EPOCH - timedelta(seconds=seconds)) > tolerance:
        raise ValidationError("the webhook was sent too long ago, or in the future")
    if not _fits(keys, message_id, seconds, payload, signatures):
        raise ValidationError("the webhook is not signed with the secret")
    return _read(payload)


def _header(headers: Mapping[str, str], name: str) -> str:
    values: list[object] = [value for key, value in headers.items() if str(key).lower() == name]
    value = values[0] if len(values) == 1 else None
    if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
        raise ValidationError(f"the header {name} is missing or malformed")
    return value


def _seconds(sent: str) -> int:
    if not _SECONDS.fullmatch(sent):
        raise ValidationError(f"the header {TIMESTAMP} is missing or malformed")
    return int(sent)


def _fits(keys: Sequence[bytes], message_id: str, seconds: int, payload: bytes, signatures: str) -> bool:
    """Whether any signature is that of any key; all are looked at, so that the time taken tells nothing."""
    wanted = [signature(key, message_id, seconds, payload) for key in keys]
    given = [_decoded(one) for one in signatures.split(" ")[:_MOST_SIGNATURES]]
    fitting = [hmac.compare_digest(one, other) for one in wanted for other in given]
    return any(fitting)


def _decoded(one: str) -> bytes:
    """The signature's bytes; none if it is malformed, or of another version, which is no reason to refuse the rest."""
    if not one.startswith(_VERSION):
        return b""
    try:
        return base64.b64decode(one.removeprefix(_VERSION), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _read(payload: bytes) -> dict[str, object]:
    try:
        read: object = json.loads(payload)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise ValidationError("the body is signed, and is no JSON object")
    return read
