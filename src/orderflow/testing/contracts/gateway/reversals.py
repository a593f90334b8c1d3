"""The ways back: voids and refunds."""

from __future__ import annotations

from .... import Approved, Card, Declined, Money, NotSent, Purpose
from .base import GatewayChecks
from .till import Till

__all__ = ["Reversals"]


class Reversals(GatewayChecks):
    """`void` and `refund`."""

    def test_what_is_voided_already_is_voided(self, till: Till) -> None:
        authorized = till.approved(till.verification()).transaction_id
        till.approved(till.void(authorized))
        for _ in range(2):
            again = till.void(authorized)
            outcome = till.send(again)
            assert isinstance(outcome, Approved), "what is gone is gone: that is what was asked for"
            assert till.found(again) == outcome, "what is found is not what was answered"

    def test_a_void_touches_no_other_authorization(self, till: Till) -> None:
        authorized = [till.approved(till.verification()).transaction_id for _ in range(2)]
        till.approved(till.void(authorized[0]))
        till.sent_in_vain(till.void("auth-that-never-was"))
        voided = till.moved(Purpose.VOID)
        assert voided is None or authorized[1] not in [one.target for one in voided], "it voided another authorization"
        till.approved(till.void(authorized[1]))

    def test_a_void_gives_no_charge_back(self, till: Till) -> None:
        charged = till.approved(till.charge()).transaction_id
        till.approved(till.ready(Purpose.VOID))
        till.approved(till.refund(charged))

    def test_a_charge_is_refunded_in_parts(self, till: Till) -> None:
        part = Money.from_minor_units(till.amount.minor_units // 3, till.amount.currency)
        parts = [part, part, till.amount - part * 2]
        charged = till.approved(till.charge()).transaction_id
        for amount in parts:
            till.approved(till.refund(charged, amount))
        moved = till.moved(Purpose.REFUND)
        assert moved is None or [(one.amount, one.target) for one in moved] == [(part, charged) for part in parts]

    def test_no_more_is_refunded_than_was_charged(self, till: Till) -> None:
        charged = till.approved(till.charge()).transaction_id
        self._is_refused(till, charged, till.amount + Money.from_minor_units(1, till.amount.currency))
        till.approved(till.refund(charged))

    def test_no_more_is_refunded_than_is_left(self, till: Till) -> None:
        part = Money.from_minor_units(till.amount.minor_units // 3, till.amount.currency)
        charged = till.approved(till.charge()).transaction_id
        till.approved(till.refund(charged, part))
        self._is_refused(till, charged, till.amount)
        till.approved(till.refund(charged, till.amount - part))
        self._is_refused(till, charged, Money.from_minor_units(1, till.amount.currency))

    def test_each_charge_is_refunded_for_itself(self, till: Till) -> None:
        for charged in [till.approved(till.charge()).transaction_id for _ in range(2)]:
            till.approved(till.refund(charged))

    def test_what_was_never_charged_is_not_refunded(self, till: Till, declined_card: Card) -> None:
        till.send(till.charge(card=declined_card))
        outcome = till.sent_in_vain(till.refund("charge-that-never-was"))
        assert not isinstance(outcome, Approved), "it gave back what it never had"
        assert not till.moved(), "it gave back what it never had"

    @staticmethod
    def _is_refused(till: Till, charged: str, amount: Money) -> None:
        before = till.moved()
        outcome = till.send(till.refund(charged, amount))
        assert isinstance(outcome, Declined | NotSent), "more than what is left must be declined, or not be sent"
        assert till.moved() == before, "a refused refund moved money"
