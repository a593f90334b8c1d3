"""Who and what the stories are about: people, orders, what they ask for, and where an order may stand at first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import Bundle

from model.parts import OPERATOR, PLANS, usd
from model.reference import COMMANDS, World
from orderflow import Actor, Card, Customer, Fulfillment, Money, OrderService
from orderflow.testing import FaultKind

STORES: Final = ("studio-7", "studio-8")
CUSTOMERS: Final = {
    "m-42": Customer(id="m-42", name="Ana", email="ana@example.com"),
    "m-43": Customer(id="m-43", name="Ben", email="ben@example.com"),
}
TOTAL: Final = 12000
#: More than any story has orders and messages.
MANY: Final = 1000
#: As many orders as a story has; the fewer there are, the more happens to each.
MOST_ORDERS: Final = 5

#: What each command is given with; tokens aside, what two commands differ in.
ARGUMENTS: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "accept": ({},),
    "decline": ({"reason": "fully booked"}, {"reason": ""}),
    "cancel": ({"reason": ""}, {"reason": "too late"}),
    "retry_payment": (
        {},
        {"token": "tok_other", "last4": "4242"},
        {"token": "tok_charge_decline_poor", "last4": "4242"},
        {"token": "tok_charge_decline_poor", "last4": "0002"},
    ),
    "complete": ({"how": "by hand"}, {"how": "by post"}),
    "add_note": ({"text": "before Friday"}, {"text": "asked the bank"}),
    "refund": (
        {"amount": None, "reason": ""},
        {"amount": 4000, "reason": "a scratch"},
        {"amount": 8000, "reason": ""},
        {"amount": TOTAL, "reason": ""},
        {"amount": TOTAL + 1, "reason": ""},
        {"amount": -1, "reason": ""},  # stands for another currency
    ),
}
#: Who moves money, with which command.
PAYING: Final = (
    ("accept", "merchant", "charge"),
    ("retry_payment", "customer", "charge"),
    ("refund", "operator", "refund"),
)
#: What people mostly do of what they may, and what they do now and then.
OFTEN: Final = (
    "accept",
    "accept",
    "accept",
    "decline",
    "retry_payment",
    "retry_payment",
    "refund",
    "refund",
    "complete",
)
SELDOM: Final = ("cancel", "add_note", "refund")

_UNSENT: Final = ("accept", "charge not_send")
_UNPAID: Final = ("accept", "charge decline")
_A_WEEK: Final = ("wait", "7 days")
#: Where orders stand when a story begins: what was done, and what the gateway answered to it. "late 2": the gateway
#: tells that the second charge, which was absent, was approved after all.
BEGINNINGS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "received": (),
    "declined": (("decline", ""),),
    "canceled": (("cancel", ""),),
    "accepted": (("accept", ""),),
    "completed": (("accept", ""), ("complete", "")),
    "unpaid": (_UNPAID,),
    "expired": (_UNPAID, _A_WEEK, ("sweep", "")),
    "being verified": (("submit", "verification time_out"),),
    "never verified": (("submit", "verification not_send"),),
    "its void refused": (("submit", "void decline"),),
    "unpaid, its void pending": (("submit", "void pend"), _UNPAID),
    "being paid": (("accept", "charge time_out"),),
    "sent again late": (("accept", "charge time_out"), ("wait", "23:55"), ("sweep", "charge time_out")),
    "being paid again": (_UNPAID, ("retry_payment", "charge time_out")),
    "unpaid twice": (_UNPAID, ("retry_payment", "charge decline")),
    "at the bank": (_UNPAID, ("retry_payment", "charge pend")),
    "not sent": (_UNSENT,),
    "retry not sent": (_UNPAID, ("retry_payment", "charge not_send")),
    "paid twice": (_UNSENT, ("accept", "charge pend"), ("late 1", "")),
    "paid too late": (_UNPAID, ("retry_payment", "charge not_send"), _A_WEEK, ("late 2", "")),
    "canceled, not sent": (_UNSENT, ("cancel", "")),
    "surplus, its refund refused": (_UNSENT, ("cancel", ""), ("late 1", "refund decline")),
    "surplus, its refund not sent": (_UNSENT, ("cancel", ""), ("late 1", "refund not_send")),
    "surplus, its refund open": (_UNSENT, ("cancel", ""), ("late 1", "refund time_out")),
    "refunded": (("accept", ""), ("refund", "")),
    "being refunded": (("accept", ""), ("refund", "refund time_out")),
}
WAITS: Final = {"7 days": timedelta(days=7), "23:55": timedelta(hours=23, minutes=55)}

_METHODS: Final = {
    "storage": ("commit", "commit", "load", "find_command", "claim_due", "claim_messages", "record_deliveries"),
    "payments": ("authorize", "charge", "charge", "void", "refund", "find"),
    "notifier": ("send",),
    "clock": ("now",),
}
#: Where something can fail, or someone come between: a port and its method.
PLACES: Final = tuple((port, method) for port, methods in _METHODS.items() for method in methods)
#: What is called several times in one command; of all else, the first call is meant.
MANY_TIMES: Final = ("commit", "load", "now", "send")
SENDING: Final = ("authorize", "charge", "void", "refund")
#: For how long a process stands still whose work another takes over: longer than any claim.
STANDSTILL: Final = timedelta(minutes=3)

orders: Bundle[str] = Bundle("orders")
numbers = st.integers(0, 30)
calls = st.integers(1, 6)
keys = st.sampled_from((None, None, "key-1", "key-2"))
plans = st.sampled_from(PLANS)
kinds = st.sampled_from(tuple(FaultKind))
places = st.sampled_from(PLACES)
tokens = st.sampled_from(
    ("tok_good", "tok_good", "tok_charge_decline_poor", "tok_charge_decline_poor", "tok_decline_lost")
)
acts = st.sampled_from(("sweep", "take over", "check", "add_note", *ARGUMENTS))
people = st.sampled_from(
    (*["right"] * 6, "customer", "merchant", "colleague", "operator", "system", "stranger", "rival")
)
_HOUR: Final = 3600
pauses = st.sampled_from(
    (1, 20, 45, 120, 121, 400, 601, _HOUR, 2 * _HOUR, 22 * _HOUR, 24 * _HOUR, 72 * _HOUR, 168 * _HOUR, 504 * _HOUR, -1)
)


def actor(name: str, world: World, command: str = "accept") -> Actor:
    """Someone who may or may not give the command; "right" is one who may."""
    if name == "right":
        name = COMMANDS[command][0][0]
    known = {
        "customer": Actor.customer(world.customer),
        "merchant": Actor.merchant(world.store),
        "colleague": Actor.merchant(world.store, "staff-2"),
        "operator": OPERATOR,
        "system": Actor.system(),
        "stranger": Actor.customer(next(one for one in CUSTOMERS if one != world.customer)),
        "rival": Actor.merchant(next(one for one in STORES if one != world.store)),
    }
    return known[name]


def card(token: str, last4: str = "4242") -> Card:
    return Card(token=token, brand="visa", last4=last4, exp_month=12, exp_year=2031)


def arguments_of(command: str, choice: int) -> dict[str, Any]:
    return ARGUMENTS[command][choice % len(ARGUMENTS[command])]


def call_of(
    name: str, order_id: str, by: Actor, arguments: dict[str, Any], key: str | None
) -> Callable[[OrderService], Any]:
    """A command as it is called."""
    given = dict(arguments)
    if name == "retry_payment":
        given = {"card": card(given["token"], given["last4"]) if given else None}
    if name == "complete":
        given = {"fulfillment": Fulfillment.handed_over(note=given["how"])}
    if name == "refund" and given["amount"] is not None:
        given["amount"] = usd(given["amount"]) if given["amount"] > 0 else Money("1.00", "EUR")
    return lambda service: getattr(service, name)(order_id, by=by, idempotency_key=key, **given)
