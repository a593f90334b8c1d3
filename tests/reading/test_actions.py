"""What an actor may do with an order now: the page's buttons, and the commands behind them, say the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from orderflow import Actor, Command, OrderflowError, OrderStatus
from shops import CUSTOMER, MERCHANT, OPERATOR, PRINT, SHIPPED, SYSTEM, VIDEO, Shop

ACTORS = {"customer": CUSTOMER, "merchant": MERCHANT, "operator": OPERATOR, "system": SYSTEM}
COMMANDS: Mapping[Command, dict[str, Any]] = {
    Command.ACCEPT: {},
    Command.DECLINE: {"reason": "fully booked"},
    Command.CANCEL: {},
    Command.RETRY_PAYMENT: {},
    Command.COMPLETE: {"fulfillment": SHIPPED},
    Command.ADD_NOTE: {"text": "soon"},
    Command.REFUND: {},
    Command.RESOLVE_PAYMENT: {"outcome": None, "evidence": "the gateway's list"},
}


def give(shop: Shop, order_id: str, command: Command, by: Actor) -> None:
    arguments = dict(COMMANDS[command])
    if command is Command.RESOLVE_PAYMENT:
        attempts = shop.orders.get(order_id, by=SYSTEM).attempts
        arguments["key"] = next((one.key for one in attempts if one.state == "review"), attempts[0].key)
    getattr(shop.orders, command.value)(order_id, by=by, **arguments)


def is_refused(shop: Shop, order_id: str, command: Command, by: Actor) -> bool:
    try:
        give(shop, order_id, command, by)
    except OrderflowError:
        return True
    return False


def accepted_and_refunded(shop: Shop) -> str:
    order = shop.order_in("accepted")
    shop.orders.refund(order.id, by=MERCHANT)
    return order.id


def in_review(shop: Shop) -> str:
    """Nobody knows whether the charge went through."""
    order = shop.submit()
    shop.gateway.conclusive_lookup = False
    shop.gateway.time_out_next("charge", effect=False)
    shop.orders.accept(order.id, by=MERCHANT)
    shop.clock.advance(days=2)
    shop.orders.run_due()
    return order.id


def over_and_not_swept(shop: Shop) -> str:
    order = shop.order_in("pending_payment")
    shop.clock.advance(days=7)
    return order.id


STANDS: dict[str, Callable[[Shop], str]] = {
    **{status.value: (lambda shop, status=status: shop.order_in(status).id) for status in OrderStatus},
    "with a physical item": lambda shop: shop.order_in("accepted", VIDEO, PRINT).id,
    "refunded": accepted_and_refunded,
    "in review": in_review,
    "over and not swept": over_and_not_swept,
}


@pytest.mark.parametrize("role", ACTORS)
@pytest.mark.parametrize("stand", STANDS)
def test_an_action_is_open_if_and_only_if_its_command_is_taken(stand: str, role: str) -> None:
    by = ACTORS[role]
    for command in COMMANDS:
        shop = Shop()
        order_id = STANDS[stand](shop)
        reason = shop.orders.available_actions(order_id, by=by)[command]
        refused = is_refused(shop, order_id, command, by)
        assert refused is (reason is not None), f"{command}: {reason}"


def test_every_command_on_an_order_is_told_of(shop: Shop) -> None:
    order = shop.submit()
    for by in ACTORS.values():
        assert set(shop.orders.available_actions(order.id, by=by)) == set(COMMANDS)


def test_what_is_not_open_says_why(shop: Shop) -> None:
    order = shop.submit()
    merchants = shop.orders.available_actions(order.id, by=MERCHANT)
    assert merchants[Command.ACCEPT] is None
    assert merchants[Command.COMPLETE] == "it must be accepted"
    assert merchants[Command.REFUND] == "it must be accepted or completed"
    assert merchants[Command.CANCEL] == "only the customer may"
    assert merchants[Command.RESOLVE_PAYMENT] == "no payment of it is in review"
    customers = shop.orders.available_actions(order.id, by=CUSTOMER)
    assert customers[Command.CANCEL] is None
    assert customers[Command.ACCEPT] == "only the merchant may"
    assert customers[Command.REFUND] == "only the merchant or the operator may"
    assert customers[Command.RETRY_PAYMENT] == "it must be pending payment"


def test_what_would_move_the_order_waits_for_a_payment_in_progress(shop: Shop) -> None:
    order = shop.submit()
    shop.gateway.pend_next("charge")
    shop.orders.accept(order.id, by=MERCHANT)
    actions = shop.orders.available_actions(order.id, by=MERCHANT)
    assert actions[Command.ACCEPT] == actions[Command.DECLINE] == "a payment is in progress"
    assert actions[Command.ADD_NOTE] is None


def test_what_was_refunded_in_full_says_so(shop: Shop) -> None:
    actions = shop.orders.available_actions(accepted_and_refunded(shop), by=MERCHANT)
    assert actions[Command.COMPLETE] == "its charge has been refunded in full"
    assert actions[Command.REFUND] == "nothing is left to refund"


def test_a_payment_in_review_is_the_merchants_and_the_operators_to_resolve(shop: Shop) -> None:
    order_id = in_review(shop)
    for by in (MERCHANT, OPERATOR):
        assert shop.orders.available_actions(order_id, by=by)[Command.RESOLVE_PAYMENT] is None
    assert shop.orders.available_actions(order_id, by=CUSTOMER)[Command.RESOLVE_PAYMENT]


def test_asking_changes_nothing(shop: Shop) -> None:
    order_id = over_and_not_swept(shop)
    before = shop.state()
    shop.orders.available_actions(order_id, by=CUSTOMER)
    assert shop.state() == before
