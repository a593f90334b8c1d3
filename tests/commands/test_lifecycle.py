"""The table of the lifecycle, against the table of the design."""

from __future__ import annotations

import itertools

import attrs
import pytest

from commands.giving import ACTORS, COMMANDS, STATUSES, in_review
from orderflow import (
    Actor,
    Command,
    InvalidTransition,
    NotPermitted,
    Order,
    OrderStatus,
    PaymentInProgress,
    PaymentWindowClosed,
    ValidationError,
)
from orderflow.lifecycle import EDGES, STEPS, UNVERIFIED, Fact, actions, decide, destination, permit
from shops import CUSTOMER, FREE, MERCHANT, OPERATOR, SYSTEM, Shop

# What the design says of a command: who, where it may begin, where it leads by itself (None: nowhere).
COMMANDS_OF_THE_DESIGN: dict[str, tuple[set[str], dict[str, str | None]]] = {
    "submit": ({"customer"}, {}),
    "accept": ({"merchant"}, {"received": None}),
    "decline": ({"merchant"}, {"received": "declined"}),
    "cancel": ({"customer"}, {"received": "canceled", "pending_payment": "canceled"}),
    "retry_payment": ({"customer"}, {"pending_payment": None}),
    "expire": ({"system"}, {"pending_payment": "expired"}),
    "complete": ({"merchant"}, {"accepted": "completed"}),
    "add_note": ({"merchant", "operator"}, dict.fromkeys((UNVERIFIED, *STATUSES))),
    "refund": ({"merchant", "operator"}, {"accepted": None, "completed": None}),
    "resolve_payment": ({"merchant", "operator"}, dict.fromkeys((UNVERIFIED, *STATUSES))),
}
FACTS_OF_THE_DESIGN = {
    "card_verified": {UNVERIFIED: "received"},
    "card_refused": {UNVERIFIED: "declined"},
    "card_unverified": {UNVERIFIED: "declined"},
    "charge_approved": {"received": "accepted", "pending_payment": "accepted"},
    "charge_declined": {"received": "pending_payment", "pending_payment": "pending_payment"},
}


def at(shop: Shop, status: str, *, paid: bool = True) -> Order:
    """An order in a status, as the lifecycle's functions take it."""
    if status == UNVERIFIED:
        shop.gateway.time_out_next("verification", effect=False)
        return attrs.evolve(shop.get(shop.submit().id), attempts=())
    return shop.order_in(status, *([] if paid else [FREE]))


def test_every_command_has_its_row() -> None:
    assert {step.trigger.value for step in STEPS} == {*COMMANDS_OF_THE_DESIGN, *FACTS_OF_THE_DESIGN}
    assert {command.value for command in Command} == set(COMMANDS_OF_THE_DESIGN)
    assert {fact.value for fact in Fact} == set(FACTS_OF_THE_DESIGN)


@pytest.mark.parametrize("command", COMMANDS_OF_THE_DESIGN)
def test_a_command_is_for_whom_and_where_the_design_says(command: str) -> None:
    who, leads = COMMANDS_OF_THE_DESIGN[command]
    steps = [step for step in STEPS if step.trigger == command]
    assert {role.value for step in steps for role in step.who} == who
    told = {str(source): step.to for step in steps for source in step.sources}
    if command == "retry_payment":
        assert told.pop("expired") is None  # listed for its reason only: its window is never open
    assert told == leads


@pytest.mark.parametrize(("fact", "status"), [*itertools.product(Fact, (UNVERIFIED, *STATUSES))])
def test_a_fact_leads_where_the_design_says_and_nowhere_else(sync_shop: Shop, fact: Fact, status: str) -> None:
    order = at(sync_shop, status)
    assert destination(fact, order, sync_shop.clock.now()) == FACTS_OF_THE_DESIGN[fact.value].get(status)


def test_nobody_gives_facts() -> None:
    assert all(not step.who for step in STEPS if isinstance(step.trigger, Fact))


def test_the_edges_are_those_of_the_design() -> None:
    assert {
        (None, "received"),
        (None, "declined"),
        ("received", "accepted"),
        ("received", "declined"),
        ("received", "canceled"),
        ("received", "pending_payment"),
        ("pending_payment", "accepted"),
        ("pending_payment", "canceled"),
        ("pending_payment", "expired"),
        ("accepted", "completed"),
    } == EDGES


def test_nothing_leaves_a_terminal_status(sync_shop: Shop) -> None:
    terminal = {status for status in OrderStatus if sync_shop.order_in(status).is_terminal}
    assert terminal == {"declined", "canceled", "expired", "completed"}
    assert not terminal & {source for source, _ in EDGES}


def test_every_status_is_reached_by_an_edge() -> None:
    assert {to for _, to in EDGES} == set(OrderStatus)


@pytest.mark.parametrize(("command", "who"), [*itertools.product(Command, ACTORS)], ids=str)
def test_permit_asks_for_the_role_alone(command: Command, who: str) -> None:
    actor = ACTORS[who]
    if actor.role.value in COMMANDS_OF_THE_DESIGN[command.value][0]:
        permit(command, actor)
    else:
        with pytest.raises(NotPermitted) as raised:
            permit(command, actor)
        assert all(one in str(raised.value) for one in COMMANDS_OF_THE_DESIGN[command.value][0])


def test_a_command_that_charges_leaves_the_status_to_what_comes_of_it(sync_shop: Shop) -> None:
    order = at(sync_shop, "received")
    assert decide(Command.ACCEPT, order, MERCHANT, sync_shop.clock.now()) is OrderStatus.RECEIVED


