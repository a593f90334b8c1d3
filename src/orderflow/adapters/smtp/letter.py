"""A message as an e-mail: its headers, its text, and the same text as simple HTML.

The headers are written here, line by line: `email.message` reads what it is given as encoded words, and folds long
ids and addresses so that some servers no longer know them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from email import policy
from email.header import Header
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from hashlib import sha256
from typing import Final

from ...message import Message

__all__ = ["addressed", "is_address", "letter_of", "message_id_of"]

_ATEXT: Final = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~\-"
_LOCAL_PART: Final = re.compile(rf"(?:[{_ATEXT}.]|[^\W\x00-\x7f]){{1,64}}")
_DOT_ATOM: Final = re.compile(r"[^.]+(?:\.[^.]+)*")
_LABEL: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LONGEST_ADDRESS: Final = 254
_LONGEST_DOMAIN: Final = 253
_LONGEST_ID: Final = 600
_ESCAPED_IN_IDS: Final = re.compile(rf"[^{_ATEXT}.]|=|^\.|\.$|\.(?=\.)")
_PLAIN_SUBJECT: Final = re.compile(r"(?!.*=\?)[!-~]+(?: [!-~]+)*")
_LONGEST_PLAIN_SUBJECT: Final = 65
_LINK: Final = re.compile(r"https?://[^\s<>\"'\u0000-\u001f]*[^\s<>\"'.,;:!?)\]}]")
_PAGE: Final = '<!doctype html>\n<html><head><meta charset="utf-8"></head><body>\n{}\n</body></html>\n'


def addressed(address: str) -> tuple[str, str] | None:
    """An address as envelopes and headers bear it, its domain in ASCII; None if no server can ever take it."""
    local, at, domain = address.rpartition("@")
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:
        return None
    whole = f"{local}@{domain}"
    if not at or not is_address(whole):
        return None
    return whole, whole if _DOT_ATOM.fullmatch(local) else f'"{local}"@{domain}'


def is_address(address: str) -> bool:
    """Whether it is a plain address: no quotes, no blanks, no comments, and a domain that can exist."""
    local, _, domain = address.rpartition("@")
    return (
        len(address.encode()) <= _LONGEST_ADDRESS
        and len(domain) <= _LONGEST_DOMAIN
        and _LOCAL_PART.fullmatch(local) is not None
        and all(_LABEL.fullmatch(label) for label in domain.split("."))
    )


def message_id_of(message_id: str, domain: str) -> str:
    """The Message-ID: the message's id, with what an id can't bear written as `=` and its number in hex.

    The same in every try. Only an id that is too long for a header is told by its digest.
    """
    escaped = _ESCAPED_IN_IDS.sub(lambda found: "".join(f"={one:02X}" for one in found[0].encode()), message_id)
    if len(escaped) > _LONGEST_ID:
        escaped = sha256(message_id.encode()).hexdigest()
    return f"<{escaped}@{domain}>"


def letter_of(message: Message, *, sender: tuple[str, str], to: str) -> bytes:
    """The whole e-mail.

    Args:
        message: What to tell.
        sender: Name and address.
        to: The recipient, as a header bears it. Nothing else of the order gets into a header but the subject.

    Returns:
        What to send after DATA.
    """
    headers = {
        "From": formataddr(sender),
        "To": to,
        "Subject": _subject(message.subject),
        "Date": format_datetime(message.occurred_at),
        "Message-ID": message_id_of(message.id, sender[1].rpartition("@")[2]),
        "Auto-Submitted": "auto-generated",
    }
    content = EmailMessage(policy=policy.SMTP)
    content.set_content(message.body, cte="quoted-printable")
    content.add_alternative(_as_html(message.body), subtype="html", cte="quoted-printable")
    return _lines(headers.items()) + content.as_bytes()


def _lines(headers: Iterable[tuple[str, str]]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode()


def _subject(subject: str) -> str:
    """A short one in ASCII as it is; all else as encoded words, folded."""
    if len(subject) <= _LONGEST_PLAIN_SUBJECT and _PLAIN_SUBJECT.fullmatch(subject):
        return subject
    return Header(subject, "utf-8", header_name="Subject").encode(linesep="\r\n")


def _as_html(text: str) -> str:
    """The text, escaped, in paragraphs; whole http and https addresses are links to themselves."""
    paragraphs = re.split(r"\n(?:[ \t]*\n)+", text.replace("\r\n", "\n").strip("\n"))
    return _PAGE.format("\n".join(f"<p>{_paragraph(one)}</p>" for one in paragraphs))


def _paragraph(text: str) -> str:
    parts = []
    end = 0
    for link in _LINK.finditer(text):
        url = html.escape(link[0])
        parts += [html.escape(text[end : link.start()]), f'<a href="{url}">{url}</a>']
        end = link.end()
    return "".join([*parts, html.escape(text[end:])]).replace("\n", "<br>\n")
