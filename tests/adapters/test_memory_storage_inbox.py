"""The outbox is the inbox: in-app messages, each exactly once, newest first."""

from __future__ import annotations

import base64
import json

import pytest

from adapters.built import NOW, SECOND, claim, keep, onwards, order, outcome, owed
from orderflow import Message, ValidationError
from orderflow.ports import Owed, Storage

ANA, STUDIO = "customer:m-42", "merchant:studio-7"


def in_app(seq: int, order_id: str = "ord-1", recipient: str = ANA, seconds: int = 0) -> Owed:
    return owed(seq, "in_app", recipient, order_id=order_id, occurred_at=NOW + seconds * SECOND)


def read(
    storage: Storage, recipient: str = ANA, *, unread_only: bool = False, limit: int = 100, after: str | None = None
) -> list[Message]:
    return list(storage.inbox(recipient, unread_only=unread_only, limit=limit, after=after).messages)


def ids(messages: list[Message]) -> list[str]:
    return [message.id for message in messages]


def walk(storage: Storage, *, limit: int, unread_only: bool = False) -> list[list[str]]:
    """The ids of every page."""
    pages, after = [], None
    for _ in range(100):
        page = storage.inbox(ANA, unread_only=unread_only, limit=limit, after=after)
        pages.append(ids(list(page.messages)))
        after = page.next
        if after is None:
            return pages
    raise AssertionError("the pages have no end")


def test_an_inbox_shows_the_messages_as_they_were_committed(storage: Storage) -> None:
    keep(storage, order(), in_app(1))
    assert read(storage) == [in_app(1).message]


def test_an_inbox_holds_what_is_its_recipients_in_the_app(storage: Storage) -> None:
    keep(storage, order(), in_app(1), in_app(1, recipient=STUDIO), owed(1), owed(1, "webhook"), owed(1, "grant"))
    assert ids(read(storage)) == [in_app(1).id]
    assert ids(read(storage, STUDIO)) == [in_app(1, recipient=STUDIO).id]
    assert read(storage, "customer:m-43") == []


def test_a_message_is_there_once_however_often_its_commit_comes(storage: Storage) -> None:
    for _ in range(3):
        keep(storage, order(), in_app(1), commit_id="c-1")
    assert len(read(storage)) == 1


def test_the_newest_comes_first_then_the_order_then_the_event(storage: Storage) -> None:
    keep(storage, order("b"), in_app(1, "b", seconds=1), in_app(2, "b", seconds=1), in_app(10, "b", seconds=1))
    keep(storage, order("a"), in_app(1, "a", seconds=1), in_app(2, "a", seconds=9))
    keep(storage, order("c"), in_app(1, "c", seconds=0))
    shown = [(message.order_id, message.id.split(".")[1]) for message in read(storage)]
    assert shown == [("a", "2"), ("b", "10"), ("b", "2"), ("b", "1"), ("a", "1"), ("c", "1")]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
def test_pages_hold_each_message_once(storage: Storage, limit: int) -> None:
    keep(storage, order(), *[in_app(seq, seconds=seq // 2) for seq in range(1, 6)])
    pages = walk(storage, limit=limit)
    assert [one for page in pages for one in page] == ids(read(storage))
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert pages[-1]  # a cursor is given only if something comes after


def test_an_empty_inbox_is_one_empty_page(storage: Storage) -> None:
    page = storage.inbox(ANA, unread_only=False, limit=10, after=None)
    assert (page.messages, page.next) == ((), None)


def test_a_page_stays_where_it_was_while_messages_arrive(storage: Storage) -> None:
    first = keep(storage, order(), *[in_app(seq, seconds=seq) for seq in (1, 2, 3, 4)])
    page = storage.inbox(ANA, unread_only=False, limit=2, after=None)
    keep(storage, onwards(first), in_app(9, seconds=9))
    assert ids(read(storage, after=page.next)) == ids([m for m in (in_app(2).message, in_app(1).message) if m])


def test_what_is_read_is_left_out_if_only_the_unread_are_asked_for(storage: Storage) -> None:
    keep(storage, order(), *[in_app(seq) for seq in (1, 2, 3)])
    storage.mark_read(ANA, [in_app(2).id], NOW)
    assert ids(read(storage, unread_only=True)) == [in_app(3).id, in_app(1).id]
    assert len(read(storage)) == 3


def test_the_unread_are_paged_like_all(storage: Storage) -> None:
    keep(storage, order(), *[in_app(seq) for seq in (1, 2, 3, 4)])
    storage.mark_read(ANA, [in_app(3).id], NOW)
    assert walk(storage, limit=2, unread_only=True) == [[in_app(4).id, in_app(2).id], [in_app(1).id]]


def test_reading_a_page_moves_no_cursor(storage: Storage) -> None:
    keep(storage, order(), *[in_app(seq) for seq in (1, 2, 3, 4)])
    page = storage.inbox(ANA, unread_only=True, limit=2, after=None)
    storage.mark_read(ANA, ids(list(page.messages)), NOW)
    assert ids(read(storage, unread_only=True, after=page.next)) == [in_app(2).id, in_app(1).id]


def test_a_message_keeps_the_moment_at_which_it_was_first_read(storage: Storage) -> None:
    keep(storage, order(), in_app(1), in_app(2))
    assert [message.read_at for message in read(storage)] == [None, None]
    storage.mark_read(ANA, [in_app(1).id], NOW)
    storage.mark_read(ANA, [in_app(1).id, in_app(2).id], NOW + SECOND)
    assert [message.read_at for message in read(storage)] == [NOW + SECOND, NOW]
    assert [state.message and state.message.read_at for state in storage.messages("ord-1")] == [NOW, NOW + SECOND]


def test_read_marks_on_what_is_not_in_the_recipients_inbox_are_ignored(storage: Storage) -> None:
    keep(storage, order(), in_app(1), in_app(1, recipient=STUDIO), owed(1))
    storage.mark_read(ANA, [in_app(1, recipient=STUDIO).id, owed(1).id, "ord-9.nothing"], NOW)
    storage.mark_read("customer:m-43", [in_app(1).id], NOW)
    storage.mark_read(ANA, [], NOW)
    assert [state.message and state.message.read_at for state in storage.messages("ord-1")] == [None] * 3


def test_read_marks_change_no_order(storage: Storage) -> None:
    first = keep(storage, order(), in_app(1), due_at=NOW)
    storage.mark_read(ANA, [in_app(1).id], NOW)
    assert storage.load("ord-1") == first
    keep(storage, onwards(first))


def test_deliveries_elsewhere_leave_the_inbox_as_it_is(storage: Storage) -> None:
    keep(storage, order(), in_app(1), owed(1))
    storage.record_deliveries([outcome(row, "failed") for row in claim(storage)])
    assert ids(read(storage)) == [in_app(1).id]


def cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


@pytest.mark.parametrize(
    "broken",
    [
        "x",
        "é",
        "====",
        cursor(),
        cursor(1, "ord-1"),
        cursor(1, "ord-1", 1, 1),
        cursor("1", "ord-1", 1),
        cursor(1.5, "ord-1", 1),
        cursor(True, "ord-1", 1),
        cursor(1, None, 1),
        cursor(2**70, "ord-1", 1),
        cursor(1, "ord-\0", 1),
        cursor(1, "\ud800", 1),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_a_broken_cursor_is_refused(storage: Storage, broken: str) -> None:
    keep(storage, order(), in_app(1))
    with pytest.raises(ValidationError):
        read(storage, after=broken)
