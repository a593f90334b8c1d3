"""What can go wrong between a notifier and a mail server, each over real SMTP."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import attrs
import pytest

from orderflow import Audience, Channel, Message, ValidationError
from orderflow.adapters.smtp import SMTPNotifier
from orderflow.ports import TryLater, Undeliverable
from orderflow.testing.contracts.letters import message_maker
from smtp_parts import notifier_to

MESSAGE = message_maker("studio-7")(Channel.EMAIL)
Talk = Callable[[socket.socket], None]


#: The login goes in clear to a server on this machine, which warns of it.
in_clear = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


def old_server(connection: socket.socket) -> None:
    """Knows no extension at all."""
    connection.sendall(b"220 hi\r\n")
    connection.recv(4096)
    connection.sendall(b"250 hi\r\n")
    connection.recv(4096)


def message(**changes: Any) -> Message:
    return attrs.evolve(MESSAGE, **changes)


def later(notifier: SMTPNotifier, told: Message = MESSAGE) -> str:
    """The code with which it is tried again."""
    with pytest.raises(TryLater) as raised:
        notifier.send(told)
    assert raised.value.after is None
    return raised.value.code


def never(notifier: SMTPNotifier, told: Message = MESSAGE) -> str:
    """The code with which it is given up."""
    with pytest.raises(Undeliverable) as raised:
        notifier.send(told)
    return raised.value.code


@pytest.fixture
def raw_server() -> Iterator[Callable[[Talk], int]]:
    """Starts a server that talks as it is told, and gives its port; it ends with the test."""
    listening: list[socket.socket] = []

    def start(talk: Talk) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listening.append(listener)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, suppress(OSError):
                        talk(connection)

        threading.Thread(target=serve, daemon=True).start()
        port: int = listener.getsockname()[1]
        return port

    yield start
    for one in listening:
        one.close()


@pytest.mark.parametrize("code", [421, 450, 451, 452, 455])
def test_a_refusal_for_now_is_tried_again(notifier: SMTPNotifier, server: Any, code: int) -> None:
    server.refusals[MESSAGE.address] = f"{code} canary"
    assert later(notifier) == f"SMTP {code}"
    server.refusals.clear()
    notifier.send(MESSAGE)
    assert len(server.mails) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "550 no such user",
        "550 5.1.1 no such user",
        "551 5.1.6 moved",
        "552 5.2.2 mailbox full for good",
        "553 bad name",
        "554 5.6.0 no such content",
        "556 5.1.10 takes no mail",
        "501 5.1.3 bad address",
        "554 5.3.4 too big",
    ],
)
def test_a_refusal_of_the_recipient_for_good_is_final(notifier: SMTPNotifier, server: Any, answer: str) -> None:
    server.refusals[MESSAGE.address] = answer
    assert never(notifier) == f"SMTP {answer[:3]}"


@pytest.mark.parametrize(
    "answer",
    [
        "550 5.7.1 relaying denied",
        "550 5.7.26 not authenticated",
        "554 5.7.1 blocked",
        "550 5.1.8 bad sender",
        "550 5.1.7 bad sender",
        "530 5.7.0 log in first",
        "503 bad sequence",
        "502 not implemented",
        "550 5.3.2 not accepting",
        "550 5.4.1 no route",
    ],
)
def test_a_refusal_that_is_no_fault_of_the_recipients_is_tried_again(
    notifier: SMTPNotifier, server: Any, answer: str
) -> None:
    server.refusals[MESSAGE.address] = answer
    assert later(notifier) == f"SMTP {answer[:3]}"


@pytest.mark.parametrize(("answer", "final"), [("550 4.2.2 full", True), ("450 5.2.2 full", False)])
def test_the_basic_code_says_whether_a_refusal_is_for_good(
    notifier: SMTPNotifier, server: Any, answer: str, final: bool
) -> None:
    server.refusals[MESSAGE.address] = answer
    assert (never if final else later)(notifier) == f"SMTP {answer[:3]}"


@pytest.mark.parametrize("answer", ["451 later", "550 sender refused", "530 log in", "553 5.1.8 sender"])
def test_a_refusal_of_the_sender_is_tried_again(notifier: SMTPNotifier, server: Any, answer: str) -> None:
    server.answers["MAIL"] = answer
    assert later(notifier) == f"SMTP {answer[:3]}"


@pytest.mark.parametrize(
    ("answer", "final"),
    [("451 later", False), ("554 5.6.0 no", True), ("552 5.3.4 big", True), ("550 5.7.1 spam", False)],
)
def test_a_refused_content_is_final_if_it_is_about_the_content(
    notifier: SMTPNotifier, server: Any, answer: str, final: bool
) -> None:
    server.answers["DATA"] = answer
    assert (never if final else later)(notifier) == f"SMTP {answer[:3]}"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "ana@",
        "@home.example",
        "a b@home.example",
        "ana@home..example",
        "a@-x.example",
        "ana@" + "ü" * 70 + ".example",
    ],
)
def test_an_address_that_is_none_is_final(server: Any, address: str) -> None:
    told = message(audience=Audience.MERCHANT, address=None)
    assert never(notifier_to(server.port, merchant_address=lambda _: address), told) == "no address"
    assert not server.mails


@pytest.mark.parametrize(
    "address", ["a@b.example\r\nRCPT TO:<eve@evil.example>", "a@b.example>\r\nDATA", "a@b.example,c@d.example"]
)
def test_no_address_makes_a_command(server: Any, address: str) -> None:
    told = message(audience=Audience.MERCHANT, address=None)
    assert never(notifier_to(server.port, merchant_address=lambda _: address), told) == "no address"
    assert not server.mails


def test_a_merchant_without_an_address_is_final(server: Any) -> None:
    told = message(audience=Audience.MERCHANT, address=None)
    assert never(notifier_to(server.port, merchant_address=lambda _: None), told) == "no address"


def test_the_merchants_address_is_asked_for_in_each_try(server: Any) -> None:
    told = message(audience=Audience.MERCHANT, address=None)
    addresses = iter(["old@shop.example", "new@shop.example"])
    notifier = notifier_to(server.port, merchant_address=lambda _: next(addresses))
    notifier.send(told)
    notifier.send(told)
    assert [mail.recipients for mail in server.mails] == [("old@shop.example",), ("new@shop.example",)]


def test_nobody_there_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert later(notifier_to(port)) == "no connection"


@pytest.mark.parametrize(
    ("talk", "code"),
    [
        (lambda connection: None, "no connection"),
        (lambda connection: connection.sendall(b"554 go away\r\n"), "SMTP 554"),
        (lambda connection: connection.sendall(b"\x00\xff garbage\r\n" * 9), "no connection"),
        (lambda connection: connection.sendall(b"220 hi\r\n"), "no connection"),
        (lambda connection: connection.sendall(b"220-" + b"x" * 70_000), "SMTP 500"),
        (lambda connection: connection.sendall(b"220-more\r\n" * 20_000), "no connection"),
    ],
    ids=["hangs up", "refuses", "garbage", "hangs up after hello", "a long line", "endless lines"],
)
def test_a_server_that_makes_no_sense_is_tried_again(raw_server: Callable[[Talk], int], talk: Talk, code: str) -> None:
    assert later(notifier_to(raw_server(talk))) == code


def test_a_server_that_says_too_much_is_given_up_even_if_it_makes_sense_in_the_end(
    raw_server: Callable[[Talk], int],
) -> None:
    def chat(connection: socket.socket) -> None:
        connection.sendall(b"220-more\r\n" * 8_000 + b"220 hi\r\n")
        for answer in (b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"250 taken\r\n"):
            connection.recv(65_536)
            connection.sendall(answer)

    assert later(notifier_to(raw_server(chat))) == "no connection"


def test_a_server_that_drips_is_given_up_in_time(raw_server: Callable[[Talk], int]) -> None:
    def drip(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"2")
            time.sleep(0.02)

    assert later(notifier_to(raw_server(drip), timeout=0.3)) == "no connection"


def test_a_server_that_is_silent_is_given_up_in_time(raw_server: Callable[[Talk], int]) -> None:
    assert (
        later(notifier_to(raw_server(lambda connection: connection.recv(1) and None), timeout=0.2)) == "no connection"
    )


def test_a_server_that_stops_reading_is_given_up_in_time(raw_server: Callable[[Talk], int]) -> None:
    def stall(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(b"220 hi\r\n")
        for answer in (b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
            connection.recv(4096)
            connection.sendall(answer)
        threading.Event().wait(1)

    large = message(body="x" * 15_000_000)
    assert later(notifier_to(raw_server(stall), timeout=0.9), large) == "no answer"


def test_no_time_at_all_is_tried_again(server: Any) -> None:
    assert later(notifier_to(server.port, timeout=1e-9)) == "no connection"


def test_what_was_taken_is_delivered_even_if_the_farewell_fails(raw_server: Callable[[Talk], int]) -> None:
    def hang_up_at_the_end(connection: socket.socket) -> None:
        connection.sendall(b"220 hi\r\n")
        for answer in (b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
            connection.recv(65_536)
            connection.sendall(answer)
        while not connection.recv(65_536).endswith(b"\r\n.\r\n"):
            pass
        connection.sendall(b"250 taken\r\n")

    notifier_to(raw_server(hang_up_at_the_end)).send(MESSAGE)


@pytest.mark.parametrize("answered", range(1, 5), ids=["at MAIL", "at RCPT", "at DATA", "at the content"])
def test_a_server_that_hangs_up_in_the_middle_is_tried_again(raw_server: Callable[[Talk], int], answered: int) -> None:
    def hang_up(connection: socket.socket) -> None:
        connection.sendall(b"220 hi\r\n")
        for answer in (b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n")[:answered]:
            connection.recv(4096)
            connection.sendall(answer)
        connection.recv(4096)

    assert later(notifier_to(raw_server(hang_up))) == "no answer"


def test_a_server_that_takes_no_content_now_is_tried_again(raw_server: Callable[[Talk], int]) -> None:
    def busy(connection: socket.socket) -> None:
        connection.sendall(b"220 hi\r\n")
        for answer in (b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"554 5.6.0 busy\r\n"):
            connection.recv(4096)
            connection.sendall(answer)

    assert later(notifier_to(raw_server(busy))) == "SMTP 554"


def test_a_server_that_does_not_know_unusual_letters_is_final_for_such_an_address(
    raw_server: Callable[[Talk], int],
) -> None:
    assert never(notifier_to(raw_server(old_server)), message(address="änne@home.example")) == "SMTP 553"


class TestOverTLS:
    def test_starttls_comes_before_anything_is_said(
        self, make_server: Any, certificate: ssl.SSLContext, trust: ssl.SSLContext
    ) -> None:
        server = make_server(tls=certificate, user="shop", password="secret")
        options = {"starttls": True, "ssl_context": trust, "username": "shop", "password": "secret"}
        notifier_to(server.port, **options).send(MESSAGE)
        assert (server.mails[0].tls, server.mails[0].user) == (True, "shop")

    def test_tls_from_the_beginning(self, make_server: Any, certificate: ssl.SSLContext, trust: ssl.SSLContext) -> None:
        server = make_server(immediate_tls=certificate)
        notifier_to(server.port, tls=True, ssl_context=trust).send(MESSAGE)
        assert server.mails[0].tls

    def test_a_server_without_starttls_is_tried_again_and_told_nothing(
        self, server: Any, trust: ssl.SSLContext
    ) -> None:
        assert later(notifier_to(server.port, starttls=True, ssl_context=trust)) == "SMTP 454"
        assert not server.mails

    def test_a_certificate_that_nobody_knows_is_tried_again(
        self, make_server: Any, certificate: ssl.SSLContext
    ) -> None:
        assert later(notifier_to(make_server(tls=certificate).port, starttls=True)) == "no TLS"
        assert later(notifier_to(make_server(immediate_tls=certificate).port, tls=True)) == "no connection"

    def test_words_that_were_slipped_in_before_tls_are_forgotten(
        self, raw_server: Callable[[Talk], int], certificate: ssl.SSLContext, trust: ssl.SSLContext
    ) -> None:
        said: list[bytes] = []

        def slip_in(connection: socket.socket) -> None:
            connection.sendall(b"220 hi\r\n")
            connection.recv(4096)
            connection.sendall(b"250-hi\r\n250 STARTTLS\r\n")
            connection.recv(4096)
            connection.sendall(b"220 go\r\n250 slipped in\r\n")
            with certificate.wrap_socket(connection, server_side=True) as secured:
                said.append(secured.recv(4096))
                secured.sendall(b"554 no\r\n")
                said.append(secured.recv(4096))
                secured.sendall(b"554 no\r\n")

        later(notifier_to(raw_server(slip_in), starttls=True, ssl_context=trust))
        assert [one[:4].upper() for one in said] == [b"EHLO", b"HELO"]  # what was slipped in answered no EHLO


@in_clear
@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_login_that_fails_is_tried_again(make_server: Any, password: str) -> None:
    server = make_server(user="shop", password="secret")
    assert later(notifier_to(server.port, username="shop", password=password)).startswith("SMTP 5")
    assert not server.mails


def test_a_server_that_takes_no_login_is_tried_again(server: Any, raw_server: Callable[[Talk], int]) -> None:
    assert later(notifier_to(server.port, username="shop", password="secret")) == "SMTP 535"
    assert later(notifier_to(raw_server(old_server), username="shop", password="secret")) == "no answer"
    assert not server.mails


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"timeout": 0}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
        ({"starttls": True, "tls": True}, "choose one"),
        ({"username": "shop"}, "belong together"),
        ({"password": "secret"}, "belong together"),
        ({"username": "shöp", "password": "secret"}, "ASCII"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why) as raised:
        notifier_to(25, **options)
    assert "secret" not in str(raised.value)


def test_a_password_never_goes_in_clear_to_another_machine() -> None:
    with pytest.raises(ValidationError, match="in clear"):
        SMTPNotifier("mail.shop.example", 587, "a@shop.example", lambda _: None, "shop", "secret")
    SMTPNotifier("mail.shop.example", 587, "a@shop.example", lambda _: None, "shop", "secret", starttls=True)


@pytest.mark.parametrize(
    "sender", ["", "shop", "a@b.example, c@d.example", "Shop\r\nBcc: e@f.example <a@b.example>", "ä@b.example"]
)
def test_a_sender_is_one_address(sender: str) -> None:
    with pytest.raises(ValidationError, match="sender"):
        SMTPNotifier("127.0.0.1", 25, sender, lambda _: None)


@in_clear
def test_no_secret_and_no_foreign_word_is_told(
    make_server: Any, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG, logger="orderflow")
    caplog.set_level(logging.DEBUG, logger="smtplib")
    server = make_server(user="canary-user", password="canary-password")
    told: list[str] = []
    for answer in ("451 canary-words", "550 5.1.1 canary-words"):
        server.refusals[MESSAGE.address] = answer
        for password in ("canary-password", "canary-wrong"):
            notifier = notifier_to(server.port, username="canary-user", password=password)
            try:
                notifier.send(message(subject="canary-subject", body="canary-body"))
            except (TryLater, Undeliverable) as error:
                told += [
                    repr(error),
                    *traceback.format_exception_only(error),
                    repr(error.__context__),
                    repr(error.__cause__),
                ]
    told += [record.getMessage() for record in caplog.records if record.name != "mail.log"] + list(capsys.readouterr())
    assert len(told) >= 16
    assert not [text for text in told if "canary" in text or MESSAGE.address in text]
