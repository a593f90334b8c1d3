"""A stand-in for Stripe over real HTTP, and the adapter over it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from orderflow.adapters.stripe import StripeGateway
from standins import stripe_server


@pytest.fixture
def standin() -> Any:
    """The module of the stand-in."""
    return stripe_server


@pytest.fixture
def server(standin: Any) -> Iterator[Any]:
    with standin.StripeServer() as running:
        yield running


@pytest.fixture
def client(server: Any) -> Iterator[stripe.StripeClient]:
    http = stripe.RequestsClient(timeout=10)
    yield stripe.StripeClient(
        "sk_test_canary", base_addresses={"api": server.address}, http_client=http, max_network_retries=0
    )
    http.close()


@pytest.fixture
def gateway(client: stripe.StripeClient) -> StripeGateway:
    return StripeGateway(client, "whsec_canary")
