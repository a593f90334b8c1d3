"""The fixtures of the gateway's contract: one to override, and more that let more be checked."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, cast

import pytest

from .... import Card, Money, Purpose
from ....ports import AsyncPaymentGateway, PaymentGateway
from ...awaiting import RunAsync, called_alike
from ..contract import Contract
from ..needs import switched_off
from ..sales import fakes_card
from .till import Ledger, Till

__all__ = ["GatewayChecks"]

#: 19.99 is what binary fractions get wrong; the yen has no minor unit, the dinar of Kuwait has three digits.
_AMOUNTS: Final = (
    Money("120.00", "USD"),
    Money("19.99", "USD"),
    Money("0.57", "USD"),
    Money("98765.43", "EUR"),
    Money("1234", "JPY"),
    Money("1.505", "KWD"),
)


class GatewayChecks(Contract):
    """What all checks of a gateway share."""

    @pytest.fixture
    def gateway(self) -> PaymentGateway | AsyncPaymentGateway:
        """Override it: the gateway to check, sync or async."""
        raise NotImplementedError("override the fixture `gateway` with the gateway to check")

    @pytest.fixture
    def approved_card(self) -> Card:
        """A card that the gateway approves. By default the fake's."""
        return fakes_card("tok_good")

    @pytest.fixture
    def declined_card(self) -> Card:
        """A card that the gateway declines in every call. By default the fake's."""
        return fakes_card("tok_decline_insufficient_funds")

    @pytest.fixture
    def declined_charge_card(self, gateway: Any) -> Card | None:
        """A card that verifies and whose charge is declined; None if there is none. By default the fake's."""
        return fakes_card("tok_charge_decline_insufficient_funds") if hasattr(gateway, "decline_next") else None

    @pytest.fixture
    def pending_card(self, gateway: Any, approved_card: Card) -> Card | None:
        """A card whose next charge the gateway leaves pending; None if there is none. By default the fake's."""
        if not hasattr(gateway, "pend_next"):
            return None
        gateway.pend_next(Purpose.CHARGE)
        return approved_card

    @pytest.fixture
    def ledger(self, gateway: Any) -> Ledger | None:
        """Gives the gateway's movements when it is called, each as an `orderflow.testing.Movement`.

        None if nobody can see them: then the checks go by the answers alone. By default the gateway's own `ledger`.
        """
        return (lambda: gateway.ledger) if hasattr(gateway, "ledger") else None

    @pytest.fixture
    def broken(self, gateway: Any) -> AbstractContextManager[object] | None:
        """A context in which the gateway can't be reached; None if there is none.

        By default the gateway's own switch `down`, if it has one.
        """
        return switched_off(gateway)

    @pytest.fixture
    def amounts(self) -> Sequence[Money]:
        """Amounts that the gateway takes; the first is the usual one."""
        return _AMOUNTS

    @pytest.fixture
    def store_id(self) -> str:
        """A store that the gateway knows, if it chooses the account by it."""
        return "studio-7"

    @pytest.fixture
    def payments(self, gateway: object, run_async: RunAsync) -> PaymentGateway:
        """The gateway, called as a sync one."""
        return cast("PaymentGateway", called_alike(gateway, run_async))

    @pytest.fixture
    def till(
        self,
        payments: PaymentGateway,
        ledger: Ledger | None,
        approved_card: Card,
        amounts: Sequence[Money],
        store_id: str,
    ) -> Till:
        """A new order's attempts at the gateway."""
        return Till(payments=payments, ledger=ledger, card=approved_card, amount=amounts[0], store_id=store_id)
