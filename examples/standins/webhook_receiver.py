"""A small receiver of webhooks on 127.0.0.1: it checks signatures, keeps what is signed, and refuses when told to.

Run it by itself, and it prints its address, its secret, and each webhook:
`python examples/standins/webhook_receiver.py`.
"""

from __future__ import annotations

import base64
import os
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from orderflow import ValidationError
from orderflow.adapters.webhooks import verify


@dataclass(frozen=True)
class Hook:
    """One webhook as it arrived.

    Attributes:
        id: What to know it again by.
        subject: None; e-mails have one.
        body: What was posted.
        path: Where it was posted to.
        headers: Its headers, by their names in small letters.
        told: What its body says.
    """

    id: str
    subject: str
    body: str
    path: str
    headers: dict[str, str]
    told: dict[str, object]


class WebhookReceiver:
    """Keeps the webhooks that are signed, and answers as it is told.

    Args:
        secret: What the webhooks are signed with; None makes one.
        tls: The certificate to serve `https` with; None serves `http`.
        seen: Called with each webhook.

    Attributes:
        secret: The secret.
        hooks: What arrived and was signed.
        forged: How many were not signed.
        requests: How many came at all.
        answers: Status and headers to answer the next requests with, in place of keeping them.
        always: Status and headers to answer every request with; None keeps them.
    """

    def __init__(
        self,
        secret: str | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        seen: Callable[[Hook], None] | None = None,
    ) -> None:
        self.secret = secret or "whsec_" + base64.b64encode(os.urandom(32)).decode()
        self.hooks: list[Hook] = []
        self.forged = 0
        self.requests = 0
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.always: tuple[int, dict[str, str]] | None = None
        self._seen = seen
        self._lock = threading.Lock()
        self._scheme = "https" if tls else "http"
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> WebhookReceiver:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        """The port, chosen by the system."""
        return self._server.server_address[1]

    @property
    def url(self) -> str:
        """Where to post to."""
        return f"{self._scheme}://127.0.0.1:{self.port}/hooks"

    @contextmanager
    def down(self) -> Iterator[None]:
        """Meanwhile nothing is taken, for now."""
        self.always = (503, {})
        yield
        self.always = None

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        """Answer one request."""
        with self._lock:
            self.requests += 1
            if self.always is not None:
                return self.always
            if self.answers:
                return self.answers.pop(0)
            try:
                told = verify(body, headers, self.secret)
            except ValidationError:
                self.forged += 1
                return 401, {}
            names = {name.lower(): value for name, value in headers.items()}
            hook = Hook(names["webhook-id"], "", body.decode(), path, names, told)
            self.hooks.append(hook)
        if self._seen is not None:
            self._seen(hook)
        return 204, {}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that hangs up is no news."""


def _handler_of(receiver: WebhookReceiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers = receiver.answer(self.path, dict(self.headers.items()), body)
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


if __name__ == "__main__":
    with WebhookReceiver(seen=lambda hook: print(hook.id, hook.body, sep="\n")) as server:
        print(server.url, server.secret)
        threading.Event().wait()
