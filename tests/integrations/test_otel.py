"""Spans and counters: what they tell, what they never do, and that nothing else changes."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from integrations.telescope import Telescope
from orderflow import AsyncOrderService, InvalidTransition, OrderNotFound, OrderService, ValidationError
from orderflow.adapters.memory import FakeGateway, MemoryStorage, RecordingNotifier
from orderflow.integrations.otel import traced, traced_port
from orderflow.ports import Declined, NotSent, Pending
from shops import ANA, CUSTOMER, MERCHANT, MODES, OPERATOR, STORE, VIDEO, Driven, Shop, Suspending, card

CANARY = "canary-7f3a"


@pytest.fixture
def telescope() -> Telescope:
    return Telescope()


def watched(shop: Shop, telescope: Telescope, **ports: Any) -> Any:
    """The shop's service, traced; called like the sync one."""
    service = shop.service(**ports)
    if isinstance(service, Driven):
        return Driven(traced(service.service, **telescope.providers))
    return traced(service, **telescope.providers)


def test_a_traced_service_is_of_the_same_type_and_the_other_stays_as_it_is(shop: Shop, telescope: Telescope) -> None:
    service = shop.service()
    service = service.service if isinstance(service, Driven) else service
    other = traced(service, **telescope.providers)
    assert type(other) is type(service)
    assert inspect.iscoroutinefunction(other.run_due) is isinstance(service, AsyncOrderService)
    assert not set(vars(service)) & {"accept", "run_due"}
    shop.order_in("received")
    assert telescope.spans() == []


def test_every_method_of_the_service_is_traced(telescope: Telescope) -> None:
    orders = traced(OrderService(storage=MemoryStorage(), payments=FakeGateway()), **telescope.providers)
    names = {name for name in dir(OrderService) if not name.startswith("_")}
    assert names <= set(vars(orders))
    for name in sorted(names - {"submit", "run_due"}):
        with pytest.raises(TypeError):
            getattr(orders, name)()
        assert telescope.attributes(f"orderflow.{name}") == {"orderflow.command": name, "error.type": "TypeError"}


def test_a_command_tells_of_its_order(shop: Shop, telescope: Telescope) -> None:
    orders = watched(shop, telescope)
    order = orders.submit(store_id=STORE, customer=ANA, items=[VIDEO], card=card(), order_id="ord-1")
    orders.accept(order.id, by=MERCHANT)
    assert telescope.attributes("orderflow.accept") == {
        "orderflow.command": "accept",
        "orderflow.actor.role": "merchant",
        "orderflow.order.id": "ord-1",
        "orderflow.store.id": STORE,
        "orderflow.order.status": "accepted",
        "orderflow.order.version": shop.get("ord-1").version,
        "orderflow.order.payment_in_progress": False,
        "orderflow.order.needs_review": False,
    }
    span = telescope.spans("orderflow.accept")[-1]
    assert (span.kind, span.status.status_code) == (SpanKind.INTERNAL, StatusCode.UNSET)


def test_a_command_is_counted_by_what_came_of_it(shop: Shop, telescope: Telescope) -> None:
    orders = watched(shop, telescope)
    order = shop.order_in("received")
    orders.decline(order.id, by=MERCHANT)
    with pytest.raises(InvalidTransition):
        orders.decline(order.id, by=MERCHANT)
    common = {"orderflow.command": "decline", "orderflow.actor.role": "merchant"}
    assert telescope.counts("orderflow.commands") == [
        ({**common, "orderflow.order.status": "declined"}, 1),
        ({**common, "error.type": "InvalidTransition"}, 1),
    ]


def test_an_error_is_told_by_its_type_alone(shop: Shop, telescope: Telescope) -> None:
    orders = watched(shop, telescope)
    with pytest.raises(OrderNotFound):
        orders.get("ord-0", by=CUSTOMER)
    span = telescope.spans("orderflow.get")[-1]
    assert span.attributes is not None
    assert span.attributes["error.type"] == "OrderNotFound"
    assert span.attributes["orderflow.order.id"] == "ord-0"
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, None)
    assert span.events == ()


@pytest.mark.parametrize("order_id", ["two words", "x" * 101, "<b>", "", 7], ids=str)
def test_what_looks_like_no_id_is_not_told(order_id: Any, telescope: Telescope, sync_shop: Shop) -> None:
    with pytest.raises((OrderNotFound, ValidationError)):
        watched(sync_shop, telescope).get(order_id, by=MERCHANT)
    assert "orderflow.order.id" not in telescope.attributes("orderflow.get")


def test_a_sweep_tells_and_counts_its_figures(shop: Shop, telescope: Telescope) -> None:
    orders = watched(shop, telescope)
    for _ in range(2):
        shop.order_in("pending_payment")
    shop.clock.advance(days=7)
    report = orders.run_due()
    orders.run_due()
    assert report.expired == 2
    first = dict(telescope.spans("orderflow.run_due")[0].attributes or {})
    assert first["orderflow.sweep.expired"] == 2
    assert first["orderflow.sweep.remaining"] is False
    assert telescope.counts("orderflow.sweep.expired") == [({}, 2)]
    for name in ("concluded", "voided", "refunded", "reminded", "delivered", "failed", "needs_review"):
        assert telescope.counts(f"orderflow.sweep.{name}") == [({}, getattr(report, name))]


