"""The pytest plugin, in the tests of a host."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

FIXTURES = ("clock", "gateway", "outbox", "storage", "service", "async_service")
HOST = """
    from orderflow import Actor, Card, Customer, Item, Money, OrderStatus

    MERCHANT = Actor.merchant("studio-7")
    REQUEST = {
        "store_id": "studio-7",
        "customer": Customer(id="m-42", name="Ana", email="ana@example.com"),
        "items": [Item(name="Birthday video", unit_price=Money("120.00", "USD"))],
    }
    GOOD = Card(token="tok_good", brand="visa", last4="4242", exp_month=12, exp_year=2031)
    EMPTY = Card(token="tok_charge_decline_no_funds", brand="visa", last4="4242", exp_month=12, exp_year=2031)
"""


def passes(pytester: pytest.Pytester, test: str, count: int = 1, conftest: str = "") -> None:
    """A host's test passes, with warnings as errors."""
    pytester.makeconftest(conftest)
    pytester.makepyfile(host=HOST, test_host="from host import *\n" + test)
    result = pytester.runpytest_inprocess("-W", "error", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=count)


def test_pytest_finds_the_plugin() -> None:
    (found,) = [one for one in entry_points(group="pytest11") if one.name == "orderflow"]
    assert found.value == "orderflow.testing.plugin"


def test_a_host_drives_seven_days_in_five_lines(pytester: pytest.Pytester) -> None:
    test = """
def test_an_order_that_is_never_paid_expires(orderflow_service, orderflow_clock, orderflow_outbox):
    order = orderflow_service.submit(**REQUEST, card=EMPTY)
    assert orderflow_service.accept(order.id, by=MERCHANT).status is OrderStatus.PENDING_PAYMENT
    orderflow_clock.advance(days=7)
    assert orderflow_service.run_due().expired == 1
    assert orderflow_outbox.sent[-1].status is OrderStatus.EXPIRED
"""
    passes(pytester, test)


def test_all_parts_are_one_shop(pytester: pytest.Pytester) -> None:
    test = """
def test_one_shop(orderflow_service, orderflow_gateway, orderflow_storage, orderflow_clock, orderflow_outbox):
    order = orderflow_service.submit(**REQUEST, card=GOOD)
    assert orderflow_storage.load(order.id).placed_at == orderflow_clock.now() == order.placed_at
    assert [str(entry.purpose) for entry in orderflow_gateway.ledger] == ["verification", "void"]
    assert {message.order_id for message in orderflow_outbox.sent} == {order.id}

def test_every_test_has_a_shop_of_its_own(orderflow_gateway, orderflow_outbox):
    assert orderflow_gateway.ledger == orderflow_outbox.sent == ()
"""
    passes(pytester, test, 2)


def test_the_gateway_goes_by_the_clock(pytester: pytest.Pytester) -> None:
    test = """
def test_keys_are_forgotten(orderflow_service, orderflow_storage, orderflow_gateway, orderflow_clock):
    order = orderflow_service.submit(**REQUEST, card=GOOD)
    sent = orderflow_storage.load(order.id).attempts[0]
    orderflow_clock.advance(hours=23)
    orderflow_gateway.authorize(sent)
    assert len(orderflow_gateway.ledger) == 2
    orderflow_clock.advance(hours=1)
    orderflow_gateway.authorize(sent)
    assert len(orderflow_gateway.ledger) == 3
"""
    passes(pytester, test)


def test_the_async_service_is_over_the_same_parts(pytester: pytest.Pytester) -> None:
    test = """
import asyncio

def test_async(orderflow_async_service, orderflow_service, orderflow_clock, orderflow_outbox):
    order = asyncio.run(orderflow_async_service.submit(**REQUEST, card=GOOD))
    assert asyncio.run(orderflow_async_service.accept(order.id, by=MERCHANT)).status is OrderStatus.ACCEPTED
    assert orderflow_service.get(order.id, by=MERCHANT).updated_at == orderflow_clock.now()
    assert len(orderflow_outbox.sent) == 6
"""
    passes(pytester, test)


