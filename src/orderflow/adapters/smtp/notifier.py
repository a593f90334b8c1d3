"""E-mails to customers and merchants, one recipient each."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Callable
from email.utils import getaddresses
from typing import Final

from ...errors import ValidationError
from ...message import Audience, Channel, Message
from ...ports import TryLater, Undeliverable
from ._session import Refused, Session
from .letter import addressed, letter_of

__all__ = ["SMTPNotifier"]

# What bare codes say about the recipient or the message, and about neither the sender, the login nor the commands.
_FINAL_CODES: Final = frozenset({501, 550, 551, 552, 553, 554, 556})
_ADDRESS, _MAILBOX, _SYSTEM, _CONTENT = 1, 2, 3, 6
_OF_THE_SENDER: Final = (7, 8)
_TOO_BIG: Final = 4
_MAY_GO_IN_CLEAR: Final = ("localhost", "::1")
_PERMANENT: Final = range(500, 600)


class SMTPNotifier:
    """Sends e-mails by an SMTP server: plain text, and the same as simple HTML.

    Every try of a message has the same Message-ID. The customer's address is the message's; the merchant's is asked
    for in each try. What the server refuses for now, and what is no fault of the recipient's, is raised as
    `TryLater`, with a code that holds no word of the server's: `"SMTP 451"`, or what was missing: `"no connection"`,
    `"no TLS"`, `"no answer"`. `Undeliverable` are an address that is none, a recipient without one, and a permanent
    refusal of the recipient or the message.

    Args:
        host: The server.
        port: Its port.
        sender: The address that the e-mails come from, alone or as `Name <address>`. Its domain is the Message-ID's.
        merchant_address: From a store's id to its merchant's address; None if it has none.
        username: The login, if there is one.
        password: Its password. It goes over TLS, or to this machine, and nowhere else.
        starttls: Changes to TLS before anything is said, and fails if the server can't.
        tls: Begins with TLS, as port 465 does.
        ssl_context: How certificates are checked; None as the system does.
        timeout: The seconds that sending one e-mail may last, with all that belongs to it; only the look-up of the
            server's name takes what the system's resolver takes.

    Raises:
        ValidationError: If the sender is no address, `timeout` is not above zero, or the login would go in clear.
    """

    channels: frozenset[Channel] = frozenset({Channel.EMAIL})

    def __init__(
        self,
        host: str,
        port: int,
        sender: str,
        merchant_address: Callable[[str], str | None],
        username: str | None = None,
        password: str | None = None,
        *,
        starttls: bool = False,
        tls: bool = False,
        ssl_context: ssl.SSLContext | None = None,
        timeout: float = 30.0,
    ) -> None:
        if not timeout > 0:
            raise ValidationError("timeout must be a number of seconds above zero")
        if starttls and tls:
            raise ValidationError("tls begins with TLS and starttls changes to it: choose one")
        _check_login(username, password, safe=tls or starttls or host in _MAY_GO_IN_CLEAR or host.startswith("127."))
        self._host, self._port, self._timeout = host, port, timeout
        self._sender = _sender(sender)
        self._merchant_address = merchant_address
        self._login = (username, password or "") if username is not None else None
        self._starttls, self._tls = starttls, tls
        self._context = (ssl_context or ssl.create_default_context()) if starttls or tls else None

    def send(self, message: Message) -> None:
        """See `orderflow.ports.Notifier.send`.

        Raises:
            Undeliverable: If there is no address, or the server refused the recipient or the message for good.
            TryLater: If it may work later.
        """
        merchant = message.audience is Audience.MERCHANT
        address = self._merchant_address(message.store_id) if merchant else message.address
        known = addressed(address or "")
        if known is None:
            raise Undeliverable("there is no address that a server could take", code="no address")
        envelope, header = known
        trouble = self._post(envelope, letter_of(message, sender=self._sender, to=header))
        if trouble is not None:
            raise trouble

    def _post(self, recipient: str, letter: bytes) -> Exception | None:
        """Send it; what went wrong is given back, so that no foreign words hang on what is raised."""
        session = Session(self._timeout)
        code = "no connection"
        try:
            session.start(self._host, self._port, self._context if self._tls else None)
            if self._starttls and self._context is not None:
                code = "no TLS"
                session.start_tls(self._host, self._context)
            code = "no answer"
            self._say(session, recipient, letter)
            with contextlib.suppress(OSError, smtplib.SMTPException):  # it has been taken, whatever follows
                session.quit()
            return None
        except _ForGoodError as error:
            return Undeliverable(code=f"SMTP {error.code}")
        except Refused as error:
            return TryLater(f"SMTP {error.code}" if error.code > 0 else code)  # below zero: it made no sense
        except smtplib.SMTPResponseException as error:
            return TryLater(f"SMTP {error.smtp_code}" if error.smtp_code > 0 else code)
        except (OSError, smtplib.SMTPException, ValueError):
            return TryLater(code)
        finally:
            session.close()

    def _say(self, session: Session, recipient: str, letter: bytes) -> None:
        if self._login is not None:
            session.login(*self._login)
        options = [] if recipient.isascii() else ["SMTPUTF8", "BODY=8BITMIME"]
        if options and not session.has_extn("smtputf8"):
            raise _ForGoodError(553, b"")
        session.agreed(250, *session.mail(self._sender[1], options))
        try:
            session.agreed(250, *session.rcpt(recipient))
            session.agreed(250, *session.data(letter))
        except smtplib.SMTPDataError as error:  # the command was refused, before the message was seen
            raise Refused(error.smtp_code, b"") from None
        except Refused as error:
            if _is_final(error):
                raise _ForGoodError(error.code, b"") from None
            raise


class _ForGoodError(Refused):
    """The recipient, or the message, is refused for good."""


def _is_final(refusal: Refused) -> bool:
    """Whether a refusal of the recipient or the message is about just that, and permanent."""
    if refusal.code not in _PERMANENT:
        return False
    if refusal.subject is None:
        return refusal.code in _FINAL_CODES
    if refusal.subject == _ADDRESS:
        return refusal.detail not in _OF_THE_SENDER
    return refusal.subject in (_MAILBOX, _CONTENT) or (refusal.subject, refusal.detail) == (_SYSTEM, _TOO_BIG)


def _sender(sender: str) -> tuple[str, str]:
    named = getaddresses([sender])
    name, address = named[0] if len(named) == 1 else ("", "")
    known = addressed(address)
    if known is None or not known[0].isascii() or not sender.isprintable():
        raise ValidationError("sender must be one address such as 'orders@shop.example', with a name or without")
    return name, known[0]


def _check_login(username: str | None, password: str | None, *, safe: bool) -> None:
    if (username is None) != (password is None):
        raise ValidationError("a username and a password belong together")
    if username is not None and not (username + str(password)).isascii():
        raise ValidationError("username and password must be ASCII")
    if username is not None and not safe:
        raise ValidationError("a password must not go in clear: set starttls or tls")
