"""The service for programs with an event loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from ._drive import lift, lifted
from ._flows import decide, read
from ._flows.opening import NOTIFIER_METHODS, PAYMENT_METHODS, STORAGE_METHODS, open_shop, several
from ._flows.shop import Handler, OrderUrl, Texts
from ._flows.submit import submit
from ._flows.sweep import run_due
from .card import Card
from .command import Command
from .fulfillment import Fulfillment
from .item import Item
from .message import InboxPage, MessageState
from .money import Money
from .order import Order
from .outcome import Approved, Declined
from .people import Actor, Customer, ShippingAddress
from .policy import Policy
from .ports import AsyncNotifier, AsyncPaymentGateway, AsyncStorage, Clock, Notifier, PaymentGateway, Storage
from .query import OrderPage, OrderQuery
from .report import SweepReport
from .status import OrderStatus

__all__ = ["AsyncOrderService"]


class AsyncOrderService:
    """`OrderService`, awaited, over sync or async ports: sync ports and handlers run in worker threads.

    A command that is cancelled leaves what it began: an open payment is for the sweep to conclude, and no money is lost
    sight of. See `OrderService` for the arguments and the errors.
    """

    def __init__(
        self,
        *,
        storage: Storage | AsyncStorage,
        payments: PaymentGateway | AsyncPaymentGateway,
        notifier: Notifier | AsyncNotifier | Sequence[Notifier | AsyncNotifier] | None = None,
        clock: Clock | None = None,
        policy: Policy = Policy(),
        handlers: Mapping[str, Handler] = {},
        texts: Texts | None = None,
        order_url: OrderUrl | None = None,
        new_id: Callable[[], str] | None = None,
        deliver: Literal["inline", "deferred"] = "inline",
    ) -> None:
        self._shop = open_shop(
            storage=lift(storage, STORAGE_METHODS),
            payments=lift(payments, PAYMENT_METHODS),
            notifiers=[lift(one, NOTIFIER_METHODS) for one in several(notifier)],
            clock=clock,
            policy=policy,
            handlers=lifted(handlers),
            texts=texts,
            order_url=order_url,
            new_id=new_id,
            deliver=deliver,
        )

    async def submit(
        self,
        *,
        store_id: str,
        customer: Customer,
        items: Sequence[Item],
        card: Card,
        shipping_address: ShippingAddress | None = None,
        metadata: Mapping[str, str] = {},
        order_id: str | None = None,
    ) -> Order:
        """See `OrderService.submit`."""
        return await submit(
            self._shop,
            store_id=store_id,
            customer=customer,
            items=items,
            card=card,
            shipping_address=shipping_address,
            metadata=metadata,
            order_id=order_id,
        )

    async def accept(self, order_id: str, *, by: Actor, idempotency_key: str | None = None) -> Order:
        """See `OrderService.accept`."""
        return await decide.accept(self._shop, order_id, by, idempotency_key)

    async def decline(self, order_id: str, *, by: Actor, reason: str = "", idempotency_key: str | None = None) -> Order:
        """See `OrderService.decline`."""
        return await decide.decline(self._shop, order_id, by, reason, idempotency_key)

    async def cancel(self, order_id: str, *, by: Actor, reason: str = "", idempotency_key: str | None = None) -> Order:
        """See `OrderService.cancel`."""
        return await decide.cancel(self._shop, order_id, by, reason, idempotency_key)

    async def retry_payment(
        self, order_id: str, *, by: Actor, card: Card | None = None, idempotency_key: str | None = None
    ) -> Order:
        """See `OrderService.retry_payment`."""
        return await decide.retry_payment(self._shop, order_id, by, card, idempotency_key)

    async def complete(
        self, order_id: str, *, by: Actor, fulfillment: Fulfillment, idempotency_key: str | None = None
    ) -> Order:
        """See `OrderService.complete`."""
        return await decide.complete(self._shop, order_id, by, fulfillment, idempotency_key)

    async def refund(
        self,
        order_id: str,
        *,
        by: Actor,
        amount: Money | None = None,
        reason: str = "",
        idempotency_key: str | None = None,
    ) -> Order:
        """See `OrderService.refund`."""
        return await decide.refund(self._shop, order_id, by, amount, reason, idempotency_key)

    async def add_note(self, order_id: str, *, by: Actor, text: str, idempotency_key: str | None = None) -> Order:
        """See `OrderService.add_note`."""
        return await decide.add_note(self._shop, order_id, by, text, idempotency_key)

    async def resolve_payment(
        self,
        order_id: str,
        *,
        by: Actor,
        key: str,
        outcome: Approved | Declined | None,
        evidence: str,
        idempotency_key: str | None = None,
    ) -> Order:
        """See `OrderService.resolve_payment`."""
        return await decide.resolve_payment(self._shop, order_id, by, key, outcome, evidence, idempotency_key)

    async def check_payment(self, order_id: str, key: str | None = None) -> Order:
        """See `OrderService.check_payment`."""
        return await read.check_payment(self._shop, order_id, key)

    async def get(self, order_id: str, *, by: Actor) -> Order:
        """See `OrderService.get`."""
        return await read.get(self._shop, order_id, by)

    async def find(self, query: OrderQuery, *, by: Actor) -> OrderPage:
        """See `OrderService.find`."""
        return await read.find(self._shop, query, by)

    async def counts(self, *, store_id: str, by: Actor) -> Mapping[OrderStatus, int]:
        """See `OrderService.counts`."""
        return await read.counts(self._shop, store_id, by)

    async def available_actions(self, order_id: str, *, by: Actor) -> Mapping[Command, str | None]:
        """See `OrderService.available_actions`."""
        return await read.available_actions(self._shop, order_id, by)

    async def inbox(
        self, *, by: Actor, unread_only: bool = False, limit: int = 50, after: str | None = None
    ) -> InboxPage:
        """See `OrderService.inbox`."""
        return await read.inbox(self._shop, by, unread_only=unread_only, limit=limit, after=after)

    async def mark_read(self, message_ids: Sequence[str], *, by: Actor) -> None:
        """See `OrderService.mark_read`."""
        await read.mark_read(self._shop, message_ids, by)

    async def messages(self, order_id: str, *, by: Actor) -> Sequence[MessageState]:
        """See `OrderService.messages`."""
        return await read.messages(self._shop, order_id, by)

    async def redeliver(self, message_id: str, *, by: Actor) -> MessageState:
        """See `OrderService.redeliver`."""
        return await read.redeliver(self._shop, message_id, by)

    async def run_due(self, limit: int = 100) -> SweepReport:
        """See `OrderService.run_due`."""
        return await run_due(self._shop, limit)
