"""Gateways that break one promise each about what they answer, and about what they say of themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs

from contracts.gateways import CardKeeper, Watched
from orderflow import Approved, Card, Declined, Money, NotSent, Outcome, PaymentAttempt, Pending, Purpose
from orderflow.adapters.memory import FakeGateway


class RaisesDeclines(Watched):
    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        outcome = send(attempt)
        if isinstance(outcome, Declined):
            raise RuntimeError(outcome.code)
        return outcome


class TakesDeclinesForInvalid(Watched):
    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        outcome = send(attempt)
        return NotSent(outcome.code) if isinstance(outcome, Declined) else outcome


class TakesTroubleForDeclines(Watched):
    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        try:
            return send(attempt)
        except ConnectionError as error:
            return Declined("error", str(error))


class KeepsTroubleUnderTheKey(Watched):
    """A key that failed once fails for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.failed: set[str] = set()

    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        if self.down:
            self.failed.add(attempt.key)
        if attempt.key in self.failed:
            raise ConnectionError("an error was kept under this key")
        return send(attempt)


class TellsTheToken(Watched):
    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        try:
            return send(attempt)
        except ConnectionError:
            raise ConnectionError(f"could not send {attempt.card.token}") from None


class TellsTheTokenInDeclines(Watched):
    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        outcome = send(attempt)
        return Declined(outcome.code, f"{attempt.card.token} refused") if isinstance(outcome, Declined) else outcome


class DeclinesVoidsOfWhatIsGone(Watched):
    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        outcome = send(attempt)
        return Declined("already_voided") if outcome == Approved("void_before") else outcome


class VoidsTheLatest(Watched):
    """Voids the latest authorization, whatever it was asked for."""

    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        if attempt.purpose is Purpose.VOID:
            latest = [entry for entry in self.ledger if entry.purpose is Purpose.VERIFICATION][-1]
            return send(attrs.evolve(attempt, target=latest.transaction_id))
        return send(attempt)


class RefundsWithoutLimit(FakeGateway):
    def _left(self, target: str | None, currency: str) -> Money:
        return Money(10**9, currency)


class RefundsWithinEachCharge(FakeGateway):
    """Looks at what was charged, and not at what was given back before."""

    def _left(self, target: str | None, currency: str) -> Money:
        charged = [entry.amount for entry in self.ledger if entry.transaction_id == target]
        return sum(charged, start=Money(0, currency))


class RefundsInFullOnly(Watched):
    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        for entry in self.ledger:
            if attempt.purpose is Purpose.REFUND and entry.transaction_id == attempt.target:
                attempt = attrs.evolve(attempt, amount=entry.amount)
        return send(attempt)


class RaisesForTooMuch(Watched):
    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        outcome = send(attempt)
        if attempt.purpose is Purpose.REFUND and isinstance(outcome, Declined):
            raise ValueError(outcome.code)
        return outcome


class CountsInFloats(Watched):
    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        cents = int(float(attempt.amount.amount) * 100)
        if attempt.purpose is Purpose.CHARGE and attempt.amount.currency == "USD":
            attempt = attrs.evolve(attempt, amount=Money.from_minor_units(cents, "USD"))
        return send(attempt)


class CountsInHundredths(Watched):
    """Every currency is taken to have two digits."""

    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        cents = int(attempt.amount.amount * 100)
        return send(attrs.evolve(attempt, amount=Money.from_minor_units(cents, attempt.amount.currency)))


class RefusesZero(Watched):
    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        return send(attempt) if attempt.amount.minor_units else Declined("invalid_amount")


class ApprovesWhatIsPending(Watched):
    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        outcome = send(attempt)
        return Approved("pending_1") if isinstance(outcome, Pending) else outcome


class GivesADeadCard(CardKeeper):
    def _send(self, attempt: PaymentAttempt) -> Outcome:
        if attempt.card.token == "tok_kept":
            return self._keep(attempt, Declined("no_such_card"))
        return super()._send(attempt)


class AnswersInDicts(Watched):
    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Any:
        outcome = send(attempt)
        return attrs.asdict(outcome) if isinstance(outcome, Declined) else outcome


class AnswersWithMore(Watched):
    """Its approvals carry the raw answer, which nobody may keep."""

    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        outcome = send(attempt)
        return RawApproved(outcome.transaction_id) if isinstance(outcome, Approved) else outcome


class RawApproved(Approved):
    raw: object = None


class BlocksACardForGood(Watched):
    """One decline speaks against all that comes after it in the order."""

    def __init__(self) -> None:
        super().__init__()
        self.blocked: set[str] = set()

    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        outcome = Declined("blocked") if attempt.order_id in self.blocked else send(attempt)
        if isinstance(outcome, Declined) and attempt.purpose is Purpose.CHARGE:
            self.blocked.add(attempt.order_id)
        return outcome


class HalfAsync(FakeGateway):
    async def find(self, attempt: PaymentAttempt) -> Outcome | None:  # type: ignore[override]
        return super().find(attempt)


class NoWindow(FakeGateway):
    def __init__(self) -> None:
        super().__init__()
        self.idempotency_window = timedelta(0)


class WindowInSeconds(FakeGateway):
    def __init__(self) -> None:
        super().__init__()
        self.idempotency_window: Any = 86_400


class UnsureOfItsLookUp(FakeGateway):
    def __init__(self) -> None:
        super().__init__()
        self.conclusive_lookup: Any = "mostly"


class CallsInNoTime(FakeGateway):
    def __init__(self) -> None:
        super().__init__()
        self.longest_call = timedelta(0)


class CallsForLongerThanItsWindow(FakeGateway):
    def __init__(self) -> None:
        super().__init__()
        self.longest_call = timedelta(days=2)


class OneCardOnly(Watched):
    """Verifies whatever it will decline: a charge of such a card is approved too."""

    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        return send(attrs.evolve(attempt, card=Card("tok_good", "visa", "4242", 12, 2099)))


class VoidsTheOrder(Watched):
    """A void of the order's authorization gives its charges back, too."""

    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        if attempt.purpose is Purpose.VOID:
            for entry in self.ledger:
                if (entry.order_id, entry.purpose) == (attempt.order_id, Purpose.CHARGE):
                    key, target = f"{attempt.key}-too", entry.transaction_id
                    self.refund(
                        attrs.evolve(attempt, key=key, purpose=Purpose.REFUND, amount=entry.amount, target=target)
                    )
        return send(attempt)


class RefundsAnOrderOnce(Watched):
    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        gone = [one.target for one in self.ledger if (one.order_id, one.purpose) == (attempt.order_id, Purpose.REFUND)]
        if attempt.purpose is Purpose.REFUND and any(target != attempt.target for target in gone):
            return Declined("already_refunded")
        return send(attempt)
