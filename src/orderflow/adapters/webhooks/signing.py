"""Signatures by Standard Webhooks: HMAC-SHA256 over the id, the time of the try, and the body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from ...errors import ValidationError

__all__ = ["ID", "SIGNATURE", "TIMESTAMP", "keys_of", "signature", "signed_headers"]

ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"

_PREFIX: Final = "whsec_"
_SHORTEST_KEY: Final = 24
_LONGEST_KEY: Final = 64
_MOST_KEYS: Final = 10
_RULE: Final = f"a webhook secret must be {_PREFIX!r} and {_SHORTEST_KEY} to {_LONGEST_KEY} bytes in base64"


def keys_of(secret: object) -> list[bytes]:
    """The keys that one secret or several hold.

    Raises:
        ValidationError: If one is malformed, too short or too long, or if there is none, or more than ten.
    """
    secrets = [secret] if isinstance(secret, str) else secret
    if not isinstance(secrets, Sequence) or isinstance(secrets, bytes) or not 0 < len(secrets) <= _MOST_KEYS:
        raise ValidationError(f"there must be one webhook secret, or up to {_MOST_KEYS} in a list")
    return [_key(one) for one in secrets]


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> bytes:
    """The bare signature of one webhook under one key."""
    return hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)


def signed_headers(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers, with one signature a key."""
    signatures = [base64.b64encode(signature(key, message_id, timestamp, body)).decode() for key in keys]
    return {
        ID: message_id,
        TIMESTAMP: str(timestamp),
        SIGNATURE: " ".join(f"v1,{one}" for one in signatures),
    }


def _key(secret: object) -> bytes:
    if not isinstance(secret, str) or not secret.startswith(_PREFIX):
        raise ValidationError(_RULE)
    text = secret.removeprefix(_PREFIX)
    if "=" not in text:  # some generators leave the padding out
        text += "=" * (-len(text) % 4)
    try:
        key = base64.b64decode(text, validate=True) if len(text) % 4 == 0 else b""
    except (binascii.Error, ValueError):
        key = b""
    if not _SHORTEST_KEY <= len(key) <= _LONGEST_KEY:
        raise ValidationError(_RULE)
    return key
