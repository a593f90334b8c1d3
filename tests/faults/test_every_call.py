"""Every call of every port goes wrong in every way, once or for good, in every command: the books come out right.

The call that goes wrong is the first, the second, the third ... until the command no longer comes that far.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from faults.books import audit
from faults.faulty import Crash, Fault, Faulty, after, another, before, meanwhile
from orderflow import Item, Money, OrderflowError, OrderStatus
from orderflow.adapters.memory import FakeGateway
from shops import ANA, CUSTOMER, FREE, MERCHANT, OPERATOR, SHIPPED, STORE, VIDEO, Shop, card

ORDER = "order-1"


def submit(orders: Any, token: str = "tok_good", item: Item = VIDEO) -> None:
    orders.submit(store_id=STORE, customer=ANA, items=[item], card=card(token), order_id=ORDER)


def nothing(shop: Shop) -> None:
    """No order yet."""


def submitted(shop: Shop) -> None:
    submit(shop.orders)


def pending(shop: Shop) -> None:
    shop.gateway.decline_next("charge", "insufficient_funds")
    accepted(shop)


def accepted(shop: Shop) -> None:
    submitted(shop)
    shop.orders.accept(ORDER, by=MERCHANT)


def after_the_window(shop: Shop) -> None:
    pending(shop)
    shop.clock.advance(days=7)


def with_an_open_void(shop: Shop) -> None:
    shop.gateway.time_out_next("void", effect=False)
    submitted(shop)
    shop.clock.advance(minutes=5)


def with_an_unknown_charge(shop: Shop, *, effect: bool) -> None:
    submitted(shop)
    shop.gateway.time_out_next("charge", effect)
    shop.orders.accept(ORDER, by=MERCHANT)
    shop.clock.advance(minutes=5)


def with_a_late_surplus(shop: Shop) -> None:
    with_an_unknown_charge(shop, effect=False)
    shop.gateway.down = True
    shop.clock.advance(days=2)
    shop.gateway.down = False
    shop.orders.run_due()
    shop.orders.cancel(ORDER, by=CUSTOMER)
    charge = next(one for one in shop.get(ORDER).attempts if one.purpose == "charge")
    shop.gateway.charge(charge)


@attrs.frozen
class Scenario:
    prepare: Callable[[Shop], None]
    act: Callable[[Any], object]
    ends_in: set[str]
    hinted: bool = False  # by the gateway, which repeats a hint until it is heard


def _late_charge(orders: Any) -> None:
    order = orders.get(ORDER, by=OPERATOR)
    charge = next(one for one in order.attempts if one.purpose == "charge")
    orders.check_payment(ORDER, charge.key)


SCENARIOS = {
    "submit": Scenario(nothing, submit, {"none", "received", "declined"}),
    "submit with a refused card": Scenario(
        nothing, lambda orders: submit(orders, "tok_decline_lost_card"), {"none", "declined"}
    ),
    "accept": Scenario(
        submitted, lambda orders: orders.accept(ORDER, by=MERCHANT, idempotency_key="k"), {"received", "accepted"}
    ),
    "accept with a declined charge": Scenario(
        lambda shop: submit(shop.orders, "tok_charge_decline_lost_card"),
        lambda orders: orders.accept(ORDER, by=MERCHANT, idempotency_key="k"),
        {"received", "pending_payment"},
    ),
    "accept for nothing": Scenario(
        lambda shop: submit(shop.orders, item=FREE),
        lambda orders: orders.accept(ORDER, by=MERCHANT, idempotency_key="k"),
        {"received", "accepted"},
    ),
    "decline": Scenario(
        submitted, lambda orders: orders.decline(ORDER, by=MERCHANT, idempotency_key="k"), {"received", "declined"}
    ),
    "cancel": Scenario(
        submitted, lambda orders: orders.cancel(ORDER, by=CUSTOMER, idempotency_key="k"), {"received", "canceled"}
    ),
    "cancel while payment is pending": Scenario(
        pending, lambda orders: orders.cancel(ORDER, by=CUSTOMER, idempotency_key="k"), {"pending_payment", "canceled"}
    ),
    "retry": Scenario(
        pending,
        lambda orders: orders.retry_payment(ORDER, by=CUSTOMER, card=card("tok_new"), idempotency_key="k"),
        {"pending_payment", "accepted"},
    ),
    "retry with a declined charge": Scenario(
        pending,
        lambda orders: orders.retry_payment(ORDER, by=CUSTOMER, card=card("tok_decline_lost"), idempotency_key="k"),
        {"pending_payment"},
    ),
    "complete": Scenario(
        accepted,
        lambda orders: orders.complete(ORDER, by=MERCHANT, fulfillment=SHIPPED, idempotency_key="k"),
        {"accepted", "completed"},
    ),
    "refund": Scenario(
        accepted,
        lambda orders: orders.refund(ORDER, by=MERCHANT, amount=Money("20", "USD"), idempotency_key="k"),
        {"accepted"},
    ),
    "note": Scenario(
        submitted, lambda orders: orders.add_note(ORDER, by=MERCHANT, text="hello", idempotency_key="k"), {"received"}
    ),
    "sweep of an order whose time is over": Scenario(
        after_the_window, lambda orders: orders.run_due(), {"pending_payment", "expired"}
    ),
    "sweep of an open void": Scenario(with_an_open_void, lambda orders: orders.run_due(), {"received"}),
    "sweep of a charge that went through unseen": Scenario(
        lambda shop: with_an_unknown_charge(shop, effect=True),
        lambda orders: orders.run_due(),
        {"received", "accepted"},
    ),
    "sweep of a charge that never arrived": Scenario(
        lambda shop: with_an_unknown_charge(shop, effect=False),
        lambda orders: orders.run_due(),
        {"received", "accepted"},
    ),
    "command on a charge that never arrived": Scenario(
        lambda shop: with_an_unknown_charge(shop, effect=False),
        lambda orders: orders.cancel(ORDER, by=CUSTOMER, idempotency_key="k"),
        {"accepted", "canceled"},
    ),
    "look at a charge that came too late": Scenario(with_a_late_surplus, _late_charge, {"canceled"}, hinted=True),
}

FAULTS: dict[str, Callable[[Shop, int], Fault]] = {
    "error": lambda shop, call: before("", call),
    "errors ever after": lambda shop, call: before("", call, ever=True),
    "lost acknowledgement": lambda shop, call: after("", call),
    "lost acknowledgements ever after": lambda shop, call: after("", call, ever=True),
    "crash before": lambda shop, call: before("", call, raises=Crash),
    "crash after": lambda shop, call: after("", call, raises=Crash),
    "someone writes a note": lambda shop, call: meanwhile("", lambda: _write_a_note(shop), call),
    "someone writes a note ever after": lambda shop, call: meanwhile("", lambda: _write_a_note(shop), call, ever=True),
    "someone else sweeps": lambda shop, call: meanwhile("", lambda: another(shop).run_due(), call),
    "the caller stands still while someone else sweeps": lambda shop, call: meanwhile(
        "", lambda: _stand_still(shop), call
    ),
}


def _write_a_note(shop: Shop) -> None:
    with contextlib.suppress(OrderflowError):
        another(shop).add_note(ORDER, by=OPERATOR, text="a note")


def _stand_still(shop: Shop) -> None:
    shop.clock.advance(minutes=3)
    another(shop).run_due()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("port", ["storage", "payments", "notifier"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_books_are_right_whatever_call_goes_wrong(name: str, port: str, fault: str) -> None:
    scenario = SCENARIOS[name]
    call = 1
    while _run(scenario, port, FAULTS[fault], call):
        call += 1
        assert call < 100


def _run(scenario: Scenario, port: str, fault: Callable[[Shop, int], Fault], call: int) -> bool:
    """Whether the command came as far as that call."""
    shop = Shop()
    shop.gateway = FakeGateway(shop.clock)
    shop.orders = shop.service()
    scenario.prepare(shop)
    plugged = {"storage": shop.storage, "payments": shop.gateway, "notifier": shop.notifier}[port]
    faulty = Faulty(plugged, fault(shop, call))
    with contextlib.suppress(OrderflowError, Crash):
        scenario.act(shop.service(**{port: faulty}))
    if scenario.hinted:
        scenario.act(shop.orders)
    audit(shop)
    assert _status(shop) in scenario.ends_in
    _repeat(shop, scenario)
    return len(faulty.calls) >= call


def _repeat(shop: Shop, scenario: Scenario) -> None:
    """The same command again, with the same key, completes what the fault broke off and has no second effect."""
    with contextlib.suppress(OrderflowError):
        scenario.act(shop.orders)
    once = _status(shop)
    notes = _notes(shop)
    movements = shop.gateway.ledger
    with contextlib.suppress(OrderflowError):
        scenario.act(shop.orders)
    audit(shop)
    assert (_status(shop), _notes(shop)) == (once, notes)
    assert [one for one in shop.gateway.ledger if one not in movements and one.purpose != "void"] == []


def _status(shop: Shop) -> str:
    try:
        return str(shop.orders.get(ORDER, by=OPERATOR).status)
    except OrderflowError:
        return "none"


def _notes(shop: Shop) -> int:
    return 0 if _status(shop) == "none" else len(shop.orders.get(ORDER, by=OPERATOR).notes)


def test_nothing_but_orderflow_errors_leaves_a_command() -> None:
    """Whatever a storage raises becomes a StorageError; a gateway's or a notifier's exception never fails a command."""
    for scenario in SCENARIOS.values():
        for port in ("storage", "payments", "notifier"):
            shop = Shop()
            scenario.prepare(shop)
            plugged = {"storage": shop.storage, "payments": shop.gateway, "notifier": shop.notifier}[port]
            orders = shop.service(**{port: Faulty(plugged, before("", raises=ZeroDivisionError, ever=True))})
            with contextlib.suppress(OrderflowError):
                scenario.act(orders)
            if scenario.hinted:
                scenario.act(shop.orders)
            audit(shop)


def test_every_status_is_among_the_ends() -> None:
    """So that the scenarios stay complete."""
    assert set.union(*(scenario.ends_in for scenario in SCENARIOS.values())) == {*map(str, OrderStatus), "none"}