@pytest.mark.parametrize("part", ["storage", "gateway", "outbox", "clock"])
def test_each_part_can_be_overridden_for_itself(pytester: pytest.Pytester, part: str) -> None:
    conftest = f"""
import pytest
from orderflow import ManualClock
from orderflow.adapters.memory import FakeGateway, MemoryStorage, RecordingNotifier

MADE = {{"storage": MemoryStorage(), "gateway": FakeGateway(), "outbox": RecordingNotifier(), "clock": ManualClock()}}
MADE["clock"].advance(days=1_000)

@pytest.fixture
def orderflow_{part}():
    return MADE[{part!r}]
"""
    test = """
import asyncio
import conftest

def check(order):
    made = {
        "storage": lambda: conftest.MADE["storage"].load(order.id) is not None,
        "gateway": lambda: len(conftest.MADE["gateway"].ledger) > 0,
        "outbox": lambda: len(conftest.MADE["outbox"].sent) > 0,
        "clock": lambda: order.placed_at == conftest.MADE["clock"].now(),
    }
    assert [name for name, used in made.items() if used()] == ["PART"]

def test_the_service_uses_it(orderflow_service):
    check(orderflow_service.submit(**REQUEST, card=GOOD))

def test_the_async_service_uses_it(orderflow_async_service):
    check(asyncio.run(orderflow_async_service.submit(**REQUEST, card=GOOD)))
""".replace("PART", part)
    passes(pytester, test, 2, conftest)


def test_the_async_service_takes_async_parts(pytester: pytest.Pytester) -> None:
    conftest = """
import pytest
from orderflow.adapters.memory import FakeGateway

class Gateway(FakeGateway):
    async def authorize(self, attempt): return super().authorize(attempt)
    async def charge(self, attempt): return super().charge(attempt)
    async def void(self, attempt): return super().void(attempt)
    async def refund(self, attempt): return super().refund(attempt)
    async def find(self, attempt): return super().find(attempt)

@pytest.fixture
def orderflow_gateway(orderflow_clock):
    return Gateway(orderflow_clock)
"""
    test = """
import asyncio

def test_async(orderflow_async_service):
    assert asyncio.run(orderflow_async_service.submit(**REQUEST, card=GOOD)).verified
"""
    passes(pytester, test, 1, conftest)


def test_every_fixture_says_what_it_is(pytester: pytest.Pytester) -> None:
    listed = pytester.runpytest_inprocess("--fixtures", "-p", "no:cacheprovider").stdout.str()
    for name in FIXTURES:
        told = listed.partition(f"\norderflow_{name} -- ")[2]
        assert told.splitlines()[1].startswith("    A"), f"orderflow_{name} does not say what it is"


def test_the_suites_are_not_loaded_before_they_are_named() -> None:
    program = """
import sys, orderflow.testing.plugin
slow = {"asyncio", "orderflow.adapters", "orderflow.testing.contracts", "concurrent.futures"}
print(sorted(slow & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("contract", "fixture"),
    [("PaymentGatewayContract", "gateway"), ("NotifierContract", "notifier"), ("ClockContract", "clock")],
)
def test_a_suite_asks_for_what_it_checks(pytester: pytest.Pytester, contract: str, fixture: str) -> None:
    pytester.makepyfile(test_host=f"from orderflow.testing import {contract}\nclass TestIt({contract}): pass")
    result = pytester.runpytest_inprocess("-W", "error", "-p", "no:cacheprovider", "--tb=line")
    result.stdout.fnmatch_lines([f"*override the fixture `{fixture}` with the {fixture} to check*"])
    assert result.parseoutcomes().keys() == {"errors"}


@pytest.mark.parametrize("autoload", [True, False])
def test_what_a_suite_finds_is_explained(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, autoload: bool
) -> None:
    """Assertions in it show their values, as those of a host's own tests do, with the plugin and without."""
    if not autoload:
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(
        test_host="""
        import pytest
        from orderflow import ManualClock
        from orderflow.testing import ClockContract

        class Late(ManualClock):
            def now(self):
                return super().now().replace(microsecond=0)

        class TestIt(ClockContract):
            @pytest.fixture
            def clock(self):
                return Late()
        """
    )
    result = pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(["*does not keep microseconds*", "*assert *datetime* - datetime*"])
