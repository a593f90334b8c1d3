"""The service for programs without an event loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from ._drive import is_async, step, sync_handlers, sync_only
from ._flows import decide, read
from ._flows.opening import NOTIFIER_METHODS, PAYMENT_METHODS, STORAGE_METHODS, open_shop, several
from ._flows.shop import Handler, OrderUrl, Texts
from ._flows.submit import submit
from ._flows.sweep import run_due
from .card import Card
from .command import Command
from .errors import ValidationError
from .fulfillment import Fulfillment
from .item import Item
from .message import InboxPage, MessageState
from .money import Money
from .order import Order
from .outcome import Approved, Declined
from .people import Actor, Customer, ShippingAddress
from .policy import Policy
from .ports import Clock, Notifier, PaymentGateway, Storage
from .query import OrderPage, OrderQuery
from .report import SweepReport
from .status import OrderStatus

__all__ = ["OrderService"]


class OrderService:
    """Runs a shop's orders over the ports that the host plugs in. Threads may share it.

    Every command on an order takes the actor as `by`, and an `idempotency_key` that belongs to the order: the same key
    again has no second effect and returns the order as it now stands.

    Every command may raise `ValidationError` (bad input), `OrderNotFound` (none that the actor may see), `NotPermitted`
    (not this role), `InvalidTransition` (not in this status), `PaymentInProgress` (a payment must be settled before),
    `IdempotencyConflict` (the key was used for something else), `ConcurrentUpdate` (others keep changing the order) and
    `StorageError` (the outcome is unknown: repeat with the same key). None but the last has done
    what was asked. `PaymentUnavailable` (the payment was not sent) leaves a record that nothing moved.

    Args:
        storage: Keeps the orders.
        payments: Moves the money.
        notifier: Delivers e-mail and webhooks: one, several, or None. Each message goes to the one that serves its
            channel.
        clock: Tells the time; None for the system's clock.
        policy: What the shop decides for all its orders.
        handlers: The host's own reactions, by name: functions of (event, order), called at least once an event, in
            order.
        texts: The host's wording: a function of (event, order, audience, locale) that returns a subject and a body, or
            None for the default.
        order_url: The host's link in messages: a function of (order, audience).
        new_id: Makes the ids of new orders; by default they sort by time and cannot be guessed.
        deliver: `"inline"` delivers messages in the call that owes them; `"deferred"` leaves that to `run_due`.

    Raises:
        ValidationError: If a port lacks a method or is async, or an argument is not what it must be.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        payments: PaymentGateway,
        notifier: Notifier | Sequence[Notifier] | None = None,
        clock: Clock | None = None,
        policy: Policy = Policy(),
        handlers: Mapping[str, Handler] = {},
        texts: Texts | None = None,
        order_url: OrderUrl | None = None,
        new_id: Callable[[], str] | None = None,
        deliver: Literal["inline", "deferred"] = "inline",
    ) -> None:
        for port, methods in ((storage, STORAGE_METHODS), (payments, PAYMENT_METHODS)):
            if is_async(port, methods):
                raise ValidationError(f"{type(port).__name__} is async: use AsyncOrderService")
        self._shop = open_shop(
            storage=storage,
            payments=payments,
            notifiers=[sync_only(one, NOTIFIER_METHODS) for one in several(notifier)],
            clock=clock,
            policy=policy,
            handlers=sync_handlers(handlers),
            texts=texts,
            order_url=order_url,
            new_id=new_id,
            deliver=deliver,
        )

    def submit(
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
        """A customer requests items: the card is verified with a small authorization that is voided at once.

        Args:
            store_id: Whose order it is.
            customer: Who orders.
            items: What is ordered, 1 to 100, in one currency.
            card: The card, as the gateway's token.
            shipping_address: Where physical items go; needed if there is one.
            metadata: The host's own, str to str, at most 50 of 1,000 characters; shown to nobody.
            order_id: The host's own id, which makes the request repeatable: the same id with the same customer, store,
                items, address and metadata returns the first order. Without it an id is made.

        Returns:
            The order, RECEIVED; or, if nobody knows yet whether the card passed, with `payment_in_progress`.

        Raises:
            ValidationError: If something is not what it must be. Nothing was written.
            DuplicateOrder: If the order id belongs to another request.
            CardDeclined: If the card did not pass. The order is closed, and was never announced.
            PaymentUnavailable: If the card could not be asked about. Try again, under a new id.
            StorageError: If the storage failed: repeat with the same order id.
        """
        return step(
            submit(
                self._shop,
                store_id=store_id,
                customer=customer,
                items=items,
                card=card,
                shipping_address=shipping_address,
                metadata=metadata,
                order_id=order_id,
            )
        )

    def accept(self, order_id: str, *, by: Actor, idempotency_key: str | None = None) -> Order:
        """The merchant accepts: the card is charged the total. What was free needs no charge.

        Returns:
            The order, ACCEPTED; or PENDING_PAYMENT, if the charge was declined; or RECEIVED with `payment_in_progress`,
            if nobody knows yet.

        Raises:
            PaymentUnavailable: If the charge could not be sent: nothing moved, try again.
            OrderflowError: As every command; see the class.
        """
        return step(decide.accept(self._shop, order_id, by, idempotency_key))

    def decline(self, order_id: str, *, by: Actor, reason: str = "", idempotency_key: str | None = None) -> Order:
        """The merchant declines. The reason, at most 10,000 characters, is told to the customer.

        Returns:
            The order, DECLINED.

        Raises:
            OrderflowError: As every command; see the class.
        """
        return step(decide.decline(self._shop, order_id, by, reason, idempotency_key))

    def cancel(self, order_id: str, *, by: Actor, reason: str = "", idempotency_key: str | None = None) -> Order:
        """The customer cancels, before the order is paid. The reason is told to the merchant.

        Returns:
            The order, CANCELED.

        Raises:
            OrderflowError: As every command; see the class.
        """
        return step(decide.cancel(self._shop, order_id, by, reason, idempotency_key))

    def retry_payment(
        self, order_id: str, *, by: Actor, card: Card | None = None, idempotency_key: str | None = None
    ) -> Order:
        """The customer tries to pay again, with the same card or a new one.

        Returns:
            The order, ACCEPTED; or PENDING_PAYMENT, if the charge was declined again or nobody knows yet (then with
            `payment_in_progress`). The time to pay does not move.

        Raises:
            PaymentWindowClosed: If the time to pay is over.
            PaymentUnavailable: If the charge could not be sent: nothing moved, try again.
            OrderflowError: As every command; see the class.
        """
        return step(decide.retry_payment(self._shop, order_id, by, card, idempotency_key))

    def complete(
        self, order_id: str, *, by: Actor, fulfillment: Fulfillment, idempotency_key: str | None = None
    ) -> Order:
        """The merchant has sent the order, and says how.

        Returns:
            The order, COMPLETED.

        Raises:
            OrderflowError: As every command; see the class.
        """
        return step(decide.complete(self._shop, order_id, by, fulfillment, idempotency_key))

    def refund(
        self,
        order_id: str,
        *,
        by: Actor,
        amount: Money | None = None,
        reason: str = "",
        idempotency_key: str | None = None,
    ) -> Order:
        """Give money back of the charge that paid.

        Give an idempotency key, so that a repetition is not a second refund.

        Args:
            order_id: The order.
            by: The merchant or an operator.
            amount: How much; None for all that is left.
            reason: For the timeline.
            idempotency_key: Makes the command repeatable.

        Returns:
            The order; `refunded` tells what went back, and its last attempt what came of this refund.

        Raises:
            ValidationError: If it is more than what is left; unsettled refunds count as given.
            PaymentUnavailable: If it could not be sent: nothing moved, try again.
            OrderflowError: As every command; see the class.
        """
        return step(decide.refund(self._shop, order_id, by, amount, reason, idempotency_key))

    def add_note(self, order_id: str, *, by: Actor, text: str, idempotency_key: str | None = None) -> Order:
        """Add a note, at most 10,000 characters. Customers never see notes.

        Returns:
            The order.

        Raises:
            OrderflowError: As every command; see the class.
        """
        return step(decide.add_note(self._shop, order_id, by, text, idempotency_key))

    def resolve_payment(
        self,
        order_id: str,
        *,
        by: Actor,
        key: str,
        outcome: Approved | Declined | None,
        evidence: str,
        idempotency_key: str | None = None,
    ) -> Order:
        """Say what became of a payment in review, and how that is known. It moves no money by itself.

        Args:
            order_id: The order.
            by: An operator or the merchant.
            key: The attempt's key.
            outcome: `Approved` or `Declined` as the gateway's records show it; None if it never happened.
            evidence: Where that was seen; kept on the timeline.
            idempotency_key: Makes the command repeatable.

        Returns:
            The order, with all that follows from the outcome.

        Raises:
            ValidationError: If no payment with that key is in review.
            OrderflowError: As every command; see the class.
        """
        return step(decide.resolve_payment(self._shop, order_id, by, key, outcome, evidence, idempotency_key))

    def check_payment(self, order_id: str, key: str | None = None) -> Order:
        """Ask the gateway now what became of payments, as the system: for the host's own webhook of its gateway.

        A gateway's event is only a hint, and this asks the gateway itself. It never sends anything.

        Args:
            order_id: The order.
            key: One attempt, concluded or not; None for every unsettled one but voids.

        Returns:
            The whole order.

        Raises:
            OrderNotFound: If there is no such order.
            ValidationError: If the order has no attempt with that key.
        """
        return step(read.check_payment(self._shop, order_id, key))

    def get(self, order_id: str, *, by: Actor) -> Order:
        """The order, as the actor may see it.

        Raises:
            OrderNotFound: If there is none that the actor may see.
        """
        return step(read.get(self._shop, order_id, by))

    def find(self, query: OrderQuery, *, by: Actor) -> OrderPage:
        """A page of orders: a customer finds their own, a merchant the store's, an operator all.

        Raises:
            ValidationError: If the query's cursor is broken, or belongs to another sort or filter.
            NotPermitted: If the query asks for others' orders.
        """
        return step(read.find(self._shop, query, by))

    def counts(self, *, store_id: str, by: Actor) -> Mapping[OrderStatus, int]:
        """How many orders of a store are in each status, all seven.

        Raises:
            NotPermitted: If the store is not the actor's.
        """
        return step(read.counts(self._shop, store_id, by))

    def available_actions(self, order_id: str, *, by: Actor) -> Mapping[Command, str | None]:
        """For each command on an order: None if the actor may give it now, else the reason why not.

        Raises:
            OrderNotFound: If there is no order that the actor may see.
        """
        return step(read.available_actions(self._shop, order_id, by))

    def inbox(self, *, by: Actor, unread_only: bool = False, limit: int = 50, after: str | None = None) -> InboxPage:
        """A page of in-app messages, newest first: a customer's own, or the store's for its merchant.

        Args:
            by: Whose.
            unread_only: Only those not marked as read.
            limit: Messages a page, 1 to 200.
            after: The cursor of the page before.

        Raises:
            NotPermitted: If the actor has no inbox.
            ValidationError: If the cursor is broken.
        """
        return step(read.inbox(self._shop, by, unread_only=unread_only, limit=limit, after=after))

    def mark_read(self, message_ids: Sequence[str], *, by: Actor) -> None:
        """Mark in-app messages as read. Ids of others' messages are ignored."""
        step(read.mark_read(self._shop, message_ids, by))

    def messages(self, order_id: str, *, by: Actor) -> Sequence[MessageState]:
        """What was sent to whom about an order, webhooks included: state, tries, next try, last error.

        A customer sees what was sent to them.

        Raises:
            OrderNotFound: If there is no order that the actor may see.
        """
        return step(read.messages(self._shop, order_id, by))

    def redeliver(self, message_id: str, *, by: Actor) -> MessageState:
        """Deliver a message once more, with all its tries before it.

        Returns:
            What became of it.

        Raises:
            OrderNotFound: If it tells of no order that the actor may see.
            NotPermitted: If the actor is a customer.
            ValidationError: If nothing with that id was sent outside the app.
        """
        return step(read.redeliver(self._shop, message_id, by))

    def run_due(self, limit: int = 100) -> SweepReport:
        """One sweep: conclude what is open, expire and remind, deliver. Call it every minute or so, from anywhere.

        It is bounded and idempotent, and any number of processes may call it at once.

        Args:
            limit: The most orders, and the most messages, to work on.

        Returns:
            What was done, whether more is due at once, and when the next work falls due.

        Raises:
            StorageError: If the storage failed; what was begun is taken up again.
        """
        return step(run_due(self._shop, limit))
