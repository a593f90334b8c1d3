"""What an e-mail looks like when it arrives, whatever is in the message."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import attrs
import html5lib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orderflow import Channel, Message
from orderflow.adapters.smtp import SMTPNotifier
from orderflow.adapters.smtp.letter import letter_of
from orderflow.testing.contracts.letters import message_maker
from smtp_parts import notifier_to

MESSAGE = message_maker("studio-7")(Channel.EMAIL)
NASTY = [
    "Hello\r\nBcc: eve@evil.example",
    "Hello\nBcc: eve@evil.example",
    "Hello\r\n\r\n<script>alert(1)</script>",
    "=?utf-8?q?Bcc:_eve@evil.example?=",
    "=?utf-8?b?DQpCY2M6IGV2ZUBldmlsLmV4YW1wbGU=?=",
    "Hello\x00\x0b\x0c\x1c\x85\u2028\u2029Bcc: eve@evil.example",
    "Ünïcödé 🎬 " * 20,
    "a" * 900,
    " leading and trailing ",
]


def message(**changes: Any) -> Message:
    return attrs.evolve(MESSAGE, **changes)


def raw_headers(raw: bytes) -> list[str]:
    """The names of the headers, as a server sees them that knows nothing of encoded words."""
    lines = raw.split(b"\r\n\r\n", 1)[0].split(b"\r\n")
    return [line.split(b":")[0].decode().lower() for line in lines if line[:1] not in b" \t"]


def test_an_email_has_what_every_reader_expects(notifier: SMTPNotifier, server: Any) -> None:
    notifier.send(message(subject="Order accepted", body="Line one\nLine two"))
    [mail] = server.mails
    parsed = mail.parsed
    assert mail.recipients == (MESSAGE.address,)
    assert mail.sender == "orders@shop.example"
    assert parsed["From"] == "The Shop <orders@shop.example>"
    assert parsed["To"] == MESSAGE.address
    assert parsed["Subject"] == "Order accepted"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(parsed["Date"]) == MESSAGE.occurred_at.replace(microsecond=0)
    assert parsed["Message-ID"] == f"<{MESSAGE.id}@shop.example>"
    assert parsed.get_content_type() == "multipart/alternative"
    assert mail.body.splitlines() == ["Line one", "Line two"]


def test_every_try_has_the_same_message_id(notifier: SMTPNotifier, server: Any) -> None:
    told = message()
    for _ in range(3):
        notifier.send(told)
    assert len({mail.parsed["Message-ID"] for mail in server.mails}) == 1


def test_different_messages_have_different_ids(notifier: SMTPNotifier, server: Any) -> None:
    ids = ["a.b", "a=2Eb", "a b", "a=20b", "a..b", ".a", "a.", "ä", "x" * 230, "\U0001f3ac" * 199, "\U0001f3ac" * 200]
    for one in ids:
        notifier.send(message(id=one))
    told = [mail.parsed["Message-ID"] for mail in server.mails]
    assert len(set(told)) == len(ids)
    assert all(str(one).isascii() and len(str(one)) < 990 for one in told)


@pytest.mark.parametrize("subject", NASTY, ids=range(len(NASTY)))
def test_no_subject_makes_a_header(subject: str) -> None:
    raw = letter_of(_forced(subject=subject), sender=("Shop", "orders@shop.example"), to="ana@home.example")
    plain = letter_of(MESSAGE, sender=("Shop", "orders@shop.example"), to="ana@home.example")
    assert raw_headers(raw) == raw_headers(plain)


@given(st.text(max_size=300))
@settings(deadline=None)
def test_no_text_at_all_makes_a_header(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    raw = letter_of(_forced(subject=text, body=text), sender=("Shop", "orders@shop.example"), to="ana@home.example")
    plain = letter_of(MESSAGE, sender=("Shop", "orders@shop.example"), to="ana@home.example")
    assert raw_headers(raw) == raw_headers(plain)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


def _forced(**changes: str) -> Message:
    """A message that could not be made: the letter has to hold by itself."""
    told = message()
    for name, value in changes.items():
        object.__setattr__(told, name, value)
    return told


@pytest.mark.parametrize("subject", ["Grüße 🎬", "Ünïcödé " * 12, "plain", "=?utf-8?q?x?=", "a  b"])
def test_subjects_arrive_as_they_were_written(notifier: SMTPNotifier, server: Any, subject: str) -> None:
    notifier.send(message(subject=subject.strip()))
    assert server.mails[0].subject == subject.strip()


@pytest.mark.parametrize(
    "body", ["Ünïcödé 🎬", "a" * 5_000, ".\n..\n.leading dots", "From here\nFrom there", "tabs\there", "x\n\n\ny"]
)
def test_texts_arrive_as_they_were_written(notifier: SMTPNotifier, server: Any, body: str) -> None:
    notifier.send(message(body=body))
    assert server.mails[0].body.replace("\r\n", "\n").rstrip("\n") == body.rstrip("\n")


def elements(page: str) -> list[tuple[str, dict[str, str]]]:
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    return [(one.tag, dict(one.attrib)) for one in tree.iter() if isinstance(one.tag, str)]


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "</p><img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        'https://shop.example/"onmouseover="alert(1)',
        "https://shop.example/<img src=x onerror=alert(1)>",
        "&lt;script&gt;",
        "<!-- -->]]><svg onload=alert(1)>",
    ],
)
def test_the_html_is_the_text_and_nothing_else(notifier: SMTPNotifier, server: Any, body: str) -> None:
    notifier.send(message(body=body))
    found = elements(server.mails[0].html)
    assert {tag for tag, _ in found} <= {"html", "head", "meta", "body", "p", "a", "br"}
    assert all(set(attributes) <= {"href", "charset"} for _, attributes in found)
    assert all(one["href"].startswith("https://") for _, one in found if "href" in one)


def test_whole_addresses_are_links_and_paragraphs_are_kept(notifier: SMTPNotifier, server: Any) -> None:
    notifier.send(message(body="Look at https://shop.example/o/1?a=1&b=2.\n\nBye\nAna\n"))
    found = elements(server.mails[0].html)
    assert [one["href"] for _, one in found if "href" in one] == ["https://shop.example/o/1?a=1&b=2"]
    assert [tag for tag, _ in found].count("p") == 2
    assert [tag for tag, _ in found].count("br") == 1


@pytest.mark.parametrize(
    ("sender", "shown"),
    [
        ("orders@shop.example", "orders@shop.example"),
        ("The Shop <orders@shop.example>", "The Shop <orders@shop.example>"),
        ('"Shop, The" <orders@shop.example>', '"Shop, The" <orders@shop.example>'),
        ("Töpferei <orders@shop.example>", "Töpferei <orders@shop.example>"),
    ],
)
def test_the_sender_may_have_a_name(server: Any, sender: str, shown: str) -> None:
    SMTPNotifier("127.0.0.1", server.port, sender, lambda _: None).send(message())
    assert str(server.mails[0].parsed["From"]) == shown


@pytest.mark.parametrize("address", ["ana@bücher.example", "änne@home.example", ".ana@home.example"])
def test_unusual_addresses_are_reached(notifier: SMTPNotifier, server: Any, address: str) -> None:
    notifier.send(message(address=address))
    [mail] = server.mails
    assert len(mail.recipients) == 1
    assert mail.recipients[0].rpartition("@")[2].isascii()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.text(min_size=1, max_size=60))
def test_no_id_breaks_a_header(make_id: Callable[[str], str], text: str) -> None:
    assert make_id(text).isascii()
    assert make_id(text).isprintable()


@pytest.fixture
def make_id() -> Callable[[str], str]:
    def make(text: str) -> str:
        text = text.encode("utf-8", "replace").decode()
        raw = letter_of(_forced(id=text), sender=("", "orders@shop.example"), to="ana@home.example")
        [line] = [one for one in raw.split(b"\r\n") if one.lower().startswith(b"message-id:")]
        return line.decode()

    return make


def test_the_notifier_serves_email_alone(server: Any) -> None:
    assert notifier_to(server.port).channels == {Channel.EMAIL}
