"""Many at once: threads that accept and cancel the same orders, and sweeps that meet."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from faults.books import audit, everything
from faults.faulty import Faulty, another, meanwhile
from faults.money import attempt, states, unknown_charge
from orderflow import ConcurrentUpdate, InvalidTransition, OrderStatus, PaymentInProgress, SweepReport
from shops import ANA, CUSTOMER, MERCHANT, STORE, VIDEO, Shop, card

THREADS = 8
ORDERS = 200


@pytest.fixture
def eager() -> Iterator[None]:
    """Threads give way to one another as often as can be."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def at_once(*acts: Callable[[], object]) -> None:
    """Run all in threads of their own, from one starting line; what one raises fails the test."""
    line = threading.Barrier(len(acts))
    raised: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        try:
            line.wait()
            act()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == []


@pytest.mark.usefixtures("eager")
def test_of_accepts_and_cancels_at_once_one_wins_and_the_losers_learn_why(sync_shop: Shop) -> None:
    ids = [sync_shop.submit().id for _ in range(ORDERS)]
    won: Counter[str] = Counter()
    lost: list[type[Exception]] = []

    def run(command: str) -> None:
        orders = another(sync_shop)
        for order_id in ids:
            try:
                if command == "accept":
                    orders.accept(order_id, by=MERCHANT)
                else:
                    orders.cancel(order_id, by=CUSTOMER)
                won[order_id] += 1
            except Exception as error:
                lost.append(type(error))

    at_once(*(lambda command=command: run(command) for command in ("accept", "cancel") * (THREADS // 2)))  # type: ignore[misc]
    assert set(lost) <= {InvalidTransition, PaymentInProgress, ConcurrentUpdate}
    assert won == Counter(ids)
    assert len(lost) == ORDERS * (THREADS - 1)
    orders = {order.id: order for order in everything(sync_shop)}
    charged = Counter(entry.order_id for entry in sync_shop.gateway.ledger if entry.purpose == "charge")
    for order in orders.values():
        assert order.status in (OrderStatus.ACCEPTED, OrderStatus.CANCELED)
        assert charged[order.id] == (order.status is OrderStatus.ACCEPTED)
        assert sum(event.to_status is not None for event in order.timeline) == 2
    audit(sync_shop)


@pytest.mark.usefixtures("eager")
def test_sweeps_at_once_do_each_piece_of_work_once(sync_shop: Shop) -> None:
    for _ in range(60):
        sync_shop.order_in("pending_payment")
    for _ in range(60):
        unknown_charge(sync_shop, effect=False)
    sync_shop.clock.advance(days=7)
    reports: list[SweepReport] = []
    at_once(*(lambda: reports.append(another(sync_shop).run_due(limit=1000)) for _ in range(THREADS)))
    assert sum(report.expired for report in reports) == 60
    assert sum(report.concluded for report in reports) == 60
    statuses = Counter(order.status for order in everything(sync_shop))
    assert statuses == {OrderStatus.EXPIRED: 60, OrderStatus.RECEIVED: 60}
    audit(sync_shop)


@pytest.mark.usefixtures("eager")
def test_the_same_request_from_many_threads_makes_one_order(sync_shop: Shop) -> None:
    versions: list[str] = []

    def submit() -> None:
        for number in range(20):
            order = another(sync_shop).submit(
                store_id=STORE, customer=ANA, items=[VIDEO], card=card(), order_id=f"order-{number}"
            )
            versions.append(order.id)

    at_once(*(submit for _ in range(THREADS)))
    assert Counter(versions) == {f"order-{number}": THREADS for number in range(20)}
    assert sync_shop.purposes().count("verification") == 20
    audit(sync_shop)


@pytest.mark.usefixtures("eager")
def test_refunds_at_once_never_give_back_more_than_was_paid(sync_shop: Shop) -> None:
    order_id = sync_shop.order_in("accepted").id
    third = VIDEO.unit_price.from_minor_units(4000, "USD")
    done: list[str] = []

    def refund() -> None:
        try:
            another(sync_shop).refund(order_id, by=MERCHANT, amount=third)
            done.append("refunded")
        except Exception as error:
            done.append(type(error).__name__)

    at_once(*(refund for _ in range(THREADS)))
    assert done.count("refunded") == 3
    assert sync_shop.get(order_id).refunded == VIDEO.unit_price
    audit(sync_shop)


def test_a_sweep_that_meets_another_in_the_middle_of_a_send_sends_the_same_key_or_nothing(shop: Shop) -> None:
    """The first stands still for longer than its lease; the second takes over."""
    order_id = unknown_charge(shop, effect=False)
    shop.clock.advance(minutes=3)

    def take_over() -> None:
        shop.clock.advance(minutes=3)
        another(shop).run_due()

    gateway = Faulty(shop.gateway, meanwhile("charge", take_over))
    shop.service(payments=gateway).run_due()
    order = shop.get(order_id)
    assert (order.status, states(order, "charge")) == (OrderStatus.ACCEPTED, ["approved"])
    assert [entry.key for entry in shop.gateway.ledger if entry.purpose == "charge"] == [
        attempt(shop, order_id, "charge").key
    ]
    audit(shop)


def test_a_sweep_counts_what_it_did_itself(shop: Shop) -> None:
    order_id = unknown_charge(shop, effect=True)
    shop.clock.advance(minutes=3)
    storage = Faulty(shop.storage, meanwhile("commit", lambda: another(shop).check_payment(order_id)))
    shop.service(storage=storage).run_due()
    assert shop.get(order_id).status is OrderStatus.ACCEPTED
    audit(shop)
