"""The tables, with the promises of a commit as constraints, and the indexes that every query walks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import BigInteger, Column, ColumnElement, Index, Integer, MetaData, Table, Text, UniqueConstraint, and_
from sqlalchemy import literal_column as literal

from ...errors import ValidationError
from ..finding import SORT_COLUMNS

__all__ = ["Tables"]

# Text is compared and sorted by code point: SQLite does so by itself.
_TEXT: Final = Text().with_variant(Text(collation="C"), "postgresql")
_OURS: Final = "orderflow"
#: Of 63 characters, what the longest name of an index leaves.
_PREFIX: Final = re.compile("[A-Za-z_][A-Za-z0-9_]{0,29}|")


def _text(name: str, *, key: bool = False, nullable: bool = False) -> Column[Any]:
    return Column(name, _TEXT, primary_key=key, nullable=nullable)


def _number(name: str, *, key: bool = False, nullable: bool = False) -> Column[Any]:
    return Column(name, Integer, primary_key=key, nullable=nullable, autoincrement=False)


def _large(name: str, *, nullable: bool = False) -> Column[Any]:
    """Moments are microseconds since 1970."""
    return Column(name, BigInteger, nullable=nullable)


class Tables:
    """The tables of one storage.

    What an index leaves out is written as literals in its condition and in every query of it: a database sees that they
    agree before it knows any parameter.

    Args:
        metadata: Where they are listed; if they are already, they are those.
        prefix: What their names begin with.
        schema: Where they are; None for the connection's own.

    Raises:
        ValidationError: If the prefix is no beginning of a name, or another's table has the name of one of them.
    """

    def __init__(self, metadata: MetaData, prefix: str, schema: str | None) -> None:
        if not isinstance(prefix, str) or not _PREFIX.fullmatch(prefix):
            raise ValidationError("prefix must be up to 30 letters, digits and underscores, with no digit first")
        self._metadata = metadata
        self._prefix = prefix
        self._schema = schema
        self.orders: Table = self._orders()
        self.events: Table = self._part(
            "events", _text("order_id", key=True), _number("seq", key=True), _text("record")
        )
        self.attempts: Table = self._attempts()
        self.notes: Table = self._part(
            "notes", _text("order_id", key=True), _number("number", key=True), _text("record")
        )
        self.commands: Table = self._part(
            "commands", _text("order_id", key=True), _text("key", key=True), _text("record")
        )
        self.messages: Table = self._messages()
        self.words: Table = self._part("words", _text("word", key=True), _text("order_id", key=True))

    def __iter__(self) -> Iterator[Table]:
        yield from (self.orders, self.events, self.attempts, self.notes, self.commands, self.messages, self.words)

    def _part(self, name: str, *columns: Column[Any]) -> Table:
        """A table that is made here, or was by another storage with the same metadata."""
        whole = self._prefix + name
        known = self._metadata.tables.get(f"{self._schema}.{whole}" if self._schema else whole)
        if known is None:
            return Table(whole, self._metadata, *columns, schema=self._schema, info={_OURS: name})
        if known.info.get(_OURS) != name:
            raise ValidationError(f"metadata has a table named {whole} already: choose another prefix")
        return known

    def _index(self, name: str, *columns: Column[Any], where: ColumnElement[bool] | None = None) -> None:
        whole = self._prefix + name
        if all(index.name != whole for index in columns[0].table.indexes):
            Index(whole, *columns, postgresql_where=where, sqlite_where=where)

    def _orders(self) -> Table:
        orders = self._part(
            "orders",
            _text("id", key=True),
            _number("version"),
            _text("commit_id"),
            _text("store_id"),
            _text("customer_id"),
            _number("verified"),
            _large("placed_at"),
            _text("item_name"),
            _text("currency"),
            _large("minor_units"),
            _text("status"),
            _text("transaction_id"),
            _text("webhook"),
            _text("customer_name"),
            _number("needs_review"),
            _large("payment_due_at", nullable=True),
            _large("due_at", nullable=True),
            _large("held_until", nullable=True),
            _number("events"),
            _text("events_digest"),
            _number("notes"),
            _text("notes_digest"),
            _text("words"),
            _text("record"),
        )
        of = orders.c
        self._index("orders_due", of.due_at, of.id, where=of.due_at.is_not(None))
        self._index("orders_held", of.held_until, where=of.held_until.is_not(None))
        self._order_page(orders)
        return orders

    def _order_page(self, orders: Table) -> None:
        """An index for every sort of a store's orders, of all and of one status; and what else people look for.

        They hold what was announced: a refused card costs no page anything. What never was is listed apart, and rarely.
        """
        of = orders.c
        announced = of.verified == literal("1")
        for key, names in SORT_COLUMNS.items():
            walked = [*(of[name] for name in names), of.id]
            self._index(f"orders_by_{key}", of.store_id, *walked, where=announced)
            if key != "status":
                self._index(f"orders_by_status_{key}", of.store_id, of.status, *walked, where=announced)
        self._index("orders_everywhere", of.placed_at, of.id, where=announced)
        self._index("orders_everywhere_by_status", of.status, of.placed_at, of.id, where=announced)
        self._index("orders_unannounced", of.store_id, of.placed_at, of.id, where=of.verified == literal("0"))
        self._index("orders_of_customer", of.customer_id, of.placed_at, of.id)
        self._index("orders_of_transaction", of.transaction_id, of.id, where=of.transaction_id != literal("''"))
        self._index("orders_in_review", of.placed_at, of.id, where=of.needs_review == literal("1"))

    def _attempts(self) -> Table:
        attempts = self._part(
            "attempts",
            _text("order_id", key=True),
            _text("key", key=True),
            _number("position"),
            _text("purpose"),
            _text("state"),
            _text("record"),
        )
        holding = attempts.c.state.in_([literal("'open'"), literal("'review'"), literal("'approved'")])
        name, charge = f"{self._prefix}attempts_one_charge", attempts.c.purpose == literal("'charge'")
        if all(index.name != name for index in attempts.indexes):
            where = and_(charge, holding)
            Index(name, attempts.c.order_id, unique=True, postgresql_where=where, sqlite_where=where)
        return attempts

    def _messages(self) -> Table:
        messages = self._part(
            "messages",
            _text("id", key=True),
            _text("order_id"),
            _number("seq"),
            _text("route"),
            _text("recipient"),
            _large("occurred_at"),
            _text("state"),
            _number("tries"),
            _text("token", nullable=True),
            _large("next_try", nullable=True),
            _text("error"),
            _large("delivered_at", nullable=True),
            _large("read_at", nullable=True),
            _text("message", nullable=True),
        )
        of = messages.c
        place = (of.order_id, of.seq, of.recipient, of.route)
        if not any(isinstance(one, UniqueConstraint) for one in messages.constraints):
            messages.append_constraint(UniqueConstraint(*place, name=f"{self._prefix}messages_one_each"))
        waiting, in_app = of.state == literal("'waiting'"), of.route == literal("'in_app'")
        moment = (of.occurred_at, of.order_id, of.seq)
        self._index("messages_new", *moment, where=and_(waiting, of.next_try.is_(None)))
        self._index("messages_next", of.next_try, where=and_(waiting, of.next_try.is_not(None)))
        self._index("messages_inbox", of.recipient, *moment, where=in_app)
        self._index("messages_unread", of.recipient, *moment, where=and_(in_app, of.read_at.is_(None)))
        return messages
