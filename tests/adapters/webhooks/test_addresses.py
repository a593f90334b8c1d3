"""Which addresses a webhook may go to: the public internet, and nothing else in any disguise."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow.adapters.webhooks.addresses import is_public

PRIVATE_V4 = (
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
PRIVATE_V6 = (
    "::/128",
    "::1/128",
    "::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
)
PUBLIC = (
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:200::1",
    "2003::1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "64:ff9b::808:808",
    "::ffff:8.8.8.8",
    "2a00::5efe:808:808",
)


def a_private_v4() -> st.SearchStrategy[IPv4Address]:
    return st.sampled_from([IPv4Network(one) for one in PRIVATE_V4]).flatmap(
        lambda network: st.integers(0, network.num_addresses - 1).map(lambda at: network[at])
    )


#: Every way in which IPv6 carries an IPv4 address.
EMBEDDINGS = {
    "mapped": lambda v4, _: 0xFFFF << 32 | v4,
    "translated": lambda v4, _: 0xFFFF << 48 | v4,
    "compatible": lambda v4, _: v4,
    "nat64": lambda v4, _: 0x64FF9B << 96 | v4,
    "local nat64": lambda v4, more: (0x64FF9B0001 << 80) | (more & 0xFFFF_FFFF) << 32 | v4,
    "6to4": lambda v4, more: 0x2002 << 112 | v4 << 80 | more & (1 << 80) - 1,
    "teredo client": lambda v4, more: 0x20010000 << 96 | more & (1 << 96) - 1 << 32 & (1 << 96) - 1 | v4 ^ 0xFFFF_FFFF,
    "teredo server": lambda v4, more: 0x20010000 << 96 | v4 << 64 | more & (1 << 64) - 1,
    "isatap": lambda v4, more: (0x2A00 << 112) | (more & 0xFFFF) << 64 | 0x5EFE << 32 | v4,
    "isatap, global": lambda v4, more: (0x2A00 << 112) | (more & 0xFFFF) << 64 | 0x0200_5EFE << 32 | v4,
}


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("network", PRIVATE_V4)
def test_no_address_of_a_special_range_is_public(network: str) -> None:
    addresses = IPv4Network(network)
    assert not is_public(str(addresses[0]))
    assert not is_public(str(addresses[-1]))


@pytest.mark.parametrize("network", PRIVATE_V6)
def test_no_address_of_a_special_range_of_ipv6_is_public(network: str) -> None:
    addresses = IPv6Network(network)
    assert not is_public(str(addresses[0]))
    assert not is_public(str(addresses[-1]))


@pytest.mark.parametrize("how", EMBEDDINGS)
@given(v4=a_private_v4(), more=st.integers(0, (1 << 128) - 1))
def test_no_embedding_makes_a_private_address_public(how: str, v4: IPv4Address, more: int) -> None:
    address = IPv6Address(EMBEDDINGS[how](int(v4), more))
    assert not is_public(str(address))
    assert not is_public(address.exploded)


@given(st.integers(0, (1 << 128) - 1))
def test_what_python_knows_as_private_is_not_public(number: int) -> None:
    for address in (IPv6Address(number), IPv4Address(number & 0xFFFF_FFFF)):
        assert not (is_public(str(address)) and (address.is_private or address.is_multicast or address.is_reserved))


@pytest.mark.parametrize(
    "text",
    ["", "localhost", "1.2.3", "127.1", "0x7f.0.0.1", "0177.0.0.1", "2130706433", "1.2.3.4.5", "fe80::1%eth0", "[::1]"],
)
def test_what_is_no_address_is_not_public(text: str) -> None:
    assert not is_public(text)
