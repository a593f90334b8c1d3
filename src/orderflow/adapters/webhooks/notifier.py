"""Webhooks to the systems of merchants: signed, over HTTPS, to the public internet alone."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Collection
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import quote

from ...clock import SystemClock
from ...errors import ValidationError
from ...message import Channel, Message
from ...ports import Clock, TryLater, Undeliverable
from .addresses import is_public
from .endpoint import Endpoint
from .signing import keys_of, signed_headers
from .target import Target, target_of
from .wire import Broken, Deadline, Resolve, post, resolved, system_resolver

__all__ = ["WebhookNotifier"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LONGEST_PAUSE: Final = timedelta(hours=24)
_SECONDS: Final = re.compile(r"[0-9]{1,9}")
_PORTS: Final = (443, 8443)
_GONE: Final = 410
_SAFE: Final = "!#$&'*+-.^_`|~:/=@"


class WebhookNotifier:
    """Sends webhooks: one request a try, signed by Standard Webhooks, with the body as it was stored.

    Only an answer with a 2xx status counts as delivered. Redirects are not followed, no proxy of the environment is
    used, and the body of an answer is not read. The name is resolved once a try, every address must be public, and the
    connection goes to one of those very addresses, whatever the name means a moment later.

    What can be mended is raised as `TryLater`, with the pause that a receiver asked for (`Retry-After`), and with a
    code that holds nothing of what the other side said: `"HTTP 500"`, or what was missing: `"no address"`,
    `"not public"`, `"no connection"`, `"no TLS"`, `"no answer"`, `"too slow"`. `Undeliverable` are a store without an
    endpoint, a URL that can never be allowed, and an answer with status 410.

    Args:
        endpoint: From a store's id to where its webhooks go; None if it wants none.
        allow_private: Takes `http`, every port, and addresses that are not public. For tests, and for receivers in a
            network of your own.
        timeout: The seconds that a try may last, with all that belongs to it.
        ports: The ports that a URL may have.
        ssl_context: How certificates are checked; None as the system does.
        resolve: From a host and a port to its IP addresses; None asks the system.
        clock: The time of a try, in its signature; None is the system's.

    Raises:
        ValidationError: If `timeout` is not above zero.
    """

    channels: frozenset[Channel] = frozenset({Channel.WEBHOOK})

    def __init__(
        self,
        endpoint: Callable[[str], Endpoint | None],
        *,
        allow_private: bool = False,
        timeout: float = 15.0,
        ports: Collection[int] = _PORTS,
        ssl_context: ssl.SSLContext | None = None,
        resolve: Resolve | None = None,
        clock: Clock | None = None,
    ) -> None:
        if not timeout > 0:
            raise ValidationError("timeout must be a number of seconds above zero")
        self._endpoint = endpoint
        self._allow_private = allow_private
        self._timeout = timeout
        self._ports = frozenset(ports)
        self._context = ssl_context or ssl.create_default_context()
        self._resolve = resolve or system_resolver
        self._clock = clock or SystemClock()

    def send(self, message: Message) -> None:
        """See `orderflow.ports.Notifier.send`.

        Raises:
            Undeliverable: If the store has no endpoint, its URL can never be allowed, or the receiver is gone (410).
            TryLater: If it may work later.
        """
        endpoint = self._endpoint(message.store_id)
        if endpoint is None:
            raise Undeliverable("the store has no endpoint", code="no endpoint")
        trouble: Exception
        try:
            self._post(endpoint, message)
            return
        except ValidationError as error:
            trouble = Undeliverable(str(error), code="forbidden URL")
        except Broken as error:
            trouble = TryLater(error.code)
        raise trouble

    def _post(self, endpoint: Endpoint, message: Message) -> None:
        deadline = Deadline(self._timeout)
        target = target_of(endpoint.url, ports=self._ports, allow_private=self._allow_private)
        addresses = self._addresses(target, deadline)
        now = self._clock.now()
        body = message.body.encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "orderflow",
            **signed_headers(keys_of(endpoint.secret), _header_of(message.id), (now - _EPOCH) // _SECOND, body),
        }
        answer = post(target, addresses, headers, body, deadline, self._context)
        if answer.status == _GONE:
            raise Undeliverable(code=f"HTTP {_GONE}")
        if not 200 <= answer.status < 300:
            raise TryLater(f"HTTP {answer.status}", _pause(answer.retry_after, now))

    def _addresses(self, target: Target, deadline: Deadline) -> list[str]:
        """Where the name leads, looked at once: each address must be public, as each may be the one connected to."""
        addresses = resolved(self._resolve, target, deadline)
        if not self._allow_private and not all(is_public(address) for address in addresses):
            raise Broken("not public")
        return addresses


_SECOND: Final = timedelta(seconds=1)


def _header_of(message_id: str) -> str:
    """The id as a header can bear it: one of plain letters, digits and marks is itself."""
    return quote(message_id, safe=_SAFE)


def _pause(retry_after: str, now: datetime) -> timedelta | None:
    """What the receiver asked for, in seconds or as a date; None if it is not to be understood."""
    if _SECONDS.fullmatch(retry_after):
        return min(timedelta(seconds=int(retry_after)), _LONGEST_PAUSE)
    try:
        until = parsedate_to_datetime(retry_after)
        pause = until.replace(tzinfo=until.tzinfo or timezone.utc) - now
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(pause, timedelta(0)), _LONGEST_PAUSE)