def test_an_unverified_order_takes_notes_and_nothing_else(sync_shop: Shop) -> None:
    order, now = at(sync_shop, UNVERIFIED), sync_shop.clock.now()
    assert decide(Command.ADD_NOTE, order, MERCHANT, now) is OrderStatus.RECEIVED
    for command, actor in ((Command.ACCEPT, MERCHANT), (Command.DECLINE, MERCHANT), (Command.CANCEL, CUSTOMER)):
        with pytest.raises(InvalidTransition):
            decide(command, order, actor, now)


def test_only_the_system_expires_and_only_when_the_time_is_over(sync_shop: Shop) -> None:
    order = at(sync_shop, "pending_payment")
    due = order.payment_due_at
    assert due is not None
    assert decide(Command.EXPIRE, order, SYSTEM, due) is OrderStatus.EXPIRED
    with pytest.raises(InvalidTransition) as raised:
        decide(Command.EXPIRE, order, SYSTEM, sync_shop.clock.now())
    assert raised.value.reason == "the time to pay is not over yet"
    for actor in (CUSTOMER, MERCHANT, OPERATOR):
        with pytest.raises(NotPermitted):
            decide(Command.EXPIRE, order, actor, due)
    with pytest.raises(InvalidTransition):
        decide(Command.EXPIRE, at(sync_shop, "received"), SYSTEM, due)


def test_the_window_closes_at_the_moment_itself(sync_shop: Shop) -> None:
    order = at(sync_shop, "pending_payment")
    due = order.payment_due_at
    assert due is not None
    assert decide(Command.RETRY_PAYMENT, order, CUSTOMER, due - due.resolution) is OrderStatus.PENDING_PAYMENT
    with pytest.raises(PaymentWindowClosed):
        decide(Command.RETRY_PAYMENT, order, CUSTOMER, due)


def test_a_payment_in_progress_comes_before_the_status(sync_shop: Shop) -> None:
    order = in_review(sync_shop, "received")
    with pytest.raises(PaymentInProgress):
        decide(Command.COMPLETE, order, MERCHANT, sync_shop.clock.now())


def test_nothing_to_refund_is_bad_input_and_not_a_wrong_status(sync_shop: Shop) -> None:
    with pytest.raises(ValidationError) as raised:
        decide(Command.REFUND, at(sync_shop, "accepted", paid=False), MERCHANT, sync_shop.clock.now())
    assert "nothing is left to refund" in str(raised.value)


MERCHANTS = "only the merchant may"
CUSTOMERS = "only the customer may"
STAFFS = "only the merchant or the operator may"
NO_REVIEW = "no payment of it is in review"
REASONS: dict[tuple[str, str], dict[str, str | None]] = {
    ("received", "merchant"): {
        "accept": None,
        "decline": None,
        "cancel": CUSTOMERS,
        "retry_payment": CUSTOMERS,
        "complete": "it must be accepted",
        "add_note": None,
        "refund": "it must be accepted or completed",
        "resolve_payment": NO_REVIEW,
    },
    ("accepted", "customer"): {
        "accept": MERCHANTS,
        "decline": MERCHANTS,
        "cancel": "it must be pending payment or received",
        "retry_payment": "it must be pending payment",
        "complete": MERCHANTS,
        "add_note": STAFFS,
        "refund": STAFFS,
        "resolve_payment": STAFFS,
    },
    ("pending_payment", "customer"): {
        "accept": MERCHANTS,
        "decline": MERCHANTS,
        "cancel": None,
        "retry_payment": None,
        "complete": MERCHANTS,
        "add_note": STAFFS,
        "refund": STAFFS,
        "resolve_payment": STAFFS,
    },
    ("completed", "operator"): {
        "accept": MERCHANTS,
        "decline": MERCHANTS,
        "cancel": CUSTOMERS,
        "retry_payment": CUSTOMERS,
        "complete": MERCHANTS,
        "add_note": None,
        "refund": None,
        "resolve_payment": NO_REVIEW,
    },
}


@pytest.mark.parametrize(("status", "who"), REASONS)
def test_actions_say_why_not(sync_shop: Shop, status: str, who: str) -> None:
    order = at(sync_shop, status)
    assert actions(order, ACTORS[who], sync_shop.clock.now()) == REASONS[status, who]


@pytest.mark.parametrize("status", STATUSES)
def test_the_system_has_no_actions_of_its_own(sync_shop: Shop, status: str) -> None:
    told = actions(at(sync_shop, status), SYSTEM, sync_shop.clock.now())
    assert set(told) == set(COMMANDS)
    assert None not in told.values()


def test_actions_tell_of_a_payment_in_progress(sync_shop: Shop) -> None:
    told = actions(in_review(sync_shop, "received"), MERCHANT, sync_shop.clock.now())
    assert {command.value for command, reason in told.items() if reason == "a payment is in progress"} == {
        "accept",
        "decline",
        "complete",
    }
    assert told[Command.RESOLVE_PAYMENT] is None


def test_actions_tell_that_the_time_to_pay_is_over(shop: Shop) -> None:
    order = shop.order_in("expired")
    told = shop.orders.available_actions(order.id, by=CUSTOMER)
    assert told["retry_payment"] == "the time to pay is over"


@pytest.mark.parametrize("actor", ACTORS.values(), ids=ACTORS)
@pytest.mark.parametrize("status", [UNVERIFIED, *STATUSES])
def test_actions_and_decisions_agree(sync_shop: Shop, status: str, actor: Actor) -> None:
    order, now = at(sync_shop, status), sync_shop.clock.now()
    for command, reason in actions(order, actor, now).items():
        if reason is None:
            decide(command, order, actor, now)
        else:
            with pytest.raises((InvalidTransition, NotPermitted)) as raised:
                decide(command, order, actor, now)
            assert reason in str(raised.value)
