"""A mail server's name may have several addresses, and nobody may be at some of them."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from orderflow import Channel
from orderflow.adapters.smtp import SMTPNotifier
from orderflow.ports import TryLater
from orderflow.testing.contracts.letters import message_maker

MESSAGE = message_maker("studio-7")(Channel.EMAIL)
NamesOf = Callable[..., None]


def notifier_to(port: int, timeout: float) -> SMTPNotifier:
    return SMTPNotifier("mail.example", port, "orders@shop.example", lambda _: None, timeout=timeout)


@pytest.fixture
def leads_to(monkeypatch: pytest.MonkeyPatch) -> NamesOf:
    """Says where `mail.example` leads, in place of the system's resolver."""
    system = socket.getaddrinfo

    def say(*addresses: str) -> None:
        def resolve(host: str, port: int, *args: Any, **options: Any) -> list[Any]:
            if host != "mail.example":
                return list(system(host, port, *args, **options))
            return [found for one in addresses for found in system(one, port, type=socket.SOCK_STREAM)]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)

    return say


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """Nobody is anywhere: the addresses that were tried, and for how long."""
    tried: list[tuple[str, float]] = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        tried.append((address[0], timeout))
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", connect)
    return tried


def test_the_next_address_is_tried_if_nobody_is_at_the_first(server: Any, leads_to: NamesOf) -> None:
    leads_to("127.0.0.2", "127.0.0.1")
    notifier_to(server.port, 10).send(MESSAGE)
    assert len(server.mails) == 1


def test_many_silent_addresses_share_the_time(leads_to: NamesOf, silent: list[tuple[str, float]]) -> None:
    leads_to("127.0.0.2", "127.0.0.3", "127.0.0.4")
    with pytest.raises(TryLater, match="no connection"):
        notifier_to(25, 60).send(MESSAGE)
    assert [address for address, _ in silent] == ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
    assert all(given <= share for (_, given), share in zip(silent, (20, 30, 60), strict=True))


def test_addresses_without_end_are_not_all_tried(leads_to: NamesOf, silent: list[tuple[str, float]]) -> None:
    leads_to(*(f"127.0.0.{number}" for number in range(2, 12)))
    with pytest.raises(TryLater):
        notifier_to(25, 60).send(MESSAGE)
    assert [address for address, _ in silent] == ["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"]


def test_a_name_that_leads_nowhere_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: Any, **__: Any) -> Any:
        raise socket.gaierror("canary")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(TryLater) as raised:
        notifier_to(25, 60).send(MESSAGE)
    assert (raised.value.code, raised.value.__context__) == ("no connection", None)
