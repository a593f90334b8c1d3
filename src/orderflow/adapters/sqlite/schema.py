"""The tables of a file, and how a file of an older version becomes one of this version."""

from __future__ import annotations

from typing import Final

from ..finding import SORT_COLUMNS

__all__ = ["APPLICATION", "MIGRATIONS"]

#: `PRAGMA application_id`: "OFLW", which tells a file of ours from another program's.
APPLICATION: Final = 0x4F464C57

# The promises of a commit are constraints here, so that not even a buggy caller breaks them. Moments are microseconds
# since 1970. Long records come last: a page of orders reads none of them.
_TABLES: Final = """
CREATE TABLE orders (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    commit_id TEXT NOT NULL,
    store_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    verified INTEGER NOT NULL,
    placed_at INTEGER NOT NULL,
    item_name TEXT NOT NULL,
    currency TEXT NOT NULL,
    minor_units INTEGER NOT NULL,
    status TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    webhook TEXT NOT NULL,
    customer_name TEXT NOT NULL,
    needs_review INTEGER NOT NULL,
    payment_due_at INTEGER,
    due_at INTEGER,
    held_until INTEGER,
    events INTEGER NOT NULL,
    events_digest TEXT NOT NULL,
    notes INTEGER NOT NULL,
    notes_digest TEXT NOT NULL,
    words TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE TABLE events (
    order_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (order_id, seq)
) WITHOUT ROWID;
CREATE TABLE attempts (
    order_id TEXT NOT NULL,
    key TEXT NOT NULL,
    position INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    state TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (order_id, key)
) WITHOUT ROWID;
CREATE UNIQUE INDEX attempts_one_charge ON attempts (order_id)
    WHERE purpose = 'charge' AND state IN ('open', 'review', 'approved');
CREATE TABLE notes (
    order_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (order_id, number)
) WITHOUT ROWID;
CREATE TABLE commands (
    order_id TEXT NOT NULL,
    key TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (order_id, key)
) WITHOUT ROWID;
CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY,
    order_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    route TEXT NOT NULL,
    recipient TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL,
    token TEXT,
    next_try INTEGER,
    error TEXT NOT NULL,
    delivered_at INTEGER,
    read_at INTEGER,
    message TEXT,
    UNIQUE (order_id, seq, recipient, route)
);
CREATE TABLE words (
    word TEXT NOT NULL,
    order_id TEXT NOT NULL,
    PRIMARY KEY (word, order_id)
) WITHOUT ROWID;
CREATE INDEX orders_due ON orders (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX orders_held ON orders (held_until) WHERE held_until IS NOT NULL;
CREATE INDEX messages_new ON messages (occurred_at, order_id, seq) WHERE state = 'waiting' AND next_try IS NULL;
CREATE INDEX messages_next ON messages (next_try) WHERE state = 'waiting' AND next_try IS NOT NULL;
CREATE INDEX messages_inbox ON messages (recipient, occurred_at, order_id, seq) WHERE route = 'in_app';
CREATE INDEX messages_unread ON messages (recipient, occurred_at, order_id, seq)
    WHERE route = 'in_app' AND read_at IS NULL;
"""


def _order_page() -> str:
    """An index for every sort of a store's orders, of all and of one status; and what else people look for.

    They hold what was announced: a refused card costs no page anything. What never was is listed apart, and rarely.
    """
    statements = []
    for key, columns in SORT_COLUMNS.items():
        walked = ", ".join((*columns, "id", "verified"))  # the last so that counting reads nothing but the index
        statements.append(f"CREATE INDEX orders_by_{key} ON orders (store_id, {walked}) WHERE verified = 1")
        if key != "status":
            statements.append(
                f"CREATE INDEX orders_by_status_{key} ON orders (store_id, status, {walked}) WHERE verified = 1"
            )
    statements += [
        "CREATE INDEX orders_everywhere ON orders (placed_at, id) WHERE verified = 1",
        "CREATE INDEX orders_everywhere_by_status ON orders (status, placed_at, id) WHERE verified = 1",
        "CREATE INDEX orders_unannounced ON orders (store_id, placed_at, id) WHERE verified = 0",
        "CREATE INDEX orders_of_customer ON orders (customer_id, placed_at, id)",
        "CREATE INDEX orders_of_transaction ON orders (transaction_id, id) WHERE transaction_id <> ''",
        "CREATE INDEX orders_in_review ON orders (placed_at, id) WHERE needs_review = 1",
    ]
    return ";\n".join(statements) + ";\n"


#: What makes a file of version n one of version n + 1; `PRAGMA user_version` tells a file's version.
MIGRATIONS: Final = (_TABLES, _order_page())
