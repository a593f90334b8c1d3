"""A small mail server on 127.0.0.1 that keeps what it gets, and refuses when it is told to.

Run it by itself, and it prints its address and each e-mail: `python examples/standins/mail_server.py`. Needs aiosmtpd.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


@dataclass(frozen=True)
class Mail:
    """One e-mail as it arrived.

    Attributes:
        sender: Where the envelope says that it comes from.
        recipients: Where the envelope sends it.
        raw: All of it.
        user: Who was logged in; empty if nobody was.
        tls: Whether it came over TLS.
    """

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    user: str
    tls: bool

    @property
    def parsed(self) -> EmailMessage:
        """The e-mail, read."""
        parsed = BytesParser(policy=policy.default).parsebytes(self.raw)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def id(self) -> str:
        """What the Message-ID says before its domain."""
        return str(self.parsed["Message-ID"]).strip("<>").rpartition("@")[0]

    @property
    def subject(self) -> str:
        """The subject, decoded."""
        return str(self.parsed["Subject"])

    @property
    def body(self) -> str:
        """The plain text."""
        return self._part("plain")

    @property
    def html(self) -> str:
        """The HTML alternative."""
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.parsed.get_body((kind,))
        assert part is not None
        return str(part.get_content())


class MailServer:
    """Keeps mails, and answers as it is told.

    Args:
        user: The login that it asks for; None asks for none.
        password: Its password.
        tls: Offers STARTTLS with this certificate.
        immediate_tls: Begins with TLS, with this certificate.
        seen: Called with each mail.

    Attributes:
        mails: What arrived.
        refusals: What to answer to a recipient in place of 250, by address.
        answers: What to answer to `EHLO`, `MAIL` or `DATA`, by its name; for `EHLO` the connection is dropped.
    """

    def __init__(
        self,
        *,
        user: str | None = None,
        password: str = "",
        tls: ssl.SSLContext | None = None,
        immediate_tls: ssl.SSLContext | None = None,
        seen: Callable[[Mail], None] | None = None,
    ) -> None:
        self.mails: list[Mail] = []
        self.refusals: dict[str, str] = {}
        self.answers: dict[str, str] = {}
        self._login = (user, password)
        self._seen = seen
        self._begins_with_tls = immediate_tls is not None
        self._controller = _OnAnyPort(
            self,
            hostname="127.0.0.1",
            port=0,
            ssl_context=immediate_tls,
            tls_context=tls,
            require_starttls=tls is not None,
            auth_required=user is not None,
            auth_require_tls=tls is not None,
            authenticator=self._authenticate if user is not None else None,
            enable_SMTPUTF8=True,
            ident="stand-in",
        )

    def __enter__(self) -> MailServer:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def port(self) -> int:
        """The port, chosen by the system."""
        return self._controller.port

    @contextmanager
    def down(self) -> Iterator[None]:
        """Meanwhile nothing is taken, for now."""
        self.answers["MAIL"] = "451 later"
        yield
        del self.answers["MAIL"]

    async def handle_MAIL(self, _: Any, __: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        """Take a sender."""
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, ___: Any) -> str:  # noqa: N802
        """Take a recipient, or refuse it."""
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a mail."""
        if "DATA" in self.answers:
            return self.answers["DATA"]
        user = session.auth_data.decode() if session.auth_data else ""
        tls = self._begins_with_tls or session.ssl is not None
        mail = Mail(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content, user, tls)
        self.mails.append(mail)
        if self._seen is not None:
            self._seen(mail)
        return "250 OK"

    def _authenticate(self, _: Any, __: Any, ___: Any, ____: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        if (data.login.decode(), data.password.decode()) != self._login:
            return AuthResult(success=False, handled=False)
        return AuthResult(success=True, auth_data=data.login)


class _OnAnyPort(Controller):
    """A controller that knows which port the system chose."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    with MailServer(seen=lambda mail: print(mail.recipients, mail.subject, mail.body, sep="\n")) as server:
        print(f"127.0.0.1:{server.port}")
        threading.Event().wait()
