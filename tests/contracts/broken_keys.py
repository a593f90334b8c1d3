"""Gateways that break one promise each about keys and look-ups, for one caller or for many."""

from __future__ import annotations

import threading
from collections.abc import Callable

import attrs

from contracts.gateways import Watched
from orderflow import Approved, Declined, Outcome, PaymentAttempt, Pending, Purpose
from orderflow.adapters.memory import FakeGateway, LedgerEntry


class ForgetsKeys(Watched):
    """Every send is a new movement: nothing is passed on as the idempotency key."""

    sends = 0

    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        self.sends += 1
        return send(attrs.evolve(attempt, key=f"{attempt.key}-{self.sends}"))

    def find(self, attempt: PaymentAttempt) -> Outcome | None:
        return super().find(attrs.evolve(attempt, key=f"{attempt.key}-{self.sends}"))


class MovesAgainInSilence(Watched):
    """The same answer to the same key, and the money moves again."""

    def __init__(self) -> None:
        super().__init__()
        self.again: list[LedgerEntry] = []

    @property
    def ledger(self) -> tuple[LedgerEntry, ...]:
        return (*super().ledger, *self.again)

    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        self.again += [entry for entry in super().ledger if entry.key == attempt.key]
        return send(attempt)


class KeyFromTheClaim(Watched):
    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        return send(attrs.evolve(attempt, key=attempt.key[:20] + attempt.claim))


class KeyFromTheTime(Watched):
    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        return send(attrs.evolve(attempt, key=f"{attempt.key}-{attempt.last_sent_at:%H}"))

    def find(self, attempt: PaymentAttempt) -> Outcome | None:
        return super().find(attrs.evolve(attempt, key=f"{attempt.key}-{attempt.last_sent_at:%H}"))


class FindsByTheClaim(FakeGateway):
    def __init__(self) -> None:
        super().__init__()
        self.claims: set[str] = set()

    def _send(self, attempt: PaymentAttempt) -> Outcome:
        self.claims.add(attempt.claim)
        return super()._send(attempt)

    def find(self, attempt: PaymentAttempt) -> Outcome | None:
        return super().find(attempt) if attempt.claim in self.claims else None


class AnswersByNumber(FakeGateway):
    """Keys are made from purpose and number: all orders share them."""

    def _send(self, attempt: PaymentAttempt) -> Outcome:
        return super()._send(attrs.evolve(attempt, key=f"{attempt.purpose}-{attempt.number}"))

    def find(self, attempt: PaymentAttempt) -> Outcome | None:
        return super().find(attrs.evolve(attempt, key=f"{attempt.purpose}-{attempt.number}"))


class AnswersByOrder(FakeGateway):
    """Keys are the order's id: its purposes share them."""

    def _send(self, attempt: PaymentAttempt) -> Outcome:
        return super()._send(attrs.evolve(attempt, key=attempt.order_id))

    def find(self, attempt: PaymentAttempt) -> Outcome | None:
        return super().find(attrs.evolve(attempt, key=attempt.order_id))


class TakesLikeForSame(FakeGateway):
    """What looks like a movement of before is taken for it, whatever its key."""

    def _send(self, attempt: PaymentAttempt) -> Outcome:
        for entry in self.ledger:
            if (entry.purpose, entry.order_id, entry.amount, entry.target) == (
                attempt.purpose,
                attempt.order_id,
                attempt.amount,
                attempt.target,
            ):
                return self._keep(attempt, Approved(entry.transaction_id))
        return super()._send(attempt)


class FindsNothing(FakeGateway):
    def find(self, attempt: PaymentAttempt) -> Outcome | None:
        return None


class FindsNoDecline(FakeGateway):
    def find(self, attempt: PaymentAttempt) -> Outcome | None:
        found = super().find(attempt)
        return None if isinstance(found, Declined) else found


class FindsNothingWhenDown(FakeGateway):
    def find(self, attempt: PaymentAttempt) -> Outcome | None:
        return None if self.down else super().find(attempt)


class SendsToFind(FakeGateway):
    def find(self, attempt: PaymentAttempt) -> Outcome | None:
        return self._send(attempt)


class LosesPending(FakeGateway):
    def find(self, attempt: PaymentAttempt) -> Outcome | None:
        found = super().find(attempt)
        return None if isinstance(found, Pending) else found


class RacesOnAKey(Watched):
    """Looks whether it knows the key, and then sends: two may look before one has sent."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, Outcome] = {}

    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        if attempt.key in self.kept:
            return self.kept[attempt.key]
        threading.Event().wait(0.002)  # long enough for others to come
        key = f"{attempt.key}-{threading.get_ident()}"
        self.kept[attempt.key] = outcome = send(attrs.evolve(attempt, key=key))
        return outcome

    def find(self, attempt: PaymentAttempt) -> Outcome | None:
        if self.down:
            raise ConnectionError
        return self.kept.get(attempt.key)


class MixesUpItsCallers(Watched):
    """Keeps what it is about to send in one place for all threads."""

    attempt: PaymentAttempt

    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        self.attempt = attempt
        threading.Event().wait(0.002)  # long enough for others to come
        return send(self.attempt)


class ForgetsDeclines(Watched):
    """A decline is answered under another name every time."""

    times = 0

    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        self.times += 1
        outcome = send(attempt)
        return attrs.evolve(outcome, transaction_id=f"no_{self.times}") if isinstance(outcome, Declined) else outcome


class NamesAllChargesAlike(Watched):
    def answer(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        outcome = send(attempt)
        named = isinstance(outcome, Approved) and attempt.purpose is Purpose.CHARGE
        return Approved(attempt.order_id) if named else outcome


class MindsLookUps(FakeGateway):
    """A look-up of a new key makes it known, and a known key is refused."""

    def find(self, attempt: PaymentAttempt) -> Outcome | None:
        found = super().find(attempt)
        return self._keep(attempt, Declined("not_found")) and None if found is None else found
