"""Where a store's webhooks go, and what they are signed with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import attrs

from ...fields import ident
from .signing import keys_of

__all__ = ["Endpoint"]

_LONGEST_URL: Final = 2_000


def _check_secret(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
    keys_of(value)


def _copied(value: str | Sequence[str]) -> str | Sequence[str]:
    return tuple(value) if isinstance(value, list) else value


@attrs.frozen
class Endpoint:
    """Where a store's webhooks go.

    The URL is looked at when a webhook is sent, as what it leads to may change: see `WebhookNotifier`.

    Attributes:
        url: An `https` URL.
        secret: `whsec_` and 24 to 64 bytes in base64. Several, while receivers change from one to the next: each
            webhook is then signed with all of them.
    """

    url: str = attrs.field(validator=ident(_LONGEST_URL), repr=False)
    secret: str | Sequence[str] = attrs.field(converter=_copied, validator=_check_secret, repr=False)
