"""A receiver of our own over real HTTP, receivers that misbehave, and the notifier over them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from orderflow.adapters.webhooks import Endpoint, WebhookNotifier
from standins.webhook_receiver import WebhookReceiver

#: What a raw receiver does with a connection once it has read the request.
Doing = Callable[[socket.socket], None]


@pytest.fixture
def make_receiver() -> Iterator[Callable[..., Any]]:
    """Starts a receiver; it ends with the test."""
    running: list[Any] = []

    def make(**options: Any) -> Any:
        running.append(WebhookReceiver(**options).__enter__())
        return running[-1]

    yield make
    for receiver in running:
        receiver.__exit__()


@pytest.fixture
def receiver(make_receiver: Callable[..., Any]) -> Any:
    return make_receiver()


@pytest.fixture
def notifier(receiver: Any) -> WebhookNotifier:
    endpoint = Endpoint(receiver.url, receiver.secret)
    return WebhookNotifier(lambda _: endpoint, allow_private=True, timeout=10)


@pytest.fixture
def raw_port() -> Iterator[Callable[[Doing], int]]:
    """Starts a server that reads a request and then does what it is told with the connection."""
    listening: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def serve(listener: socket.socket, doing: Doing) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    connection.settimeout(5)
                    connection.recv(65_536)
                    doing(connection)

    def start(doing: Doing) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listening.append(listener)
        threads.append(threading.Thread(target=serve, args=(listener, doing), daemon=True))
        threads[-1].start()
        return int(listener.getsockname()[1])

    yield start
    for listener in listening:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
    for thread in threads:
        thread.join(timeout=10)
