"""Signatures: what is sent is what any Standard Webhooks library takes, and what `verify` takes is signed."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from orderflow import ValidationError
from orderflow.adapters.webhooks import Endpoint, verify
from orderflow.adapters.webhooks.signing import keys_of, signed_headers

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OTHER = "whsec_" + base64.b64encode(bytes(range(1, 33))).decode()
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=timezone.utc)
SECONDS = int(NOW.timestamp())
BODY = '{"type":"order.accepted","data":{"name":"Zoë 🎂"}}'.encode()
TOLD = {"type": "order.accepted", "data": {"name": "Zoë 🎂"}}


def signed(secret: Any = SECRET, *, at: int = SECONDS, body: bytes = BODY, message_id: str = "order-1.abc") -> Any:
    return signed_headers(keys_of(secret), message_id, at, body)


def check(headers: Any, payload: Any = BODY, secret: Any = SECRET, **options: Any) -> dict[str, object]:
    return verify(payload, headers, secret, now=NOW, **options)


def test_what_is_signed_is_read() -> None:
    assert check(signed()) == TOLD


def test_the_signature_is_that_of_the_published_library() -> None:
    for secret in (SECRET, OTHER):
        oracle = Webhook(secret).sign("order-1.abc", NOW.replace(tzinfo=None), BODY.decode())
        assert signed(secret)["webhook-signature"] == oracle


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1), st.binary(min_size=24, max_size=64))
def test_both_take_what_the_other_signs(message_id: str, key: bytes) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    now = datetime.now(timezone.utc)
    headers = signed(secret, message_id=message_id, at=int(now.timestamp()))
    assert Webhook(secret).verify(BODY, headers) == TOLD
    theirs = {**headers, "webhook-signature": Webhook(secret).sign(message_id, now, BODY.decode())}
    assert verify(BODY, theirs, secret) == TOLD


def test_a_known_signature_stays_as_it_is() -> None:
    headers = signed_headers(keys_of(SECRET), "msg_1", 1_674_087_231, b'{"test": 2432232314}')
    assert headers == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1674087231",
        "webhook-signature": Webhook(SECRET).sign(
            "msg_1",
            datetime.fromtimestamp(1_674_087_231, timezone.utc).replace(tzinfo=None),
            '{"test": 2432232314}',
        ),
    }


@pytest.mark.parametrize("case", [str.upper, str.title, str.lower], ids=["upper", "title", "lower"])
def test_names_of_headers_come_in_any_case(case: Any) -> None:
    assert check({case(name): value for name, value in signed().items()} | {"Host": "x"}) == TOLD


def test_while_secrets_change_either_fits() -> None:
    both = signed([SECRET, OTHER])
    assert both["webhook-signature"].count("v1,") == 2
    assert check(both, secret=SECRET) == check(both, secret=OTHER) == TOLD
    assert check(signed(OTHER), secret=[SECRET, OTHER]) == TOLD
    assert Webhook(OTHER).sign("order-1.abc", NOW.replace(tzinfo=None), BODY.decode()) in both["webhook-signature"]


def test_signatures_of_other_versions_are_passed_over() -> None:
    headers = signed()
    headers["webhook-signature"] = f"v1a,abc v2,{'A' * 44} garbage , {headers['webhook-signature']} v1,"
    assert check(headers) == TOLD


@pytest.mark.parametrize("seconds", [-300, 300])
def test_the_edge_of_the_tolerance_is_taken(seconds: int) -> None:
    assert check(signed(at=SECONDS + seconds)) == TOLD


@pytest.mark.parametrize("seconds", [-301, 301, -SECONDS, 10**10])
def test_what_was_sent_too_long_ago_or_in_the_future_is_refused(seconds: int) -> None:
    with pytest.raises(ValidationError, match="too long ago"):
        check(signed(at=SECONDS + seconds))


def test_the_tolerance_can_be_chosen() -> None:
    assert check(signed(at=SECONDS - 3600), tolerance=timedelta(hours=1)) == TOLD
    with pytest.raises(ValidationError):
        check(signed(at=SECONDS - 1), tolerance=timedelta(0))


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", [None, "", "\u00e9", "a\r\nb", "\x00", 7, b"v1"], ids=repr)
def test_a_header_that_is_missing_or_malformed_is_refused(name: str, value: Any) -> None:
    headers = signed()
    del headers[name]
    with pytest.raises(ValidationError, match=name):
        check(headers if value is None else {**headers, name: value})


def test_a_header_that_comes_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match="webhook-id"):
        check({**signed(), "Webhook-Id": "order-2.abc"})


@pytest.mark.parametrize("value", ["now", "1.5", "-1", "+1", "1e9", " 1", "1" * 12, "\u0661", "0x1"])
def test_a_timestamp_that_is_no_whole_number_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="webhook-timestamp"):
        check({**signed(), "webhook-timestamp": value})


@pytest.mark.parametrize(
    "value", ["v1", "v1,", "garbage", "v1,a,b", "v1,====", "v1,AAAA", "v2,AAAA", ",", " ", "v1,!!!!"]
)
def test_a_signature_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="not signed"):
        check({**signed(), "webhook-signature": value})


@given(st.data())
def test_no_changed_bit_goes_unseen(data: st.DataObject) -> None:
    headers = signed()
    bit = 1 << data.draw(st.integers(0, 7))
    at = data.draw(st.integers(0, len(BODY) - 1))
    changed = bytes([*BODY[:at], BODY[at] ^ bit, *BODY[at + 1 :]])
    with pytest.raises(ValidationError, match="not signed"):
        check(headers, changed)
    digest = bytearray(base64.b64decode(headers["webhook-signature"][3:]))
    digest[data.draw(st.integers(0, 31))] ^= bit
    with pytest.raises(ValidationError, match="not signed"):
        check({**headers, "webhook-signature": "v1," + base64.b64encode(digest).decode()})
    for name, value in (("webhook-id", "order-1.abd"), ("webhook-timestamp", str(SECONDS + 1))):
        with pytest.raises(ValidationError, match="not signed"):
            check({**headers, name: value})


def test_another_secret_does_not_fit() -> None:
    with pytest.raises(ValidationError, match="not signed"):
        check(signed(OTHER))


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"{", b"\xff", b"[" * 100_000, b'"text"', b"null"], ids=len)
def test_what_is_signed_and_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(ValidationError, match="no JSON object"):
        check(signed(body=body), body)


@pytest.mark.parametrize("payload", ["text", None, {}], ids=repr)
def test_a_payload_that_is_no_bytes_is_refused(payload: Any) -> None:
    with pytest.raises(ValidationError, match="bytes of the body"):
        check(signed(), payload)


@given(
    st.dictionaries(st.sampled_from(["webhook-id", "WEBHOOK-TIMESTAMP", "webhook-signature"]), st.text()), st.binary()
)
def test_no_request_makes_anything_but_a_validation_error(headers: dict[str, str], payload: bytes) -> None:
    with pytest.raises(ValidationError):
        check(headers, payload)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "whsec_" + base64.b64encode(b"x" * 23).decode(),
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
        SECRET.removeprefix("whsec_"),
        "whsec_!" + SECRET[7:],
        "whsec_\u00e9" + SECRET[7:],
        "whsec_A" + SECRET[6:],
        [],
        (),
        [SECRET, ""],
        [SECRET] * 11,
        None,
        7,
        b"whsec_" + b"A" * 40,
        [None],
    ],
    ids=repr,
)
def test_a_weak_or_malformed_secret_is_refused_and_not_told(secret: Any) -> None:
    for use in (lambda: Endpoint("https://hooks.example/", secret), lambda: check(signed(), secret=secret)):
        with pytest.raises(ValidationError, match="secret") as raised:
            use()
        assert SECRET[8:] not in repr(raised.value)


@pytest.mark.parametrize("size", [24, 25, 26, 64])
def test_secrets_come_with_padding_or_without(size: int) -> None:
    secret = "whsec_" + base64.b64encode(b"k" * size).decode()
    assert keys_of(secret) == keys_of(secret.rstrip("=")) == [b"k" * size]


def test_an_endpoint_copies_a_list_and_tells_no_secret() -> None:
    secrets = [SECRET, OTHER]
    endpoint = Endpoint("https://hooks.example/?token=canary", secrets)
    secrets.clear()
    assert endpoint.secret == (SECRET, OTHER)
    assert "whsec_" not in repr(endpoint)
    assert "canary" not in repr(endpoint)


def test_the_systems_clock_is_asked_if_no_time_is_given() -> None:
    now = int(datetime.now(timezone.utc).timestamp())
    assert verify(json.dumps(TOLD).encode(), signed(at=now, body=json.dumps(TOLD).encode()), SECRET) == TOLD
    with pytest.raises(ValidationError, match="too long ago"):
        verify(BODY, signed(at=now - 3600), SECRET)
