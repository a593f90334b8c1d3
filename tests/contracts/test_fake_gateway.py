"""The fake gateway, and other sound gateways, keep the contract."""

from __future__ import annotations

import pytest

from contracts.gateways import Busy, CardKeeper, Forgetful, Plain, SuspendingFake
from orderflow import ManualClock
from orderflow.adapters.memory import FakeGateway
from orderflow.ports import PaymentGateway
from orderflow.testing import PaymentGatewayContract


class TestFakeGateway(PaymentGatewayContract):
    @pytest.fixture
    def gateway(self) -> PaymentGateway:
        return FakeGateway()


class TestFakeGatewayWithAClock(PaymentGatewayContract):
    @pytest.fixture
    def gateway(self) -> PaymentGateway:
        return FakeGateway(ManualClock())


class TestAnAsyncGateway(PaymentGatewayContract):
    @pytest.fixture
    def gateway(self) -> object:
        return SuspendingFake(FakeGateway())


class TestAGatewayThatKeepsCards(PaymentGatewayContract):
    @pytest.fixture
    def gateway(self) -> PaymentGateway:
        return CardKeeper()


class TestAGatewayOfNothingButThePort(PaymentGatewayContract):
    @pytest.fixture
    def gateway(self) -> PaymentGateway:
        return Plain(FakeGateway())


class TestAGatewayWhoseLookUpLagsBehind(PaymentGatewayContract):
    @pytest.fixture
    def gateway(self) -> PaymentGateway:
        return Forgetful(FakeGateway())


class TestAGatewayThatIsBusyWithAKey(PaymentGatewayContract):
    @pytest.fixture
    def gateway(self) -> PaymentGateway:
        return Busy(FakeGateway())
