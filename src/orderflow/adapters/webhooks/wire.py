"""One request over one connection, to an address that was checked, within a time that nothing can stretch.

There is no HTTP client here: a client would resolve the name once more, follow redirects, ask the environment for
proxies, and wait anew after each byte.
"""

from __future__ import annotations

import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

import attrs

from .target import Target

__all__ = ["Answer", "Broken", "Deadline", "Resolve", "post", "resolved", "system_resolver"]

#: From a host and a port to the IP addresses of the host, as text.
Resolve: TypeAlias = Callable[[str, int], Sequence[str]]

_LONGEST_ANSWER: Final = 65_536
_PIECE: Final = 16_384
_MOST_ADDRESSES: Final = 4
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?")
_INFORMATIONAL: Final = 200
_SWITCHING: Final = 101


class Broken(Exception):
    """There was no answer; the code says why not, and names nothing of the other side."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@attrs.frozen
class Answer:
    """What a receiver answered; its body is not read.

    Attributes:
        status: The HTTP status.
        retry_after: The header `Retry-After`, as it came.
    """

    status: int
    retry_after: str = attrs.field(repr=False)


class Deadline:
    """The time left for all that a try does."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, more than none.

        Raises:
            TimeoutError: If the time is over.
        """
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def system_resolver(host: str, port: int) -> list[str]:
    """Every address that this machine's resolver knows of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def resolved(resolve: Resolve, target: Target, deadline: Deadline) -> list[str]:
    """The addresses of a target's host; a resolver can't be interrupted, so that it is left behind if it is slow.

    Raises:
        Broken: If it has none, or the resolver failed, or took too long.
    """
    if target.is_ip:
        return [target.host]
    answers: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put([str(address) for address in resolve(target.host, target.port)])
        except Exception:
            answers.put([])

    threading.Thread(target=ask, name="orderflow-resolver", daemon=True).start()
    try:
        addresses = answers.get(timeout=deadline.left())
    except (queue.Empty, TimeoutError):
        addresses = []
    if not addresses:
        raise Broken("no address")
    return addresses


def post(
    target: Target,
    addresses: Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    deadline: Deadline,
    context: ssl.SSLContext,
) -> Answer:
    """Send one request to the first of these addresses that takes a connection, and read the head of its answer.

    Raises:
        Broken: If there is no answer that makes sense in time. The request may have arrived all the same.
    """
    code = "no connection"
    try:
        with _connected(target, addresses, deadline) as plain:
            code = "no TLS"
            with _secured(plain, target, deadline, context) as connection:
                code = "no answer"
                _send(connection, _request(target, headers, body), deadline)
                return _answer(connection, deadline)
    except TimeoutError:
        code = "too slow"
    except (OSError, ValueError):
        pass
    raise Broken(code)


def _connected(target: Target, addresses: Sequence[str], deadline: Deadline) -> socket.socket:
    """A connection to one of the addresses; each but the last gets its share of the time."""
    tried = addresses[:_MOST_ADDRESSES]
    for left in range(len(tried), 1, -1):
        try:
            return socket.create_connection((tried[-left], target.port), timeout=deadline.left() / (left + 1))
        except OSError:
            continue
    return socket.create_connection((tried[-1], target.port), timeout=deadline.left())


def _secured(plain: socket.socket, target: Target, deadline: Deadline, context: ssl.SSLContext) -> socket.socket:
    plain.settimeout(deadline.left())
    return context.wrap_socket(plain, server_hostname=target.host) if target.tls else plain


def _request(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [
        f"POST {target.path} HTTP/1.1",
        f"Host: {target.authority}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *[f"{name}: {value}" for name, value in headers.items()],
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _send(connection: socket.socket, request: bytes, deadline: Deadline) -> None:
    rest = memoryview(request)
    while rest:
        connection.settimeout(deadline.left())
        rest = rest[connection.send(rest[:_PIECE]) :]


def _answer(connection: socket.socket, deadline: Deadline) -> Answer:
    """The head of the answer, after those that only say that one is coming."""
    read, heard = b"", 0
    while True:
        head, end, rest = read.partition(b"\r\n\r\n")
        if end:
            answer = _parsed(head)
            if answer.status >= _INFORMATIONAL or answer.status == _SWITCHING:
                return answer
            read = rest
            continue
        connection.settimeout(deadline.left())
        piece = connection.recv(_PIECE)
        heard += len(piece)
        if not piece or heard > _LONGEST_ANSWER:
            raise ValueError("the answer is broken")
        read += piece


def _parsed(head: bytes) -> Answer:
    status, *lines = head.split(b"\r\n")
    found = _STATUS_LINE.fullmatch(status)
    if found is None:
        raise ValueError("the answer is no HTTP")
    fields = dict(line.split(b":", 1) for line in lines if b":" in line)
    named = {name.strip().lower(): value.strip() for name, value in fields.items()}
    return Answer(int(found[1]), named.get(b"retry-after", b"").decode("latin-1"))
