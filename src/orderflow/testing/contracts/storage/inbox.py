"""The outbox is the inbox: in-app messages, each exactly once, newest first."""

from __future__ import annotations

import base64
import json

import pytest

from .... import Message, ValidationError
from ....ports import Owed, Storage
from .built import NOW, SECOND, claim, due, keep, onwards, order, outcome, owed
from .case import StorageCase

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
    page = storage.inbox(ANA, unread_only=unread_only, limit=limit, after=None)
    pages = [ids(list(page.messages))]
    while page.next is not None:
        assert len(pages) < 100, "the pages have no end"
        page = storage.inbox(ANA, unread_only=unread_only, limit=limit, after=page.next)
        pages.append(ids(list(page.messages)))
    return pages


def cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


class Inbox(StorageCase):
    """In-app messages are shown once each, newest first."""

    def test_an_inbox_shows_the_messages_as_they_were_committed(self, store: Storage) -> None:
        keep(store, order(), in_app(1))
        assert read(store) == [in_app(1).message]

    def test_an_inbox_holds_what_is_its_recipients_in_the_app(self, store: Storage) -> None:
        keep(store, order(), in_app(1), in_app(1, recipient=STUDIO), owed(1), owed(1, "webhook"), owed(1, "grant"))
        assert ids(read(store)) == [in_app(1).id]
        assert ids(read(store, STUDIO)) == [in_app(1, recipient=STUDIO).id]
        assert read(store, "customer:m-43") == []

    def test_a_message_is_there_once_however_often_its_commit_comes(self, store: Storage) -> None:
        for _ in range(3):
            keep(store, order(), in_app(1), commit_id="c-1")
        assert len(read(store)) == 1

    def test_the_newest_comes_first_then_the_order_then_the_event(self, store: Storage) -> None:
        keep(store, order("b"), in_app(1, "b", seconds=1), in_app(2, "b", seconds=1), in_app(10, "b", seconds=1))
        keep(store, order("a"), in_app(1, "a", seconds=1), in_app(2, "a", seconds=9))
        keep(store, order("c"), in_app(1, "c", seconds=0))
        shown = [(message.order_id, message.id.split(".")[1]) for message in read(store)]
        assert shown == [("a", "2"), ("b", "10"), ("b", "2"), ("b", "1"), ("a", "1"), ("c", "1")]

    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
    def test_pages_hold_each_message_once(self, store: Storage, limit: int) -> None:
        keep(store, order(), *[in_app(seq, seconds=seq // 2) for seq in range(1, 6)])
        pages = walk(store, limit=limit)
        assert [one for page in pages for one in page] == ids(read(store))
        assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
        assert pages[-1]  # a cursor is given only if something comes after

    def test_an_empty_inbox_is_one_empty_page(self, store: Storage) -> None:
        page = store.inbox(ANA, unread_only=False, limit=10, after=None)
        assert (page.messages, page.next) == ((), None)

    def test_a_page_stays_where_it_was_while_messages_arrive(self, store: Storage) -> None:
        first = keep(store, order(), *[in_app(seq, seconds=seq) for seq in (1, 2, 3, 4)])
        page = store.inbox(ANA, unread_only=False, limit=2, after=None)
        keep(store, onwards(first), in_app(9, seconds=9))
        assert ids(read(store, after=page.next)) == ids([m for m in (in_app(2).message, in_app(1).message) if m])

    def test_what_is_read_is_left_out_if_only_the_unread_are_asked_for(self, store: Storage) -> None:
        keep(store, order(), *[in_app(seq) for seq in (1, 2, 3)])
        store.mark_read(ANA, [in_app(2).id], NOW)
        assert ids(read(store, unread_only=True)) == [in_app(3).id, in_app(1).id]
        assert len(read(store)) == 3

    def test_the_unread_are_paged_like_all(self, store: Storage) -> None:
        keep(store, order(), *[in_app(seq) for seq in (1, 2, 3, 4)])
        store.mark_read(ANA, [in_app(3).id], NOW)
        assert walk(store, limit=2, unread_only=True) == [[in_app(4).id, in_app(2).id], [in_app(1).id]]

    def test_reading_a_page_moves_no_cursor(self, store: Storage) -> None:
        keep(store, order(), *[in_app(seq) for seq in (1, 2, 3, 4)])
        page = store.inbox(ANA, unread_only=True, limit=2, after=None)
        store.mark_read(ANA, ids(list(page.messages)), NOW)
        assert ids(read(store, unread_only=True, after=page.next)) == [in_app(2).id, in_app(1).id]

    def test_a_message_keeps_the_moment_at_which_it_was_first_read(self, store: Storage) -> None:
        keep(store, order(), in_app(1), in_app(2))
        assert [message.read_at for message in read(store)] == [None, None]
        store.mark_read(ANA, [in_app(1).id], NOW)
        store.mark_read(ANA, [in_app(1).id, in_app(2).id], NOW + SECOND)
        assert [message.read_at for message in read(store)] == [NOW + SECOND, NOW]
        assert [state.message and state.message.read_at for state in store.messages("ord-1")] == [NOW, NOW + SECOND]

    def test_read_marks_on_what_is_not_in_the_recipients_inbox_are_ignored(self, store: Storage) -> None:
        keep(store, order(), in_app(1), in_app(1, recipient=STUDIO), owed(1))
        store.mark_read(ANA, [in_app(1, recipient=STUDIO).id, owed(1).id, "ord-9.nothing"], NOW)
        store.mark_read("customer:m-43", [in_app(1).id], NOW)
        store.mark_read(ANA, [], NOW)
        assert [state.message and state.message.read_at for state in store.messages("ord-1")] == [None] * 3

    def test_read_marks_change_no_order(self, store: Storage) -> None:
        first = keep(store, order(), in_app(1), due_at=NOW)
        store.mark_read(ANA, [in_app(1).id], NOW)
        assert store.load("ord-1") == first
        assert due(store) == ("ord-1",)
        keep(store, onwards(first))

    def test_deliveries_elsewhere_leave_the_inbox_as_it_is(self, store: Storage) -> None:
        keep(store, order(), in_app(1), owed(1))
        store.record_deliveries([outcome(row, "failed") for row in claim(store)])
        assert ids(read(store)) == [in_app(1).id]

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
    def test_a_broken_cursor_of_messages_is_refused(self, store: Storage, broken: str) -> None:
        keep(store, order(), in_app(1))
        with pytest.raises(ValidationError):
            read(store, after=broken)
