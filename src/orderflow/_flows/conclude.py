"""What follows from an outcome: one table, purpose by outcome.

Each entry writes into the change: the attempt's state, the order's status, the events, and the attempts that must
follow (a void, a refund).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import attrs

from .. import lifecycle
from ..attempt import AttemptState, PaymentAttempt, Purpose
from ..command import Command
from ..errors import OrderflowError
from ..event import EventKind
from ..lifecycle import Fact
from ..outcome import Approved, Declined
from ..people import Actor
from ..policy import Policy
from ..status import OrderStatus
from .change import Change, changed

__all__ = [
    "CARD_REFUSED",
    "CARD_UNVERIFIED",
    "Absent",
    "Evidence",
    "Unclear",
    "conclude",
    "expire_if_over",
    "tells_something",
    "which",
]

#: `Order.reason` of an order that the system declined.
CARD_REFUSED: Final = "card_refused"
CARD_UNVERIFIED: Final = "card_unverified"

_SYSTEM: Final = Actor.system()


@attrs.frozen
class Absent:
    """It is proven that the attempt never moved money."""


@attrs.frozen
class Unclear:
    """Nobody knows, and asking tells nothing more."""


Evidence: TypeAlias = Approved | Declined | Absent | Unclear


def tells_something(attempt: PaymentAttempt, evidence: Evidence) -> bool:
    """Whether the evidence adds to what is known of the attempt.

    An approval always counts, however late. A refusal or an absence ends only what is unsettled; a refusal that was
    heard before, of what is in review for it, tells nothing new.
    """
    if isinstance(evidence, Approved):
        return attempt.state not in (AttemptState.APPROVED, AttemptState.SURPLUS)
    if isinstance(evidence, Unclear):
        return attempt.state is AttemptState.OPEN
    return attempt.is_unsettled and not (isinstance(evidence, Declined) and attempt.code is not None)


def conclude(change: Change, attempt: PaymentAttempt, evidence: Evidence, policy: Policy) -> None:
    """Write an attempt's outcome, and all that follows from it, into a change.

    Args:
        change: The commit in the making.
        attempt: The attempt, as the change has it.
        evidence: What is known now; `tells_something` of the attempt.
        policy: For the time to pay.
    """
    if not attempt.is_unsettled:
        expire_if_over(change)  # what was concluded before held up no expiry
    _CONCLUSIONS[attempt.purpose, type(evidence)](change, attempt, evidence, policy)
    expire_if_over(change)


def expire_if_over(change: Change) -> bool:
    """Expire the order, if its time to pay is over and nothing holds it up."""
    if change.status is not OrderStatus.PENDING_PAYMENT:
        return False
    try:
        to = lifecycle.decide(Command.EXPIRE, change.built(), _SYSTEM, change.now)
    except OrderflowError:
        return False
    change.event(EventKind.EXPIRED, _SYSTEM, _due(change), to=to)
    return True


def _verification_approved(change: Change, attempt: PaymentAttempt, evidence: Approved, policy: Policy) -> None:
    to = _leads_to(change, Fact.CARD_VERIFIED)
    change.put(_approved(change, attempt, evidence))
    if to is not None:
        change.card = evidence.card or change.card
        change.event(
            EventKind.CARD_VERIFIED,
            _SYSTEM,
            {"amount": str(attempt.amount), "transaction_id": evidence.transaction_id},
            to=to,
        )
        change.verified = True
    change.begin(Purpose.VOID, attempt.amount, _SYSTEM, target=evidence.transaction_id)


def _verification_declined(change: Change, attempt: PaymentAttempt, evidence: Declined, policy: Policy) -> None:
    to = _leads_to(change, Fact.CARD_REFUSED)
    change.put(_declined(change, attempt, evidence))
    change.reason = CARD_REFUSED
    change.event(
        EventKind.CARD_REFUSED,
        _SYSTEM,
        {"amount": str(attempt.amount), "code": evidence.code, "message": evidence.message},
        to=to,
    )


def _verification_absent(change: Change, attempt: PaymentAttempt, evidence: Absent, policy: Policy) -> None:
    to = _leads_to(change, Fact.CARD_UNVERIFIED)
    change.put(changed(attempt, state=AttemptState.ABSENT, concluded_at=change.now))
    change.reason = CARD_UNVERIFIED
    change.event(EventKind.PAYMENT_ABSENT, _SYSTEM, which(attempt), to=to)


def _charge_approved(change: Change, attempt: PaymentAttempt, evidence: Approved, policy: Policy) -> None:
    to = _leads_to(change, Fact.CHARGE_APPROVED)
    taken = change.has_charge(AttemptState.OPEN, AttemptState.REVIEW, AttemptState.APPROVED, besides=attempt.key)
    data: dict[str, str | None] = {
        "amount": str(attempt.amount),
        "number": str(attempt.number),
        "transaction_id": evidence.transaction_id,
    }
    if to is not None and not taken:
        change.put(_approved(change, attempt, evidence))
        change.card = evidence.card or attempt.card
        change.event(EventKind.ACCEPTED, attempt.by, data, to=to)
        return
    change.put(changed(_approved(change, attempt, evidence), state=AttemptState.SURPLUS))
    change.event(EventKind.SURPLUS_CHARGE, _SYSTEM, data)
    change.begin(Purpose.REFUND, attempt.amount, _SYSTEM, target=evidence.transaction_id)


def _charge_declined(change: Change, attempt: PaymentAttempt, evidence: Declined, policy: Policy) -> None:
    to = _leads_to(change, Fact.CHARGE_DECLINED)
    change.put(_declined(change, attempt, evidence))
    if change.payment_due_at is None:
        change.payment_due_at = change.now + policy.payment_window
    change.event(
        EventKind.PAYMENT_DECLINED,
        attempt.by,
        {
            "amount": str(attempt.amount),
            "number": str(attempt.number),
            "code": evidence.code,
            "message": evidence.message,
            **_due(change),
        },
        to=to if to is not change.status else None,
    )


def _refund_approved(change: Change, attempt: PaymentAttempt, evidence: Approved, policy: Policy) -> None:
    change.put(_approved(change, attempt, evidence))
    for again in change.never_sent(Purpose.REFUND, attempt.target):  # begun since, and not needed any more
        change.put(changed(again, state=AttemptState.ABSENT, concluded_at=change.now))
    data = {"amount": str(attempt.amount), "number": str(attempt.number), "transaction_id": evidence.transaction_id}
    change.event(EventKind.REFUNDED, attempt.by, {**data, "target": attempt.target})


def _refund_declined(change: Change, attempt: PaymentAttempt, evidence: Declined, policy: Policy) -> None:
    refused = _declined(change, attempt, evidence)
    if change.is_surplus_refund(attempt):
        # Money that is not ours must go back, and the gateway refuses: only a person can find another way.
        refused = changed(refused, state=AttemptState.REVIEW)
    change.put(refused)
    data = {
        "amount": str(attempt.amount),
        "number": str(attempt.number),
        "code": evidence.code,
        "message": evidence.message,
    }
    change.event(EventKind.REFUND_DECLINED, _SYSTEM, {**data, "target": attempt.target})


def _refund_absent(change: Change, attempt: PaymentAttempt, evidence: Absent, policy: Policy) -> None:
    _absent(change, attempt, evidence, policy)
    if change.is_surplus_refund(attempt):
        change.begin(Purpose.REFUND, attempt.amount, _SYSTEM, target=attempt.target, claimed=False)


def _void_approved(change: Change, attempt: PaymentAttempt, evidence: Approved, policy: Policy) -> None:
    change.put(_approved(change, attempt, evidence))
    change.event(
        EventKind.VERIFICATION_VOIDED, _SYSTEM, {"amount": str(attempt.amount), "transaction_id": attempt.target}
    )


def _void_declined(change: Change, attempt: PaymentAttempt, evidence: Declined, policy: Policy) -> None:
    # A gateway repeats a refusal for as long as it honours the key, and the void is owed for ever: a new key, later.
    change.put(_declined(change, attempt, evidence))
    change.begin(Purpose.VOID, attempt.amount, _SYSTEM, target=attempt.target, claimed=False)


def _absent(change: Change, attempt: PaymentAttempt, evidence: Absent, policy: Policy) -> None:
    change.put(changed(attempt, state=AttemptState.ABSENT, concluded_at=change.now))
    change.event(EventKind.PAYMENT_ABSENT, _SYSTEM, which(attempt))


def _unclear(change: Change, attempt: PaymentAttempt, evidence: Unclear, policy: Policy) -> None:
    change.put(changed(attempt, state=AttemptState.REVIEW))
    change.event(EventKind.PAYMENT_UNCLEAR, _SYSTEM, which(attempt))


# Voids are never absent or unclear: they are sent again until the gateway says that the authorization is gone.
_CONCLUSIONS: Final[Mapping[tuple[Purpose, type], Callable[[Change, PaymentAttempt, Any, Policy], None]]] = {
    (Purpose.VERIFICATION, Approved): _verification_approved,
    (Purpose.VERIFICATION, Declined): _verification_declined,
    (Purpose.VERIFICATION, Absent): _verification_absent,
    (Purpose.VERIFICATION, Unclear): _unclear,
    (Purpose.CHARGE, Approved): _charge_approved,
    (Purpose.CHARGE, Declined): _charge_declined,
    (Purpose.CHARGE, Absent): _absent,
    (Purpose.CHARGE, Unclear): _unclear,
    (Purpose.REFUND, Approved): _refund_approved,
    (Purpose.REFUND, Declined): _refund_declined,
    (Purpose.REFUND, Absent): _refund_absent,
    (Purpose.REFUND, Unclear): _unclear,
    (Purpose.VOID, Approved): _void_approved,
    (Purpose.VOID, Declined): _void_declined,
}


def _leads_to(change: Change, fact: Fact) -> OrderStatus | None:
    order = change.order if change.status is change.order.status else change.built()
    return lifecycle.destination(fact, order, change.now)


def _approved(change: Change, attempt: PaymentAttempt, evidence: Approved) -> PaymentAttempt:
    return changed(
        attempt, state=AttemptState.APPROVED, transaction_id=evidence.transaction_id, concluded_at=change.now
    )


def _declined(change: Change, attempt: PaymentAttempt, evidence: Declined) -> PaymentAttempt:
    return changed(
        attempt,
        state=AttemptState.DECLINED,
        transaction_id=evidence.transaction_id,
        code=evidence.code,
        message=evidence.message,
        concluded_at=change.now,
    )


def which(attempt: PaymentAttempt) -> dict[str, str | None]:
    """What an event tells of an attempt, whatever became of it."""
    return {"purpose": attempt.purpose.value, "number": str(attempt.number), "amount": str(attempt.amount)}


def _due(change: Change) -> dict[str, str | None]:
    return {"payment_due_at": change.payment_due_at.isoformat() if change.payment_due_at else None}
