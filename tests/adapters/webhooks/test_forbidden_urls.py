"""Where webhooks never go, whatever a URL looks like and whatever a name leads to."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import Channel, ValidationError
from orderflow.adapters.webhooks import Endpoint, WebhookNotifier
from orderflow.ports import TryLater, Undeliverable
from orderflow.testing.contracts.letters import message_maker

SECRET = "whsec_" + "QUJD" * 10
PUBLIC = "93.184.216.34"
NEVER = (
    # another scheme, or none
    "http://hooks.example/",
    "ftp://hooks.example/",
    "file:///etc/passwd",
    "gopher://hooks.example/",
    "hooks.example/path",
    "//hooks.example/",
    "https:hooks.example",
    "https://",
    "https:///path",
    "javascript:alert(1)",
    # names and passwords, and what looks like them
    "https://user@hooks.example/",
    "https://user:pass@hooks.example/",
    "https://hooks.example@127.0.0.1/",
    "https://127.0.0.1#@hooks.example/",
    "https://127.0.0.1\\@hooks.example/",
    "https://@hooks.example/",
    # other ports
    "https://hooks.example:22/",
    "https://hooks.example:80/",
    "https://hooks.example:8080/",
    "https://hooks.example:0/",
    "https://hooks.example:65536/",
    "https://hooks.example:-443/",
    "https://hooks.example:x/",
    # IPv4, in all its ways
    "https://127.0.0.1/",
    "https://127.0.0.1:443/",
    "https://127.0.0.1./",
    "https://127.1/",
    "https://127.0.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0x7f.1/",
    "https://0X7F.0x0.0x0.0X1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.0.0.0x1/",
    "https://1.2.3.4.5/",
    "https://256.256.256.256/",
    "https://10.0.0.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    # IPv6
    "https://[::]/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[2002:7f00:1::1]/",
    "https://[2001:0:7f00:1::1]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fd00::1]/",
    "https://[ff02::1]/",
    "https://[::1/",
    "https://[hooks.example]/",
    # names that lead inside
    "https://localhost/",
    "https://localhost./",
    "https://LOCALHOST/",
    "https://shop.localhost/",
    "https://printer.local/",
    "https://metadata.google.internal/",
    "https://db/",
    "https://1.0.0.127.in-addr.arpa/",
    # other scripts
    "https://127\u30020\u30020\u30021/",
    "https://127\uff0e0\uff0e0\uff0e1/",
    "https://\uff11\uff12\uff17.0.0.1/",
    "https://\u2460\u2461\u2466.0.0.1/",
    "https://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3/",
    "https://loc\u00adalhost/",
    # what is no name
    "https://hooks..example/",
    "https://.hooks.example/",
    "https://-hooks.example/",
    "https://hooks.example-/",
    "https://hooks_.exa mple/",
    "https://hooks.example\t/",
    "https://hoo%6bs.example/",
    "https://hooks.example,internal.example/",
    f"https://{'a' * 64}.example/",
    f"https://{'a.' * 127}example/",
    f"https://{chr(0xE9) * 64}.example/",
)


def message() -> Any:
    return message_maker("studio-7")(Channel.WEBHOOK)


class Connections:
    """What was connected to, in place of connecting."""

    def __init__(self) -> None:
        self.to: list[tuple[str, int]] = []

    def __call__(self, address: tuple[str, int], timeout: float) -> socket.socket:
        self.to.append(address)
        raise ConnectionRefusedError


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Connections:
    connections = Connections()
    monkeypatch.setattr(socket, "create_connection", connections)
    return connections


def notifier_to(url: str, resolve: Callable[[str, int], Sequence[str]], **options: Any) -> WebhookNotifier:
    return WebhookNotifier(lambda _: Endpoint(url, SECRET), resolve=resolve, timeout=5, **options)


@pytest.mark.parametrize("number", range(len(NEVER)))
def test_a_url_that_can_never_be_allowed_is_undeliverable_and_never_looked_up(
    connections: Connections, number: int
) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return [PUBLIC]

    url = NEVER[number]
    with pytest.raises((Undeliverable, ValidationError)) as raised:  # with some control characters it is no endpoint
        notifier_to(url, resolve).send(message())
    assert "hooks.example" not in str(raised.value)
    assert (asked, connections.to) == ([], [])


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://hooks.example/", "hooks.example", 443),
        ("HTTPS://Hooks.Example./", "hooks.example", 443),
        ("https://hooks.example:8443/x?y#z", "hooks.example", 8443),
        ("https://b\u00fccher.example/", "xn--bcher-kva.example", 443),
        ("https://hooks_1.example/", "hooks_1.example", 443),
    ],
)
def test_a_public_name_is_looked_up_once_and_connected_to_by_its_address(
    connections: Connections, url: str, host: str, port: int
) -> None:
    asked: list[tuple[str, int]] = []

    def resolve(*what: Any) -> list[str]:
        asked.append(what)
        return [PUBLIC] if len(asked) == 1 else ["127.0.0.1"]  # what a rebinding server says

    with pytest.raises(TryLater) as raised:
        notifier_to(url, resolve).send(message())
    assert raised.value.code == "no connection"
    assert asked == [(host, port)]
    assert connections.to == [(PUBLIC, port)]


@pytest.mark.parametrize("url", [f"https://{PUBLIC}/", "https://[2606:4700:4700::1111]/"])
def test_a_public_address_needs_no_resolver(connections: Connections, url: str) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise AssertionError

    with pytest.raises(TryLater):
        notifier_to(url, resolve).send(message())
    assert len(connections.to) == 1


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.1", PUBLIC],
        [PUBLIC, "::1"],
        [PUBLIC, "::ffff:10.0.0.1"],
        [PUBLIC] * 9 + ["169.254.169.254"],
        ["fe80::1%eth0"],
        ["garbage"],
    ],
    ids=str,
)
def test_a_name_that_leads_inside_by_any_of_its_addresses_is_tried_again_and_not_connected_to(
    connections: Connections, addresses: list[str]
) -> None:
    with pytest.raises(TryLater) as raised:
        notifier_to("https://hooks.example/", lambda *_: addresses).send(message())
    assert raised.value.code == "not public"
    assert connections.to == []


def test_a_name_without_an_address_is_tried_again(connections: Connections) -> None:
    with pytest.raises(TryLater) as raised:
        notifier_to("https://hooks.example/", lambda *_: []).send(message())
    assert raised.value.code == "no address"
    assert connections.to == []


def test_a_resolver_that_fails_is_tried_again(connections: Connections) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(f"no {host}")

    with pytest.raises(TryLater) as raised:
        notifier_to("https://hooks.example/", resolve).send(message())
    assert raised.value.code == "no address"
    assert raised.value.__context__ is None
    assert connections.to == []


def test_every_address_has_its_turn_but_not_without_end(connections: Connections) -> None:
    addresses = [f"93.184.216.{number}" for number in range(1, 9)]
    with pytest.raises(TryLater):
        notifier_to("https://hooks.example/", lambda *_: addresses).send(message())
    assert [host for host, _ in connections.to] == addresses[:4]


def test_ports_can_be_chosen(connections: Connections) -> None:
    with pytest.raises(TryLater):
        notifier_to("https://hooks.example:9000/", lambda *_: [PUBLIC], ports=[9000]).send(message())
    with pytest.raises(Undeliverable):
        notifier_to("https://hooks.example/", lambda *_: [PUBLIC], ports=[9000]).send(message())
    assert connections.to == [(PUBLIC, 9000)]


@given(
    st.text(st.characters(codec="utf-8"), max_size=60), st.sampled_from(["", "https://", "https://[", "https://a.b"])
)
def test_no_url_makes_anything_but_a_typed_error(text: str, prefix: str) -> None:
    def resolve(host: str, port: int) -> list[str]:
        return []

    try:
        notifier = notifier_to(prefix + text, resolve)
        endpoint = notifier._endpoint("studio-7")
    except ValueError:
        return
    assert endpoint is not None
    with pytest.raises((Undeliverable, TryLater)):
        notifier.send(message())
