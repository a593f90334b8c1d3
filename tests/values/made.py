"""One good set of arguments for every value, and each value made of it with what a test names changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from orderflow import (
    Actor,
    Approved,
    AttemptState,
    Audience,
    Card,
    Channel,
    Customer,
    Declined,
    DeliveryState,
    Event,
    EventKind,
    Fulfillment,
    FulfillmentMethod,
    InboxPage,
    Item,
    Message,
    MessageState,
    Money,
    Note,
    NotSent,
    Order,
    OrderPage,
    OrderQuery,
    OrderStatus,
    OrderSummary,
    PaymentAttempt,
    Pending,
    Policy,
    Purpose,
    Role,
    ShippingAddress,
    SweepReport,
    WebhookState,
)
from orderflow.ports import CommandRecord, Delivery, Owed

NOW: Final = datetime(2026, 1, 5, 9, 0, tzinfo=timezone.utc)
LATER: Final = NOW + timedelta(days=7)
PRICE: Final = Money("120.00", "USD")
CARD: Final = Card("tok_good", "visa", "4242", 12, 2031, "cus_1")
ANA: Final = Actor.customer("m-42", "Ana")
ITEM: Final = Item("Birthday video", PRICE, 1, False, {"For": "Sam"}, "sku-1")
ADDRESS: Final = ShippingAddress("Ana", "Rua 1", "Lisboa", "1000-001", "PT", "2 esq.", "Lisboa", "+351 210 000 000")
SUMMARY: Final = OrderSummary(
    id="o-1", placed_at=NOW, item_name="Birthday video", total=PRICE, status=OrderStatus.RECEIVED, customer_name="Ana"
)
_NAMES: Final = {"id": "o-1.m", "order_id": "o-1", "seq": 1, "route": "email", "recipient": "customer:m-42"}
_MESSAGE: Final = {
    "id": "o-1.m",
    "order_id": "o-1",
    "store_id": "studio-7",
    "audience": Audience.CUSTOMER,
    "channel": Channel.EMAIL,
    "kind": EventKind.ACCEPTED,
    "status": OrderStatus.ACCEPTED,
    "subject": "Your order is accepted",
    "body": "It is.\nThanks.",
    "occurred_at": NOW,
    "read_at": LATER,
    "order": SUMMARY,
    "address": "ana@example.com",
}

#: For every class of value: arguments that it takes, all of them named.
GOOD: Final[Mapping[type[Any], Mapping[str, Any]]] = {
    Money: {"amount": "120.00", "currency": "USD"},
    Actor: {"role": Role.MERCHANT, "id": "staff-1", "store_id": "studio-7", "name": "Mia"},
    Customer: {"id": "m-42", "name": "Ana", "email": "ana@example.com", "locale": "pt-BR"},
    ShippingAddress: {name: getattr(ADDRESS, name) for name in ShippingAddress.__slots__ if name != "__weakref__"},
    Item: {
        "name": "Print",
        "unit_price": PRICE,
        "quantity": 2,
        "physical": True,
        "details": {"For": "Sam"},
        "ref": "1",
    },
    Card: {"token": "tok_1", "brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2031, "payer": "cus_1"},
    Approved: {"transaction_id": "tx-1", "card": CARD},
    Declined: {"code": "insufficient_funds", "message": "Not enough money.", "transaction_id": "tx-1"},
    Pending: {"transaction_id": "tx-1", "action_url": "https://bank.example/3ds"},
    NotSent: {"reason": "bad credentials"},
    Fulfillment: {
        "method": FulfillmentMethod.SHIPPED,
        "carrier": "DHL",
        "tracking_number": "JD014600003828392837",
        "url": "",
        "note": "",
    },
    PaymentAttempt: {
        "key": "of1_k",
        "by": ANA,
        "purpose": Purpose.CHARGE,
        "number": 1,
        "order_id": "o-1",
        "store_id": "studio-7",
        "customer_id": "m-42",
        "amount": PRICE,
        "card": CARD,
        "target": "tx-0",
        "state": AttemptState.APPROVED,
        "transaction_id": "tx-1",
        "code": "ok",
        "message": "Approved.",
        "action_url": "https://bank.example/3ds",
        "claim": "claim",
        "begun_at": NOW,
        "first_sent_at": NOW,
        "last_sent_at": NOW,
        "concluded_at": LATER,
    },
    Event: {
        "seq": 1,
        "kind": EventKind.DECLINED,
        "at": NOW,
        "actor": ANA,
        "from_status": OrderStatus.RECEIVED,
        "to_status": OrderStatus.DECLINED,
        "data": {"reason": "fully booked"},
    },
    Note: {"id": "n-1", "author": Actor.merchant("studio-7"), "text": "before Friday", "written_at": NOW},
    Order: {
        "id": "o-1",
        "store_id": "studio-7",
        "customer": Customer("m-42", "Ana", "ana@example.com"),
        "items": [ITEM],
        "card": CARD,
        "shipping_address": ADDRESS,
        "metadata": {"cart": "c-1"},
        "status": OrderStatus.RECEIVED,
        "verified": True,
        "placed_at": NOW,
        "updated_at": NOW,
        "payment_due_at": LATER,
        "reason": "fully booked",
        "fulfillment": Fulfillment.handed_over("at the door"),
        "attempts": [],
        "timeline": [],
        "notes": [],
        "version": 1,
    },
    OrderSummary: {
        "id": "o-1",
        "placed_at": NOW,
        "item_name": "Birthday video + 2 more",
        "total": PRICE,
        "status": OrderStatus.RECEIVED,
        "transaction_id": "tx-1",
        "webhook": WebhookState.PENDING,
        "customer_name": "Ana",
        "needs_review": False,
        "payment_due_at": LATER,
    },
    OrderQuery: {
        "store_id": "studio-7",
        "statuses": [OrderStatus.RECEIVED],
        "placed_from": NOW,
        "placed_until": LATER,
        "total_min": PRICE,
        "total_max": PRICE,
        "text": "birthday",
        "transaction_id": "tx",
        "webhook": WebhookState.FAILED,
        "customer_id": "m-42",
        "needs_review": True,
        "include_unverified": True,
        "sort": "-total",
        "limit": 20,
        "after": None,
    },
    OrderPage: {"rows": [SUMMARY], "next": "n", "previous": "p"},
    Message: _MESSAGE,
    MessageState: {
        **_NAMES,
        "message": Message(**_MESSAGE),
        "state": DeliveryState.WAITING,
        "tries": 1,
        "next_try": LATER,
        "last_error": "TimeoutError",
        "delivered_at": None,
    },
    InboxPage: {"messages": [Message(**_MESSAGE)], "next": "n"},
    SweepReport: {
        **dict.fromkeys(("concluded", "expired", "voided", "refunded", "reminded", "delivered", "failed"), 1),
        "needs_review": 1,
        "remaining": True,
        "next_due_at": LATER,
    },
    Policy: {
        "verification_amount": Money("1.00", "EUR"),
        "payment_window": timedelta(days=3),
        "reminders": [timedelta(days=1)],
        "channels": {Channel.EMAIL},
        "handlers": ["grant-access"],
        "lease": timedelta(minutes=1),
        "delivery_pauses": [timedelta(minutes=1)],
        "grace": timedelta(minutes=5),
    },
    Owed: {
        **_NAMES,
        "occurred_at": NOW,
        "message": Message(**_MESSAGE),
        "token": "claim",
        "next_try": LATER,
        "tries": 1,
    },
    Delivery: {
        "id": "o-1.m",
        "token": "claim",
        "state": DeliveryState.WAITING,
        "tries": 1,
        "next_try": LATER,
        "error": "TimeoutError",
        "at": NOW,
    },
    CommandRecord: {"order_id": "o-1", "key": "k-1", "digest": "d", "attempt": "of1_k"},
}


def make(kind: type[Any], /, **changes: Any) -> Any:
    """A value of a kind; what is named differs."""
    return kind(**{**GOOD[kind], **changes})
