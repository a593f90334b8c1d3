"""orderflow: made-to-order sales with books that stay right whatever fails.

A shop embeds `OrderService` (or `AsyncOrderService`) and plugs in a storage, a payment gateway, notifiers and a clock.
"""

from __future__ import annotations

from .aservice import AsyncOrderService
from .attempt import AttemptState, PaymentAttempt, Purpose
from .card import Card
from .clock import ManualClock, SystemClock
from .command import Command
from .errors import (
    CardDeclined,
    ConcurrentUpdate,
    DuplicateOrder,
    IdempotencyConflict,
    InvalidTransition,
    NotPermitted,
    OrderflowError,
    OrderNotFound,
    PaymentInProgress,
    PaymentUnavailable,
    PaymentWindowClosed,
    StorageError,
    ValidationError,
)
from .event import Event, EventKind, Note
from .fulfillment import Fulfillment, FulfillmentMethod
from .history import verify_history
from .item import Item
from .message import Audience, Channel, DeliveryState, InboxPage, Message, MessageState
from .money import Money
from .order import Order
from .outcome import Approved, Declined, NotSent, Outcome, Pending
from .people import Actor, Customer, Role, ShippingAddress
from .policy import Policy
from .query import OrderPage, OrderQuery, OrderSummary, WebhookState
from .report import SweepReport
from .service import OrderService
from .status import OrderStatus

__all__ = [
    "Actor",
    "Approved",
    "AsyncOrderService",
    "AttemptState",
    "Audience",
    "Card",
    "CardDeclined",
    "Channel",
    "Command",
    "ConcurrentUpdate",
    "Customer",
    "Declined",
    "DeliveryState",
    "DuplicateOrder",
    "Event",
    "EventKind",
    "Fulfillment",
    "FulfillmentMethod",
    "IdempotencyConflict",
    "InboxPage",
    "InvalidTransition",
    "Item",
    "ManualClock",
    "Message",
    "MessageState",
    "Money",
    "NotPermitted",
    "NotSent",
    "Note",
    "Order",
    "OrderNotFound",
    "OrderPage",
    "OrderQuery",
    "OrderService",
    "OrderStatus",
    "OrderSummary",
    "OrderflowError",
    "Outcome",
    "PaymentAttempt",
    "PaymentInProgress",
    "PaymentUnavailable",
    "PaymentWindowClosed",
    "Pending",
    "Policy",
    "Purpose",
    "Role",
    "ShippingAddress",
    "StorageError",
    "SweepReport",
    "SystemClock",
    "ValidationError",
    "WebhookState",
    "verify_history",
]
