"""What a URL says: where to connect, by what name, over what. What can never be allowed is refused here."""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

import attrs

from ...errors import ValidationError
from .addresses import is_public

__all__ = ["Target", "target_of"]

_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LONGEST_NAME: Final = 253
_FEWEST_LABELS: Final = 2
# Names that lead inside, whatever a resolver says of them.
_INSIDE: Final = frozenset(
    {"localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "arpa", "onion"}
)
_REFUSED: Final = re.compile(r"[\x00-\x20\x7f\\]")


@attrs.frozen
class Target:
    """Where a webhook goes.

    Attributes:
        host: The name or the IP address, in ASCII, without brackets and without a dot at its end.
        port: The port.
        path: Path and query, in ASCII.
        tls: Whether it goes over TLS.
        is_ip: Whether the host is an IP address.
    """

    host: str
    port: int
    path: str = attrs.field(repr=False)
    tls: bool
    is_ip: bool

    @property
    def authority(self) -> str:
        """What the header `Host` says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


def target_of(url: str, *, ports: Collection[int], allow_private: bool) -> Target:
    """What a URL says.

    Raises:
        ValidationError: If no webhook may ever go there. It tells the rule, and nothing of the URL.
    """
    parts, port = _split(url)
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise ValidationError("a webhook's URL must begin with https://")
    if "@" in parts.netloc:
        raise ValidationError("a webhook's URL must hold no user name and no password")
    host = _host(parts)
    is_ip = _is_ip(host)
    if not is_ip:
        _check_name(host, allow_private=allow_private)
    elif not allow_private and not is_public(host):
        raise ValidationError("a webhook's URL must not lead to an address that is not public")
    port = _DEFAULT_PORTS[parts.scheme] if port is None else port
    if port not in ports and not allow_private:
        raise ValidationError(f"a webhook's URL must have one of these ports: {', '.join(map(str, sorted(ports)))}")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=-._~")
    query = "?" + quote(parts.query, safe="/?%:@!$&'()*+,;=-._~") if parts.query else ""
    return Target(host, port, path + query, parts.scheme == "https", is_ip)


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # brackets that do not match, a port that is no number
        parts, port = SplitResult("", "", "", "", ""), None
    if _REFUSED.search(url) or not parts.hostname or port == 0:
        raise ValidationError("a webhook's URL must be a whole URL such as 'https://shop.example/hooks'")
    return parts, port


def _host(parts: SplitResult) -> str:
    """The host in ASCII: other scripts by IDNA, which also knows their dots and their digits."""
    host = (parts.hostname or "").lower()
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        host = ""
    return host.lower().removesuffix(".")


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _check_name(host: str, *, allow_private: bool) -> None:
    labels = host.split(".")
    if len(host) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValidationError("a webhook's URL must name its host by a domain name or an IP address")
    if _NUMBER.fullmatch(labels[-1]):  # resolvers read 127.1, 0x7f000001 and 2130706433 as addresses
        raise ValidationError("a webhook's URL must tell an IP address in four decimal numbers, or in brackets")
    if not allow_private and (len(labels) < _FEWEST_LABELS or labels[-1] in _INSIDE):
        raise ValidationError("a webhook's URL must not lead to a name that is not public")
