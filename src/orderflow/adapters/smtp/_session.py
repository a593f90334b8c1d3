"""One conversation with an SMTP server, within a time and a length that no server can stretch."""

from __future__ import annotations

import contextlib
import io
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Sequence
from typing import Any, Final

from typing_extensions import Buffer

__all__ = ["Refused", "Session"]

_LONGEST_TALK: Final = 65_536
_PIECE: Final = 16_384
_MOST_ADDRESSES: Final = 4
_ENHANCED: Final = re.compile(rb"[245]\.([0-9]{1,3})\.([0-9]{1,3})(?![0-9])")
_READY: Final = 220


class Refused(Exception):
    """The server said no; of its words only the codes are kept.

    Attributes:
        code: The SMTP code.
        subject: The second number of the enhanced code, if there is one: 1 is the address, 2 the mailbox, 7 a policy.
        detail: The third one.
    """

    def __init__(self, code: int, words: bytes) -> None:
        found = _ENHANCED.match(words)
        self.code = code
        self.subject = int(found[1]) if found else None
        self.detail = int(found[2]) if found else None
        super().__init__(code, self.subject, self.detail)


class Session(smtplib.SMTP):
    """A client that gives up after so many seconds in all, where `smtplib` waits anew for each piece.

    Args:
        seconds: How long everything may take, from the connection on.
        name: What to say in EHLO; None is this machine's name. It is looked up nowhere.
    """

    def __init__(self, seconds: float, name: str | None = None) -> None:
        super().__init__(local_hostname=name or _own_name(), timeout=seconds)
        self._ends = time.monotonic() + seconds
        self._heard = 0

    def start(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        """Connect, over TLS if there is a context, and hear the greeting."""
        self.sock = self._connected(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        if context is not None:
            self._secure(host, context)
        self.agreed(_READY, *self.getreply())
        self.ehlo_or_helo_if_needed()

    def start_tls(self, host: str, context: ssl.SSLContext) -> None:
        """Change to TLS, or fail: nothing goes on in clear. What was heard before is forgotten."""
        self.agreed(_READY, *self.docmd("STARTTLS"))
        self._secure(host, context)
        self.file = None
        self.helo_resp, self.ehlo_resp, self.does_esmtp, self.esmtp_features = None, None, False, {}
        self.ehlo_or_helo_if_needed()

    def agreed(self, wanted: int, code: int, words: bytes) -> None:
        """Go on if the code is of the wanted kind.

        Raises:
            Refused: If it is not.
        """
        if code // 100 != wanted // 100:
            raise Refused(code, words)

    def getreply(self) -> tuple[int, bytes]:
        """See `smtplib.SMTP.getreply`."""
        if self.file is None:
            self.file = io.BufferedReader(_Hearing(self), _PIECE)
        reply = super().getreply()
        self.connection().settimeout(self._left())  # a handshake may follow
        return reply

    def send(self, s: Buffer | str) -> None:
        """See `smtplib.SMTP.send`."""
        content = s.encode(self.command_encoding) if isinstance(s, str) else s
        rest = memoryview(content)
        while rest:
            connection = self.connection()
            connection.settimeout(self._left())
            rest = rest[connection.send(rest[:_PIECE]) :]

    def connection(self) -> socket.socket:
        """The socket, plain or over TLS: there is one until the session ends."""
        assert self.sock is not None
        return self.sock

    def hear(self, buffer: Buffer) -> int:
        """Read what is there, if there is time, and if not too much was said already."""
        connection = self.connection()
        connection.settimeout(self._left())
        count = connection.recv_into(buffer)
        self._heard += count
        if self._heard > _LONGEST_TALK:
            raise smtplib.SMTPServerDisconnected
        return count

    def _connected(self, found: Sequence[tuple[Any, ...]]) -> socket.socket:
        """A connection to one of the addresses; each but the last gets its share of the time."""
        tried = [address[:2] for *_, address in found[:_MOST_ADDRESSES]]
        for left in range(len(tried), 1, -1):
            with contextlib.suppress(OSError):
                return socket.create_connection(tried[-left], timeout=self._left() / left)
        return socket.create_connection(tried[-1], timeout=self._left())

    def _secure(self, host: str, context: ssl.SSLContext) -> None:
        plain = self.connection()
        plain.settimeout(self._left())
        self.sock = context.wrap_socket(plain, server_hostname=host)

    def _left(self) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _Hearing(io.RawIOBase):
    """What `smtplib` reads lines from."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        return self._session.hear(buffer)


def _own_name() -> str:
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"