def ports(shop: Shop, telescope: Telescope) -> dict[str, Any]:
    """The shop's ports, traced; of the kind that its mode asks for."""
    plain = {"storage": shop.storage, "payments": shop.gateway, "notifier": shop.notifier}
    return {name: traced_port(port, **telescope.providers) for name, port in plain.items()}


def test_a_port_call_is_a_child_of_its_command(shop: Shop, telescope: Telescope) -> None:
    plugged = ports(shop, telescope)
    orders = watched(shop, telescope, **plugged)
    order = shop.order_in("received")
    orders.accept(order.id, by=MERCHANT)
    command = telescope.spans("orderflow.accept")[0]
    charge = telescope.spans("orderflow.payments.charge")[0]
    assert charge.parent is not None
    assert command.context is not None
    assert charge.parent.span_id == command.context.span_id
    assert charge.kind is SpanKind.CLIENT
    assert dict(charge.attributes or {}) == {
        "orderflow.call": "payments.charge",
        "orderflow.order.id": order.id,
        "orderflow.store.id": STORE,
        "orderflow.payment.purpose": "charge",
        "orderflow.payment.number": 1,
        "orderflow.payment.outcome": "approved",
    }
    assert telescope.attributes("orderflow.storage.commit")["orderflow.order.id"] == order.id
    assert telescope.attributes("orderflow.notifier.send")["orderflow.message.kind"] == "accepted"


@pytest.mark.parametrize("mode", MODES[1:2])
def test_spans_of_sync_ports_in_threads_have_their_parents(mode: str, telescope: Telescope) -> None:
    shop = Shop(mode)
    orders = watched(shop, telescope, storage=traced_port(shop.storage, **telescope.providers))
    orders.counts(store_id=STORE, by=MERCHANT)
    assert telescope.spans("orderflow.storage.counts")[0].parent is not None


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [(Declined("stolen_card", CANARY), "declined"), (Pending("t-1"), "pending"), (NotSent(CANARY), "not_sent")],
    ids=["declined", "pending", "not sent"],
)
def test_payments_are_counted_by_what_came_of_them(answer: Any, outcome: str, telescope: Telescope) -> None:
    class Answering(FakeGateway):
        def charge(self, attempt: Any) -> Any:
            return answer

    shop = Shop()
    order = shop.order_in("received")
    gateway = traced_port(Answering(), **telescope.providers)
    charge = shop.get(order.id).attempts[0]
    assert gateway.charge(charge) is answer
    told = {"orderflow.call": "payments.charge", "orderflow.payment.purpose": "verification"}
    assert telescope.counts("orderflow.payments.calls") == [({**told, "orderflow.payment.outcome": outcome}, 1)]
    assert CANARY not in telescope.text()


def test_a_traced_port_has_all_that_the_other_has(telescope: Telescope) -> None:
    gateway, notifier = FakeGateway(), RecordingNotifier()
    watched_gateway = traced_port(gateway, **telescope.providers)
    assert watched_gateway.ledger == gateway.ledger
    assert watched_gateway.longest_call == gateway.longest_call
    assert traced_port(notifier, **telescope.providers).channels == notifier.channels


@pytest.mark.parametrize("kind", [MemoryStorage, FakeGateway, RecordingNotifier])
def test_a_port_stays_sync_or_async(kind: type, telescope: Telescope) -> None:
    name = next(n for n in ("load", "charge", "send") if hasattr(kind, n))
    for port, is_async in ((kind(), False), (Suspending(kind()), True)):
        method = getattr(traced_port(port, **telescope.providers), name)
        assert inspect.iscoroutinefunction(method) is is_async


def test_what_is_no_port_is_refused(telescope: Telescope) -> None:
    with pytest.raises(ValidationError, match="object is no storage, gateway or notifier"):
        traced_port(object(), **telescope.providers)


def test_a_call_that_is_cancelled_ends_its_span(telescope: Telescope) -> None:
    class Slow:
        channels = RecordingNotifier().channels

        async def send(self, message: object) -> None:
            await asyncio.Event().wait()

    async def main() -> None:
        task = asyncio.create_task(traced_port(Slow(), **telescope.providers).send(None))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    assert telescope.attributes("orderflow.notifier.send")["error.type"] == "CancelledError"


def test_nothing_that_people_write_is_told(shop: Shop, telescope: Telescope) -> None:
    class Broken(FakeGateway):
        def charge(self, attempt: Any) -> Any:
            raise RuntimeError(CANARY)

    plugged = {**ports(shop, telescope), "payments": traced_port(Broken(), **telescope.providers)}
    orders = watched(shop, telescope, **plugged)
    customer = type(ANA)("m-42", f"Ana {CANARY}", f"{CANARY}@example.com")
    order = orders.submit(
        store_id=STORE, customer=customer, items=[VIDEO], card=card(f"tok_{CANARY}"), metadata={CANARY: CANARY}
    )
    orders.add_note(order.id, by=MERCHANT, text=CANARY)
    orders.accept(order.id, by=MERCHANT, idempotency_key=CANARY)
    with pytest.raises(ValidationError):
        orders.add_note(order.id, by=MERCHANT, text=f"{CANARY}\0")
    orders.inbox(by=MERCHANT)
    orders.messages(order.id, by=OPERATOR)
    assert telescope.attributes("orderflow.payments.charge")["error.type"] == "RuntimeError"
    assert CANARY not in telescope.text()


def test_without_a_provider_the_global_one_is_asked() -> None:
    orders = traced(OrderService(storage=traced_port(MemoryStorage()), payments=FakeGateway()))
    assert orders.run_due().remaining is False
