"""A stand-in for Stripe over real HTTP, and the adapter over it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe

from orderflow.adapters.stripe import StripeGateway

_SERVER = Path(__file__).parents[3] / "examples" / "standins" / "stripe_server.py"


def _loaded() -> Any:
    name = "standins_stripe_server"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, _SERVER)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture
def standin() -> Any:
    """The module of the stand-in."""
    return _loaded()


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
