"""What a gateway says of itself."""

from __future__ import annotations

import inspect
from datetime import timedelta
from typing import Final

from ....ports import PaymentGateway
from .base import GatewayChecks

__all__ = ["Declared"]

_METHODS: Final = ("authorize", "charge", "void", "refund", "find")
_NONE: Final = timedelta(0)


class Declared(GatewayChecks):
    """Its methods and its figures."""

    def test_its_methods_are_all_sync_or_all_async(self, gateway: object) -> None:
        missing = [method for method in _METHODS if not callable(getattr(gateway, method, None))]
        assert not missing, f"it has no method {', '.join(missing)}"
        kinds = {inspect.iscoroutinefunction(getattr(gateway, method)) for method in _METHODS}
        assert len(kinds) == 1, "some of its methods are sync and some async"

    def test_it_declares_how_long_it_honours_a_key(self, payments: PaymentGateway) -> None:
        assert isinstance(payments.idempotency_window, timedelta), "idempotency_window is no timedelta"
        assert payments.idempotency_window > _NONE, "it honours no key for any time"

    def test_it_declares_whether_its_look_up_is_conclusive(self, payments: PaymentGateway) -> None:
        assert isinstance(payments.conclusive_lookup, bool), "conclusive_lookup is neither True nor False"

    def test_it_declares_how_long_a_call_may_last(self, payments: PaymentGateway) -> None:
        assert isinstance(payments.longest_call, timedelta), "longest_call is no timedelta"
        assert payments.longest_call > _NONE, "a call takes time"

    def test_a_key_is_honoured_for_longer_than_a_call_lasts(self, payments: PaymentGateway) -> None:
        assert payments.longest_call < payments.idempotency_window, "nothing could ever be sent again"
