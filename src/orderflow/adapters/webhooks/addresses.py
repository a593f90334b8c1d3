"""Which IP addresses a webhook may go to: those of the public internet, and no other in any disguise.

The ranges stand here rather than in `ipaddress.is_global`, whose answers differ from one version of Python to the next.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

__all__ = ["is_public"]

# IANA's registry of special-purpose IPv4 addresses, with multicast and what is reserved.
_NOT_PUBLIC_V4: Final = tuple(
    IPv4Network(one)
    for one in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# All that is public in IPv6 begins with the bits 001.
_PUBLIC_V6: Final = IPv6Network("2000::/3")
# Within it: protocol assignments (Teredo among them), examples, 6to4.
_NOT_PUBLIC_V6: Final = tuple(IPv6Network(one) for one in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
# An IPv4 address in the last 32 bits, which is what counts: NAT64, and the mapped form.
_V4_INSIDE: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("::ffff:0:0/96"))
_ISATAP: Final = (0x0000_5EFE, 0x0200_5EFE)
_32_BITS: Final = 0xFFFF_FFFF


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet; what is no address is not."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return _is_public_v4(ip) if isinstance(ip, IPv4Address) else _is_public_v6(ip)


def _is_public_v4(ip: IPv4Address) -> bool:
    return not any(ip in network for network in _NOT_PUBLIC_V4)


def _is_public_v6(ip: IPv6Address) -> bool:
    inner = IPv4Address(int(ip) & _32_BITS)
    if any(ip in network for network in _V4_INSIDE):
        return _is_public_v4(inner)
    if int(ip) >> 32 & _32_BITS in _ISATAP and not _is_public_v4(inner):
        return False
    return ip in _PUBLIC_V6 and not any(ip in network for network in _NOT_PUBLIC_V6)
