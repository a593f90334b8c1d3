"""What goes wrong with receivers, and what the notifier makes of it: each row of the how-to page's table."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import traceback
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import attrs
import pytest

from orderflow import Actor, Channel, DeliveryState, ManualClock, Message, ValidationError
from orderflow.adapters.webhooks import Endpoint, WebhookNotifier, verify
from orderflow.ports import TryLater, Undeliverable
from orderflow.testing.contracts.letters import message_maker
from orderflow.testing.contracts.sales import requested, service_over

SECRET = "whsec_" + "QUJD" * 10
OK = b"HTTP/1.1 204 No Content\r\n\r\n"


def message(**changes: Any) -> Message:
    return attrs.evolve(message_maker("studio-7")(Channel.WEBHOOK), **changes)


def notifier_to(url: str, **options: Any) -> WebhookNotifier:
    return WebhookNotifier(lambda _: Endpoint(url, SECRET), **{"allow_private": True, "timeout": 10, **options})


def raised_by(notifier: WebhookNotifier, told: Message | None = None) -> TryLater:
    with pytest.raises(TryLater) as raised:
        notifier.send(told or message())
    assert raised.value.__context__ is None
    return raised.value


def pours(piece: bytes, pause: float = 0.0) -> Callable[[Any], None]:
    """What says something for ever."""

    def pour(connection: Any) -> None:
        while True:
            connection.sendall(piece)
            threading.Event().wait(pause)

    return pour


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206, 226, 299])
def test_any_2xx_is_delivered(notifier: WebhookNotifier, receiver: Any, status: int) -> None:
    receiver.always = (status, {})
    notifier.send(message())
    assert receiver.requests == 1


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_tried_again(
    notifier: WebhookNotifier, receiver: Any, make_receiver: Any, status: int
) -> None:
    elsewhere = make_receiver()
    receiver.always = (status, {"Location": elsewhere.url})
    assert raised_by(notifier).code == f"HTTP {status}"
    assert (receiver.requests, elsewhere.requests) == (1, 0)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 429, 500, 502, 503, 504, 599])
def test_a_refusal_is_tried_again(notifier: WebhookNotifier, receiver: Any, status: int) -> None:
    receiver.always = (status, {})
    trouble = raised_by(notifier)
    assert (trouble.code, trouble.after) == (f"HTTP {status}", None)


def test_410_is_final(notifier: WebhookNotifier, receiver: Any) -> None:
    receiver.always = (410, {})
    with pytest.raises(Undeliverable, match="HTTP 410"):
        notifier.send(message())


def test_a_store_without_an_endpoint_is_undeliverable() -> None:
    with pytest.raises(Undeliverable, match="no endpoint"):
        WebhookNotifier(lambda _: None).send(message())


def test_what_the_host_raises_about_an_endpoint_is_tried_again() -> None:
    def endpoint(store_id: str) -> Endpoint:
        raise KeyError(store_id)

    with pytest.raises(KeyError):
        WebhookNotifier(endpoint).send(message())


@pytest.mark.parametrize(
    ("says", "after"),
    [
        ("0", timedelta(0)),
        ("120", timedelta(minutes=2)),
        ("86400", timedelta(hours=24)),
        ("999999999", timedelta(hours=24)),
        ("Mon, 05 Jan 2026 09:10:00 GMT", timedelta(minutes=10)),
        ("Mon, 05 Jan 2026 09:10:00 -0000", timedelta(minutes=10)),
        ("Mon, 05 Jan 2026 08:00:00 GMT", timedelta(0)),
        ("Mon, 05 Jan 2099 09:10:00 GMT", timedelta(hours=24)),
        ("-1", None),
        ("1.5", None),
        ("9" * 30, None),
        ("soon", None),
        ("Mon, 99 Jan 2026 09:10:00 GMT", None),
        ("Mon, 05 Jan 2026 09:10:00 +9999", None),
        ("\u00e9", None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_pause_that_a_receiver_asks_for_is_told(
    receiver: Any, status: int, says: str, after: timedelta | None
) -> None:
    receiver.always = (status, {"Retry-After": says})
    notifier = notifier_to(receiver.url, clock=ManualClock())
    assert raised_by(notifier).after == after


GARBAGE = {
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nServer: x",
    "no http": b"SSH-2.0-OpenSSH\r\n\r\n",
    "another version": b"HTTP/2 200 OK\r\n\r\n",
    "no number": b"HTTP/1.1 OK\r\n\r\n",
    "a long number": b"HTTP/1.1 2000 OK\r\n\r\n",
    "a small number": b"HTTP/1.1 020 OK\r\n\r\n",
    "blanks": b"\r\n\r\n",
    "zeros": b"\x00" * 100 + b"\r\n\r\n",
    "only a promise": b"HTTP/1.1 100 Continue\r\n\r\n",
    "another protocol": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
}


@pytest.mark.parametrize("what", GARBAGE)
def test_garbage_is_tried_again(raw_port: Any, what: str) -> None:
    port = raw_port(lambda connection: connection.sendall(GARBAGE[what]))
    trouble = raised_by(notifier_to(f"http://127.0.0.1:{port}/"))
    assert trouble.code == ("HTTP 101" if "101" in repr(GARBAGE[what]) else "no answer")


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        b"HTTP/1.0 200\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\nX: " + b"y" * 60_000 + b"\r\n\r\n",
    ],
    ids=["plain", "old", "promises first", "long"],
)
def test_what_makes_sense_is_taken(raw_port: Any, answer: bytes) -> None:
    notifier_to(f"http://127.0.0.1:{raw_port(lambda connection: connection.sendall(answer))}/").send(message())


def test_an_answer_that_comes_in_pieces_is_put_together(raw_port: Any) -> None:
    def drip(connection: Any) -> None:
        for one in OK:
            connection.sendall(bytes([one]))

    notifier_to(f"http://127.0.0.1:{raw_port(drip)}/").send(message())


def test_a_body_without_end_is_not_read(raw_port: Any) -> None:
    def pour(connection: Any) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        pours(b"x" * 65_536)(connection)

    notifier_to(f"http://127.0.0.1:{raw_port(pour)}/").send(message())


@pytest.mark.parametrize("piece", [b"x" * 4096, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 999, b"\r\n" * 999])
def test_a_head_without_end_is_given_up(raw_port: Any, piece: bytes) -> None:
    assert raised_by(notifier_to(f"http://127.0.0.1:{raw_port(pours(piece))}/")).code == "no answer"


@pytest.mark.parametrize("piece", [b"x", b"HTTP/1.1 100 Continue\r\n\r\n"], ids=["bytes", "promises"])
def test_a_slow_drip_is_given_up_in_time(raw_port: Any, piece: bytes) -> None:
    port = raw_port(pours(piece, 0.02))
    assert raised_by(notifier_to(f"http://127.0.0.1:{port}/", timeout=0.3)).code == "too slow"


def test_silence_is_given_up_in_time(raw_port: Any) -> None:
    port = raw_port(lambda connection: connection.recv(1))
    assert raised_by(notifier_to(f"http://127.0.0.1:{port}/", timeout=0.2)).code == "too slow"


def test_a_receiver_that_takes_nothing_is_given_up_in_time(raw_port: Any) -> None:
    port = raw_port(lambda _: threading.Event().wait(1))
    large = message(body='{"data":"' + "x" * 19_000_000 + '"}')
    assert raised_by(notifier_to(f"http://127.0.0.1:{port}/", timeout=0.3), large).code == "too slow"


def test_a_handshake_that_never_ends_is_given_up_in_time(raw_port: Any) -> None:
    port = raw_port(lambda connection: connection.recv(1))
    assert raised_by(notifier_to(f"https://127.0.0.1:{port}/", timeout=0.2)).code == "too slow"


def test_a_resolver_that_hangs_is_given_up_in_time() -> None:
    ends = threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        ends.wait(10)
        return []

    assert raised_by(notifier_to("https://hooks.example/", resolve=resolve, timeout=0.1)).code == "no address"
    ends.set()


def test_no_time_at_all_is_no_address() -> None:
    def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    assert raised_by(notifier_to("https://hooks.example/", resolve=resolve, timeout=1e-9)).code == "no address"
    assert raised_by(notifier_to("https://127.0.0.1/", timeout=1e-9)).code == "too slow"


def test_a_dropped_connection_is_tried_again(raw_port: Any) -> None:
    port = raw_port(lambda connection: None)
    assert raised_by(notifier_to(f"http://127.0.0.1:{port}/")).code == "no answer"


def test_nobody_there_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert raised_by(notifier_to(f"http://127.0.0.1:{port}/")).code == "no connection"


def test_the_next_address_is_tried_if_nobody_is_at_the_first(receiver: Any) -> None:
    url = f"http://hooks.example:{receiver.port}/hooks"
    notifier = WebhookNotifier(
        lambda _: Endpoint(url, receiver.secret), allow_private=True, resolve=lambda *_: ["127.0.0.2", "127.0.0.1"]
    )
    notifier.send(message())
    assert len(receiver.hooks) == 1


def test_the_systems_resolver_is_asked_if_there_is_no_other(receiver: Any) -> None:
    url = f"http://localhost:{receiver.port}/hooks"
    WebhookNotifier(lambda _: Endpoint(url, receiver.secret), allow_private=True).send(message())
    assert len(receiver.hooks) == 1


class TestOverTLS:
    @pytest.fixture
    def receiver(self, make_receiver: Any, certificate: ssl.SSLContext) -> Any:
        return make_receiver(tls=certificate, secret=SECRET)

    def to(self, receiver: Any, host: str, **options: Any) -> WebhookNotifier:
        return notifier_to(f"https://{host}:{receiver.port}/x", resolve=lambda *_: ["127.0.0.1"], **options)

    def test_the_certificate_is_that_of_the_name_and_not_of_the_address(
        self, receiver: Any, certificate: ssl.SSLContext, trust: ssl.SSLContext
    ) -> None:
        names: list[str | None] = []
        certificate.sni_callback = lambda _, name, __: names.append(name)
        self.to(receiver, "hooks.example", ssl_context=trust).send(message())
        assert names == ["hooks.example"]
        assert receiver.hooks[0].headers["host"] == f"hooks.example:{receiver.port}"
        certificate.sni_callback = None

    def test_a_certificate_of_another_name_is_tried_again(self, receiver: Any, trust: ssl.SSLContext) -> None:
        assert raised_by(self.to(receiver, "other.example", ssl_context=trust)).code == "no TLS"
        assert receiver.requests == 0

    def test_a_certificate_that_nobody_knows_is_tried_again(self, receiver: Any) -> None:
        assert raised_by(self.to(receiver, "hooks.example")).code == "no TLS"
        assert receiver.requests == 0

    def test_a_server_without_tls_is_tried_again(self, make_receiver: Any, trust: ssl.SSLContext) -> None:
        assert raised_by(self.to(make_receiver(), "hooks.example", ssl_context=trust)).code == "no TLS"


def test_the_request_is_signed_with_the_time_of_the_try(notifier: WebhookNotifier, receiver: Any) -> None:
    clock = ManualClock()
    told = message()
    notifier = notifier_to(receiver.url, clock=clock)
    receiver.always = (500, {})
    for _ in range(2):
        raised_by(notifier, told)
        clock.advance(hours=1)
    receiver.always, receiver.secret = None, SECRET
    kept: list[Any] = []
    receiver.answer = lambda path, headers, body: (kept.append((headers, body)), (204, {}))[1]
    notifier.send(told)
    headers, body = kept[0]
    assert verify(body, headers, SECRET, now=clock.now())["type"] == "order.accepted"
    assert headers["webhook-id"] == told.id
    assert headers["webhook-timestamp"] == str(int(clock.now().timestamp()))
    assert body == told.body.encode()
    assert headers["Content-Type"] == "application/json"
    assert headers["Connection"] == "close"


def test_each_secret_of_an_endpoint_signs(receiver: Any) -> None:
    secrets = ["whsec_" + "eHl6" * 10, receiver.secret]
    WebhookNotifier(lambda _: Endpoint(receiver.url, secrets), allow_private=True).send(message())
    assert receiver.hooks[0].headers["webhook-signature"].count("v1,") == 2


@pytest.mark.parametrize("order_id", ["заказ 1", "a b", "a%20b", "100%", "a,b;c", '"quoted"'])
def test_an_id_of_any_letters_is_a_header_of_plain_ones(
    notifier: WebhookNotifier, receiver: Any, order_id: str
) -> None:
    notifier.send(message(id=f"{order_id}.abc"))
    assert receiver.hooks[0].id.isascii()
    assert unquote(receiver.hooks[0].id) == f"{order_id}.abc"


@pytest.mark.parametrize(
    ("tail", "path"),
    [
        ("", "/"),
        ("/päth?q=ü&r=%20#part", "/p%C3%A4th?q=%C3%BC&r=%20"),
        ("/a//b/../c", "/a//b/../c"),
    ],
)
def test_path_and_query_are_sent_as_they_are_told(receiver: Any, tail: str, path: str) -> None:
    endpoint = Endpoint(f"http://127.0.0.1:{receiver.port}{tail}", receiver.secret)
    notifier = WebhookNotifier(lambda _: endpoint, allow_private=True)
    notifier.send(message())
    assert receiver.hooks[0].path == path


@pytest.mark.parametrize("tail", ["?a=b c", "/x HTTP/1.1"])
def test_a_blank_in_a_url_is_final_and_nothing_is_sent(receiver: Any, tail: str) -> None:
    with pytest.raises(Undeliverable):
        notifier_to(f"http://127.0.0.1:{receiver.port}{tail}").send(message())
    assert receiver.requests == 0


def test_no_proxy_of_the_environment_is_used(
    notifier: WebhookNotifier, receiver: Any, make_receiver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = make_receiver()
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    notifier.send(message())
    assert (receiver.requests, proxy.requests) == (1, 0)


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_time_out_is_above_zero(timeout: float) -> None:
    with pytest.raises(ValidationError, match="timeout"):
        notifier_to("https://hooks.example/", timeout=timeout)


def test_one_slow_receiver_holds_up_no_other_store(raw_port: Any, receiver: Any) -> None:
    endpoints = {
        "slow": Endpoint(f"http://127.0.0.1:{raw_port(pours(b'x', 0.02))}/", SECRET),
        "studio-7": Endpoint(receiver.url, receiver.secret),
    }
    notifier = WebhookNotifier(endpoints.get, allow_private=True, timeout=0.3)
    raised_by(notifier, message(store_id="slow"))
    notifier.send(message())
    assert len(receiver.hooks) == 1


def test_no_secret_and_no_foreign_word_is_told(
    raw_port: Any, receiver: Any, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "whsec_" + "Y2Fu" * 10
    foreign = b"HTTP/1.1 500 canary-words\r\nRetry-After: canary-words\r\n\r\ncanary-words"
    ports = [raw_port(lambda connection: connection.sendall(foreign)), raw_port(lambda connection: None)]
    urls = [f"http://127.0.0.1:{port}/canary-path?canary-query" for port in ports]
    urls += ["https://canary-user:canary-password@hooks.example/", "https://canary-name.local/"]
    told: list[str] = []
    for url in urls:
        notifier = WebhookNotifier(
            lambda _, url=url: Endpoint(url, secret),
            allow_private="127" in url,  # type: ignore[misc]
        )
        try:
            notifier.send(message(body='{"canary-body": 1}'))
        except Exception as error:
            told += [repr(error), str(error), *traceback.format_exception_only(error), repr(error.__context__)]
    told += [record.getMessage() for record in caplog.records] + list(capsys.readouterr())
    assert len(told) >= 4 * len(urls)
    assert not [text for text in told if "canary" in text or "Y2Fu" in text]


def test_an_order_shows_what_became_of_its_webhooks(receiver: Any) -> None:
    endpoint = Endpoint(receiver.url, receiver.secret)
    orders = service_over(notifier=WebhookNotifier(lambda _: endpoint, allow_private=True))
    receiver.always = (500, {})
    order = requested(orders, store_id="studio-7")
    [waiting] = [one for one in orders.messages(order.id, by=Actor.merchant("studio-7")) if one.route == "webhook"]
    assert (waiting.state, waiting.tries, waiting.last_error) == (DeliveryState.WAITING, 1, "HTTP 500")
    receiver.always = (410, {})
    orders.redeliver(waiting.id, by=Actor.merchant("studio-7"))
    [failed] = [one for one in orders.messages(order.id, by=Actor.merchant("studio-7")) if one.route == "webhook"]
    assert (failed.state, failed.last_error) == (DeliveryState.FAILED, "HTTP 410")
    receiver.always = None
    assert orders.redeliver(waiting.id, by=Actor.merchant("studio-7")).state is DeliveryState.DELIVERED
    assert [hook.id for hook in receiver.hooks] == [waiting.id]
