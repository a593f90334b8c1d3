"""The ports: what a host plugs in. Each but the clock has an async twin, with the same promises, awaited.

A port counts as async if its methods are coroutine functions, looked at once, when the service is made.
`OrderService` takes sync ports, `AsyncOrderService` takes both.

Every moment that a port is given comes from the service's clock: a port asks no clock of its own about orders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

import attrs

from .attempt import PaymentAttempt
from .command import CommandRecord
from .fields import as_tuple, as_utc_or_none, each, ident, moment, optional
from .message import Channel, Delivery, DeliveryState, InboxPage, Message, MessageState, Owed
from .order import Order
from .outcome import Approved, Declined, NotSent, Outcome, Pending
from .query import OrderPage, OrderQuery
from .status import OrderStatus

__all__ = [
    "Approved",
    "AsyncNotifier",
    "AsyncPaymentGateway",
    "AsyncStorage",
    "Claimed",
    "Clock",
    "CommandRecord",
    "Declined",
    "Delivery",
    "DeliveryState",
    "InboxPage",
    "Message",
    "MessageState",
    "NotSent",
    "Notifier",
    "Outcome",
    "Owed",
    "PaymentGateway",
    "Pending",
    "Storage",
    "TryLater",
    "Undeliverable",
]


class Undeliverable(Exception):
    """A notifier raises it for a message that can never be delivered: it is kept as failed, and not tried again.

    Attributes:
        code: What the merchant is shown of it, as `MessageState.last_error`: see `TryLater`.
    """

    def __init__(self, message: str = "", *, code: str = "") -> None:
        super().__init__(message or code)
        self.code = code


class TryLater(Exception):
    """A notifier raises it for a message that can't be delivered now, to say why, or when to try again.

    Whatever else a notifier raises is tried again as well, and shown by the name of its type alone.

    Attributes:
        code: What the merchant is shown of it, as `MessageState.last_error`: a few plain words such as `"HTTP 500"`,
            which the notifier vouches for. Letters, digits, blanks and `._:-` of ASCII, at most 60; a code of any
            other form is not shown.
        after: How long to leave the recipient alone, at most 24 hours; the policy's own pause if that is longer. None
            for that pause.
    """

    def __init__(self, code: str, after: timedelta | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.after = after


@attrs.frozen
class Claimed:
    """What `Storage.claim_due` hands out.

    Attributes:
        order_ids: Orders with work, claimed for the length of the lease.
        next_at: When the next work falls due that is not handed out here, UTC; in the past if the limit left it out;
            None if there is none.
    """

    order_ids: tuple[str, ...] = attrs.field(converter=as_tuple, validator=each(ident()))
    next_at: datetime | None = attrs.field(default=None, converter=as_utc_or_none, validator=optional(moment))


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """Now: an aware datetime, in UTC."""
        ...


@runtime_checkable
class PaymentGateway(Protocol):
    """Moves money. It gets the whole attempt, and honours `attempt.key`.

    Only a returned `Declined` is a decline. Whatever a method raises means that the outcome is unknown: never "failed",
    never "nothing happened". Raise freely: on time-outs, on errors of the gateway, on answers that make no sense.

    `Pending` leaves the attempt open, until `find` tells what became of it. `NotSent` counts on an attempt's first send
    only, and never for a void: later, or from `find`, it is no answer.

    The same attempt may be sent again, and its request must be the same then: it may depend on no time, and not on
    `attempt.claim`. Inside `idempotency_window` of its first send, a key that the gateway has seen
    must give the first answer again and move nothing. `orderflow` never sends a key after the window.

    Attributes:
        idempotency_window: How long the gateway honours a key.
        conclusive_lookup: True if `find` returning None proves that the key has never moved money; False if the lookup
            may lag behind or forget.
        longest_call: No call of this adapter lasts longer: the sum of its time-outs and own retries.
    """

    @property
    def idempotency_window(self) -> timedelta: ...
    @property
    def conclusive_lookup(self) -> bool: ...
    @property
    def longest_call(self) -> timedelta: ...

    def authorize(self, attempt: PaymentAttempt) -> Outcome:
        """Authorize `attempt.amount` on `attempt.card`, and capture nothing. Zero asks for a zero authorization."""
        ...

    def charge(self, attempt: PaymentAttempt) -> Outcome:
        """Charge `attempt.amount` to `attempt.card`, in full, now."""
        ...

    def void(self, attempt: PaymentAttempt) -> Outcome:
        """Release the authorization `attempt.target`. `Approved` means that it is gone, by us or before us."""
        ...

    def refund(self, attempt: PaymentAttempt) -> Outcome:
        """Give back `attempt.amount` of the charge `attempt.target`."""
        ...

    def find(self, attempt: PaymentAttempt) -> Outcome | None:
        """What became of `attempt.key`: an outcome if the gateway knows the key, else None. It moves nothing."""
        ...


@runtime_checkable
class AsyncPaymentGateway(Protocol):
    """`PaymentGateway`, awaited."""

    @property
    def idempotency_window(self) -> timedelta: ...
    @property
    def conclusive_lookup(self) -> bool: ...
    @property
    def longest_call(self) -> timedelta: ...
    async def authorize(self, attempt: PaymentAttempt) -> Outcome: ...
    async def charge(self, attempt: PaymentAttempt) -> Outcome: ...
    async def void(self, attempt: PaymentAttempt) -> Outcome: ...
    async def refund(self, attempt: PaymentAttempt) -> Outcome: ...
    async def find(self, attempt: PaymentAttempt) -> Outcome | None: ...


@runtime_checkable
class Notifier(Protocol):
    """Delivers messages outside the app.

    Attributes:
        channels: Which of `Channel.EMAIL` and `Channel.WEBHOOK` it serves. In-app messages need no notifier: the outbox
            is the inbox.
    """

    @property
    def channels(self) -> frozenset[Channel]: ...

    def send(self, message: Message) -> None:
        """Deliver one message. It may come again with the same `message.id`.

        Returns:
            If it was delivered.

        Raises:
            Undeliverable: If it never can be.
            Exception: Anything else: it is tried again later.
        """
        ...


@runtime_checkable
class AsyncNotifier(Protocol):
    """`Notifier`, awaited."""

    @property
    def channels(self) -> frozenset[Channel]: ...
    async def send(self, message: Message) -> None: ...


@runtime_checkable
class Storage(Protocol):
    """Keeps orders. The core computes, the store keeps: an adapter knows no statuses, deadlines or attempts.

    What an adapter may raise: `DuplicateOrder`, `ConcurrentUpdate`, `ValidationError` for a broken cursor, and
    `StorageError`. Whatever else it raises counts as a `StorageError`: the outcome is unknown.

    Every method may be called from many threads and processes at once. A method that returns has done its work durably;
    one that raises has done it wholly or not at all.
    """

    def load(self, order_id: str) -> Order | None:
        """The order as the last commit wrote it; None if there is none. It is equal to what was committed."""
        ...

    def commit(
        self,
        order: Order,
        *,
        expected_version: int,
        commit_id: str,
        messages: Sequence[Owed] = (),
        command: CommandRecord | None = None,
        due_at: datetime | None = None,
    ) -> None:
        """Write the order, its outbox rows and its command: all or nothing, durable on return.

        Args:
            order: The whole order; its version is `expected_version + 1`. Its timeline and notes begin with those that
                are stored: only what comes after is new. Attempts may change, and are never taken away.
            expected_version: 0 creates the order. Else the stored version must be this one.
            commit_id: Unique to this commit. If it is the id of the order's last commit, the call succeeds without any
                effect, whatever else it holds: so a caller that never saw the acknowledgement repeats the call.
            messages: Rows to add to the outbox; their ids are new. A row whose route is `in_app` needs no delivery: it
                is delivered once it is committed. A row with a token is already claimed with it until its `next_try`.
            command: Replaces an earlier record of the same order and key.
            due_at: When the sweep has work on the order next; None if never. It replaces the earlier one.

        The commit ends the order's sweep lease.

        These hold on every adapter, as constraints where it keeps rows: one order per id; one event per (order, seq),
        gapless; at most one charge per order in the states open, review or approved; one outbox row per (order, seq,
        recipient, route); one command per (order, key). A commit that would break one writes nothing.

        It looks at `commit_id` first, then at the version, then at the constraints.

        Raises:
            DuplicateOrder: If `expected_version` is 0 and the id is taken.
            ConcurrentUpdate: If the stored version is another. Nothing was written.
            StorageError: If the commit breaks a constraint, with nothing written; or with the outcome unknown.
        """
        ...

    def find_command(self, order_id: str, key: str) -> CommandRecord | None:
        """The latest record of that key on that order."""
        ...

    def find(self, query: OrderQuery) -> OrderPage:
        """A page of orders. `orderflow.query` says what matches, how rows sort, and makes and reads the cursors.

        Raises:
            ValidationError: If the cursor is broken or belongs to another query.
        """
        ...

    def counts(self, store_id: str) -> Mapping[OrderStatus, int]:
        """How many announced (verified) orders of the store are in each of the seven statuses."""
        ...

    def claim_due(self, *, now: datetime, lease: timedelta, limit: int) -> Claimed:
        """Hand out up to `limit` orders whose `due_at` is `now` or before and that nobody holds, the longest due first.

        Each is held until `now + lease`, or until it is committed. No order is handed out twice meanwhile. `next_at` is
        the earliest moment at which another order falls due (`now` or before, if the limit left it out) or one that is
        held is let go, or, after `now`, at which a waiting message may be tried. A limit of 0 hands out nothing, and
        only asks for that.
        """
        ...

    def claim_messages(
        self, *, now: datetime, lease: timedelta, limit: int, routes: frozenset[str], order_id: str | None = None
    ) -> Sequence[Owed]:
        """Hand out up to `limit` waiting rows of these routes, of one order or of all, oldest first.

        A row may be claimed if its `next_try` is None, or `now` or before. It is handed out with a new token, and with
        `next_try` at `now + lease`; a row whose claim has run out is handed out again under another token.

        Two rules keep the order. The first try of a row waits for the first try of every earlier row of the same order,
        recipient and channel. A row without a message (a handler's) waits until every earlier row of the same order,
        recipient and route is delivered or failed. Rows handed out together are in order, and count as tried for one
        another.
        """
        ...

    def record_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        """Write down what tries came to: state, tries, next try, error; and end the claims.

        A delivery whose token is not the row's (both None for a row that nobody holds) is ignored, as is one of an
        unknown row. No order's version changes.
        """
        ...

    def messages(self, order_id: str) -> Sequence[MessageState]:
        """Every outbox row of the order by (seq, recipient, route), with what became of it."""
        ...

    def inbox(self, recipient: str, *, unread_only: bool, limit: int, after: str | None) -> InboxPage:
        """The recipient's in-app messages, newest first by (occurred_at, order_id, seq), each exactly once.

        Raises:
            ValidationError: If the cursor is broken.
        """
        ...

    def mark_read(self, recipient: str, message_ids: Sequence[str], at: datetime) -> None:
        """Mark the recipient's in-app messages as read; the first moment stays. Ids of others' messages are ignored."""
        ...


@runtime_checkable
class AsyncStorage(Protocol):
    """`Storage`, awaited."""

    async def load(self, order_id: str) -> Order | None: ...
    async def commit(
        self,
        order: Order,
        *,
        expected_version: int,
        commit_id: str,
        messages: Sequence[Owed] = (),
        command: CommandRecord | None = None,
        due_at: datetime | None = None,
    ) -> None: ...
    async def find_command(self, order_id: str, key: str) -> CommandRecord | None: ...
    async def find(self, query: OrderQuery) -> OrderPage: ...
    async def counts(self, store_id: str) -> Mapping[OrderStatus, int]: ...
    async def claim_due(self, *, now: datetime, lease: timedelta, limit: int) -> Claimed: ...
    async def claim_messages(
        self, *, now: datetime, lease: timedelta, limit: int, routes: frozenset[str], order_id: str | None = None
    ) -> Sequence[Owed]: ...
    async def record_deliveries(self, deliveries: Sequence[Delivery]) -> None: ...
    async def messages(self, order_id: str) -> Sequence[MessageState]: ...
    async def inbox(self, recipient: str, *, unread_only: bool, limit: int, after: str | None) -> InboxPage: ...
    async def mark_read(self, recipient: str, message_ids: Sequence[str], at: datetime) -> None: ...
