"""The contract of gateways, over a stand-in for Stripe."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import pytest

from orderflow import Card, Money
from orderflow.testing.contracts.gateway import PaymentGatewayContract


def _card(token: str) -> Card:
    return Card(token=token, brand="visa", last4="4242", exp_month=12, exp_year=2031)


class TestStripeGateway(PaymentGatewayContract):
    @pytest.fixture
    def gateway(self, gateway: Any) -> Any:
        return gateway

    @pytest.fixture
    def approved_card(self) -> Card:
        return _card("pm_card_visa")

    @pytest.fixture
    def declined_card(self) -> Card:
        return _card("pm_card_chargeDeclinedInsufficientFunds")

    @pytest.fixture
    def declined_charge_card(self) -> Card | None:
        return _card("pm_card_chargeCustomerFail")

    @pytest.fixture
    def pending_card(self) -> Card | None:
        return _card("pm_card_threeDSecure2Required")

    @pytest.fixture
    def ledger(self, server: Any) -> Any:
        return lambda: list(server.ledger)

    @pytest.fixture
    def broken(self, server: Any) -> AbstractContextManager[object] | None:
        return server.down()  # type: ignore[no-any-return]

    @pytest.fixture
    def amounts(self) -> Sequence[Money]:
        return [Money("120.00", "USD"), Money("19.99", "USD"), Money("98765.43", "EUR"), Money("1234", "JPY")]
