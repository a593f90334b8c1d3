"""Texts and values that storages have stumbled over: what was committed comes back as it was."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import attrs
import pytest

from .... import Channel, Money, OrderQuery, OrderStatus
from ....ports import CommandRecord, Storage
from ....query import microseconds
from .built import LEASE, NOW, ROUTES, due, keep, onwards, order, outcome, owed
from .case import StorageCase
from .rich import FAR, LONG_AGO, TEXTS, Rich

__all__ = ["Hostile"]

_SEEDS: Final = (1, 2, 3)
_CENTURIES: Final = timedelta(days=365_000)
_MICROSECOND: Final = timedelta(microseconds=1)
_MOST: Final = Money.from_minor_units(10**18 - 1, "USD")
_NO_FLOAT: Final = Money.from_minor_units(2**53 + 1, "USD")
_AMOUNTS: Final = (Money(0, "USD"), Money("0.001", "KWD"), Money("0.0001", "CLF"), Money("1", "JPY"), _NO_FLOAT, _MOST)
#: Ids that are not the same, and that a database may take for the same.
_ALIKE: Final = ("Ord", "ord", "ord ", " ord", "\u00f6rd", "o\u0308rd", "ord\u200b", "o\uff52d", "0", "00")


class Hostile(StorageCase):
    """What was committed comes back as it was, whatever it says."""

    @pytest.mark.parametrize("seed", _SEEDS)
    def test_every_field_of_an_order_comes_back_as_it_was_committed(self, store: Storage, seed: int) -> None:
        rich = Rich(seed)
        kept = [keep(store, rich.order()) for _ in range(25)]
        for one in kept:
            assert store.load(one.id) == one

    @pytest.mark.parametrize("seed", _SEEDS)
    def test_every_field_that_changes_comes_back_as_it_was_committed_last(self, store: Storage, seed: int) -> None:
        rich = Rich(seed)
        for _ in range(10):
            kept = keep(store, rich.changed(keep(store, rich.order())))
            assert store.load(kept.id) == kept

    @pytest.mark.parametrize("text", TEXTS)
    def test_every_text_comes_back_as_it_was_committed(self, store: Storage, text: str) -> None:
        command = CommandRecord("ord-1", text, text, text)
        row = owed(1, "in_app", text, id=f"ord-1.{text}"[:200])
        kept = keep(store, order(reason=text, metadata={text: text}), row, command=command)
        assert store.load("ord-1") == kept
        assert store.find_command("ord-1", text) == command
        assert [state.message for state in store.messages("ord-1")] == [row.message]
        assert store.inbox(text, unread_only=False, limit=10, after=None).messages == (row.message,)

    @pytest.mark.parametrize("text", TEXTS)
    def test_claims_and_deliveries_work_under_any_name(self, store: Storage, text: str) -> None:
        keep(store, order(text), owed(1, text, text, order_id=text, id=text))
        (row,) = store.claim_messages(now=NOW, lease=LEASE, limit=9, routes=frozenset({text}), order_id=text)
        store.record_deliveries([outcome(row, "failed", error=text)])
        (state,) = store.messages(text)
        assert (state.id, state.route, state.recipient) == (text, text, text)
        assert (state.state, state.last_error) == ("failed", text)

    @pytest.mark.parametrize("seed", _SEEDS)
    def test_every_field_of_what_is_owed_comes_back_as_it_was_committed(self, store: Storage, seed: int) -> None:
        rich = Rich(seed)
        for number in range(9):
            about = f"ord-{number}"
            rows = [
                rich.owed(about, Channel.IN_APP),
                rich.owed(about, Channel.EMAIL, tries=number),
                rich.owed(about, Channel.WEBHOOK, token=rich.text(), next_try=FAR, tries=10**6),
            ]
            keep(store, order(about), *rows)
            told = {state.id: state for state in store.messages(about)}
            for row in rows:
                state = told[row.id]
                assert (state.order_id, state.seq, state.route) == (about, row.seq, row.route)
                assert (state.recipient, state.message) == (row.recipient, row.message)
                assert (state.tries, state.next_try) == (row.tries, row.next_try)
            (claimed,) = store.claim_messages(now=FAR - _CENTURIES, lease=LEASE, limit=9, routes=ROUTES, order_id=about)
            assert attrs.evolve(claimed, token=None, next_try=None) == rows[1]

    def test_ids_are_the_same_only_if_each_character_is(self, store: Storage) -> None:
        for one in _ALIKE:
            keep(store, order(one, store_id=one), owed(1, "in_app", one, order_id=one), due_at=NOW)
            keep(store, onwards(order(one, store_id=one)), command=CommandRecord(one, one, one), due_at=NOW)
        assert sorted(due(store)) == sorted(_ALIKE)
        for one in _ALIKE:
            kept, command = store.load(one), store.find_command(one, one)
            assert (kept and kept.id, command and command.digest) == (one, one)
            assert [row.id for row in store.find(OrderQuery(store_id=one)).rows] == [one]
            assert store.counts(one)[OrderStatus.RECEIVED] == 1
            assert [state.order_id for state in store.messages(one)] == [one]
            page = store.inbox(one, unread_only=False, limit=10, after=None)
            assert [message.order_id for message in page.messages] == [one]

    def test_command_keys_and_recipients_are_the_same_only_if_each_character_is(self, store: Storage) -> None:
        kept = keep(store, order(), *[owed(1, "email", one) for one in _ALIKE])
        for one in _ALIKE:
            kept = keep(store, onwards(kept), command=CommandRecord("ord-1", one, one))
        found = [store.find_command("ord-1", one) for one in _ALIKE]
        assert [command and command.digest for command in found] == list(_ALIKE)
        assert [state.recipient for state in store.messages("ord-1")] == sorted(_ALIKE)

    @pytest.mark.parametrize("at", [LONG_AGO, NOW.replace(microsecond=1), FAR], ids=["long ago", "now", "far ahead"])
    def test_moments_are_kept_and_compared_to_the_microsecond(self, store: Storage, at: datetime) -> None:
        just_before, just_after = at - _MICROSECOND, at + _MICROSECOND
        changed = order(placed_at=at, updated_at=at, payment_due_at=at)
        kept = keep(store, changed, owed(occurred_at=at, next_try=at), due_at=at)
        assert store.load("ord-1") == kept
        assert [row.placed_at for row in store.find(OrderQuery(placed_from=at, placed_until=just_after)).rows] == [at]
        assert store.find(OrderQuery(placed_from=just_after)).rows == ()
        assert store.find(OrderQuery(placed_until=at)).rows == ()
        assert due(store, just_before) == ()
        assert store.claim_messages(now=just_before, lease=_MICROSECOND, limit=1, routes=ROUTES) == ()
        assert due(store, at) == ("ord-1",)
        (row,) = store.claim_messages(now=at, lease=_MICROSECOND, limit=1, routes=ROUTES)
        assert (row.occurred_at, row.next_try) == (at, just_after)
        store.record_deliveries([outcome(row, at=at)])
        assert store.messages("ord-1")[0].delivered_at == at

    @pytest.mark.parametrize("amount", _AMOUNTS, ids=str)
    def test_amounts_are_kept_and_compared_to_the_last_unit(self, store: Storage, amount: Money) -> None:
        kept = keep(store, order(items=[attrs.evolve(order().items[0], unit_price=amount)]))
        assert store.load("ord-1") == kept
        (row,) = store.find(OrderQuery(total_min=amount, total_max=amount)).rows
        assert row.total == amount
        other = Money.from_minor_units(amount.minor_units + (-1 if amount == _MOST else 1), amount.currency)
        least, most = sorted((amount, other))
        assert store.find(OrderQuery(total_min=most)).rows == ((row,) if amount == most else ())
        assert store.find(OrderQuery(total_max=least)).rows == ((row,) if amount == least else ())

    def test_moments_before_1970_sort_before_those_after(self, store: Storage) -> None:
        moments = [LONG_AGO, NOW.replace(year=1969), NOW.replace(year=1970), NOW, FAR]
        for number, at in enumerate(moments):
            keep(store, order(f"ord-{number}", placed_at=at, updated_at=at))
        assert [row.placed_at for row in store.find(OrderQuery(sort="placed_at")).rows] == moments
        assert [microseconds(at) for at in moments] == sorted(map(microseconds, moments))

    def test_a_long_life_comes_back_in_order(self, store: Storage) -> None:
        kept = keep(store, order())
        for _ in range(40):
            kept = keep(store, onwards(kept))
        assert store.load("ord-1") == kept
