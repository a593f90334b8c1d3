"""The scenarios of the exhaustive runs: every command, every status to begin in and to end in, every step of money."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from orderflow import Approved, Declined, Order, Policy, ValidationError
from proof import situations as at
from proof.acts import checks, on_order, reads, redelivers, resolves, submits, sweeps
from proof.races import RACES
from proof.scenario import ONE_TRY, Scenario, given, once
from proof.stage import TWENTY, Stage
from shops import CUSTOMER, MERCHANT, OPERATOR, SHIPPED, card

__all__ = ["PLAIN", "SCENARIOS"]

_UNVERIFIED: Final = Policy(verification_amount=None)
#: A gateway that honours no key for any time: what is unknown is never sent again, and is found absent in the end.
_NO_WINDOW: Final = timedelta(0)


def _hint(stage: Stage, number: int = 1) -> None:
    """The gateway repeats its event until it is heard."""
    stage.orders.check_payment(stage.order().id, stage.attempt("charge", number).key)


def _second_hint(stage: Stage) -> None:
    _hint(stage, 2)


def _finish(stage: Stage) -> None:
    """The customer finishes what the gateway has left pending."""
    for attempt in stage.order().attempts:
        try:
            stage.gateway.finish(attempt.key)
        except ValidationError:
            continue


def _hint_and_finish(stage: Stage) -> None:
    _finish(stage)
    _hint(stage)


def _notes(order: Order) -> int:
    return sum(note.text == "soon" for note in order.notes)


def _twenties_back(order: Order) -> int:
    return order.refunded.minor_units // TWENTY.minor_units


def _all_back(order: Order) -> int:
    return int(order.refunded == order.total)


def _begun(purpose: str) -> Callable[[Order], int]:
    return lambda order: sum(attempt.purpose == purpose for attempt in order.attempts)


PLAIN: Final = {
    # Submit.
    "submit": Scenario(begins=at.nothing, act=submits(), ends="received"),
    "submit with a refused card": Scenario(begins=at.nothing, act=submits("tok_decline_lost_card"), ends="declined"),
    "submit without a verification": Scenario(begins=at.nothing, act=submits(), policy=_UNVERIFIED, ends="received"),
    "submit whose verification is not sent": Scenario(
        begins=once(at.nothing, "not_send_next", "verification"), act=submits(), ends="received declined"
    ),
    "submit over a gateway that honours no key": Scenario(
        begins=given(at.nothing, idempotency_window=_NO_WINDOW), act=submits(), ends="received declined"
    ),
    "submit whose void is refused": Scenario(
        begins=once(at.nothing, "decline_next", "void", "try_later"), act=submits(), ends="received"
    ),
    "submit with a handler": Scenario(begins=at.nothing, act=submits(), has_handler=True, ends="received"),
    # Accept.
    "accept": Scenario(begins=at.received, act=on_order("accept", MERCHANT), ends="accepted"),
    "accept with a declined charge": Scenario(
        begins=once(at.received, "decline_next", "charge", "insufficient_funds"),
        act=on_order("accept", MERCHANT),
        ends="pending_payment",
    ),
    "accept for nothing": Scenario(begins=at.free, act=on_order("accept", MERCHANT), ends="accepted"),
    "accept whose charge is not sent": Scenario(
        begins=once(at.received, "not_send_next", "charge"), act=on_order("accept", MERCHANT), ends="accepted"
    ),
    "accept over a gateway that honours no key": Scenario(
        begins=given(at.received, idempotency_window=_NO_WINDOW), act=on_order("accept", MERCHANT), ends="accepted"
    ),
    "accept over a gateway whose look-up proves nothing": Scenario(
        begins=given(at.received, idempotency_window=_NO_WINDOW, conclusive_lookup=False),
        act=on_order("accept", MERCHANT),
        ends="accepted",
    ),
    "accept whose charge the customer must finish": Scenario(
        begins=once(at.received, "pend_next", "charge", "https://bank.example/3ds"),
        act=on_order("accept", MERCHANT),
        afterwards=_finish,
        ends="accepted",
    ),
    "accept with a handler": Scenario(
        begins=at.received, act=on_order("accept", MERCHANT), has_handler=True, ends="accepted"
    ),
    # Decline, cancel.
    "decline": Scenario(begins=at.received, act=on_order("decline", MERCHANT, reason="full"), ends="declined"),
    "cancel": Scenario(begins=at.received, act=on_order("cancel", CUSTOMER), ends="canceled"),
    "cancel while payment is pending": Scenario(begins=at.pending, act=on_order("cancel", CUSTOMER), ends="canceled"),
    "cancel while a charge is held that never arrived": Scenario(
        begins=lambda stage: at.held(stage, effect=False), act=on_order("cancel", CUSTOMER), ends="accepted"
    ),
    "cancel while a charge is held that went through": Scenario(
        begins=lambda stage: at.held(stage, effect=True), act=on_order("cancel", CUSTOMER), ends="accepted"
    ),
    "cancel while a charge is held that is proven absent": Scenario(
        begins=at.too_late, act=on_order("cancel", CUSTOMER), ends="canceled"
    ),
    # Retry.
    "retry with a new card": Scenario(
        begins=at.pending, act=on_order("retry_payment", CUSTOMER, card=card("tok_new")), ends="accepted"
    ),
    "retry with a declined charge": Scenario(
        begins=at.pending,
        act=on_order("retry_payment", CUSTOMER, card=card("tok_decline_lost")),
        ends="pending_payment",
    ),
    "retry over a gateway that honours no key": Scenario(
        begins=given(at.pending, idempotency_window=_NO_WINDOW),
        act=on_order("retry_payment", CUSTOMER),
        ends="accepted",
    ),
    "retry a moment before its time is over": Scenario(
        begins=at.nearly_over, act=on_order("retry_payment", CUSTOMER), ends="accepted expired"
    ),
    # Complete, refund, note.
    "complete": Scenario(begins=at.accepted, act=on_order("complete", MERCHANT, fulfillment=SHIPPED), ends="completed"),
    "refund in part": Scenario(
        begins=at.accepted, act=on_order("refund", MERCHANT, amount=TWENTY), times=_twenties_back, ends="accepted"
    ),
    "refund in full": Scenario(
        begins=at.completed, act=on_order("refund", OPERATOR), times=_all_back, ends="completed"
    ),
    "refund of what is left while another is open": Scenario(
        begins=lambda stage: at.refunding(stage, effect=True),
        act=on_order("refund", MERCHANT),
        times=_all_back,
        ends="accepted",
    ),
    "refund that is declined": Scenario(
        begins=once(at.accepted, "decline_next", "refund", "charge_too_old"),
        act=on_order("refund", MERCHANT, amount=TWENTY),
        times=_begun("refund"),
        ends="accepted",
    ),
    "refund that is not sent": Scenario(
        begins=once(at.accepted, "not_send_next", "refund"),
        act=on_order("refund", MERCHANT),
        times=_all_back,
        ends="accepted",
    ),
    "note": Scenario(
        begins=at.received, act=on_order("add_note", MERCHANT, text="soon"), times=_notes, ends="received"
    ),
    # Commands without a key: who does not hear the answer can't repeat them.
    "accept without a key": Scenario(
        begins=at.received,
        act=on_order("accept", MERCHANT, key=None),
        times=_begun("charge"),
        ends="received accepted",
    ),
    "refund without a key": Scenario(
        begins=at.accepted,
        act=on_order("refund", MERCHANT, key=None, amount=TWENTY),
        times=_begun("refund"),
        ends="accepted",
    ),
    "note without a key": Scenario(
        begins=at.received, act=on_order("add_note", MERCHANT, key=None, text="soon"), times=_notes, ends="received"
    ),
    "note on a declined order": Scenario(
        begins=at.declined, act=on_order("add_note", OPERATOR, text="why?"), ends="declined"
    ),
    # The sweep.
    "sweep of an order whose time is over": Scenario(begins=at.over, act=sweeps(), ends="expired"),
    "sweep that reminds": Scenario(begins=at.out_of_time, act=sweeps(), ends="pending_payment"),
    "sweep of an open void": Scenario(begins=at.unvoided, act=sweeps(), ends="received"),
    "sweep of a charge that went through unseen": Scenario(
        begins=lambda stage: at.held(stage, effect=True), act=sweeps(), ends="accepted"
    ),
    "sweep of a charge that never arrived": Scenario(
        begins=lambda stage: at.held(stage, effect=False), act=sweeps(), ends="accepted"
    ),
    "sweep of a charge that went through unseen long ago": Scenario(
        begins=lambda stage: at.too_late(stage, effect=True), act=sweeps(), ends="accepted"
    ),
    "sweep of a verification that never arrived": Scenario(begins=at.unverified, act=sweeps(), ends="received"),
    "sweep of a refund that never arrived": Scenario(
        begins=lambda stage: at.refunding(stage, effect=False), act=sweeps(), times=_twenties_back, ends="accepted"
    ),
    "sweep of a refund that went through unseen": Scenario(
        begins=lambda stage: at.refunding(stage, effect=True), act=sweeps(), times=_twenties_back, ends="accepted"
    ),
    "sweep of a charge that nobody will know of": Scenario(begins=at.unclear, act=sweeps(), ends="received"),
    "sweep of a charge that is proven absent": Scenario(begins=at.too_late, act=sweeps(), ends="received"),
    "sweep of a charge that is declined after the time to pay": Scenario(
        begins=lambda stage: at.answered_too_late(stage, "lost_card"), act=sweeps(), ends="expired"
    ),
    "sweep of a charge that is approved after the time to pay": Scenario(
        begins=at.answered_too_late, act=sweeps(), ends="accepted"
    ),
    # What a person or the gateway says of a payment.
    "a charge in review turns out approved": Scenario(
        begins=lambda stage: at.review(stage, effect=True), act=resolves(Approved("theirs")), ends="accepted"
    ),
    "a charge in review turns out declined": Scenario(
        begins=lambda stage: at.review(stage, effect=False), act=resolves(Declined("lost")), ends="pending_payment"
    ),
    "a charge in review turns out absent": Scenario(
        begins=lambda stage: at.review(stage, effect=False), act=resolves(None, MERCHANT), ends="received"
    ),
    "a charge that the customer has finished": Scenario(begins=at.paying, act=checks(), ends="accepted"),
    "a charge that the customer has given up": Scenario(begins=at.given_up, act=checks(), ends="pending_payment"),
    "late approval after cancel": Scenario(
        begins=at.late_after_cancel, act=checks("charge"), afterwards=_hint, ends="canceled"
    ),
    "late approval after expiry": Scenario(
        begins=at.late_after_expiry, act=checks("charge", 2), afterwards=_second_hint, ends="expired"
    ),
    "late approval after a second charge": Scenario(
        begins=at.late_after_second_charge, act=checks("charge"), afterwards=_hint, ends="accepted"
    ),
    "late approval while a second charge is open": Scenario(
        begins=at.late_while_second_charge_is_open, act=checks("charge"), afterwards=_hint_and_finish, ends="accepted"
    ),
    "late approval that the order can take": Scenario(
        begins=at.late_and_welcome, act=checks("charge"), afterwards=_hint, ends="accepted"
    ),
    "surplus refund refused": Scenario(
        begins=once(at.late_after_cancel, "decline_next", "refund", "charge_too_old"),
        act=checks("charge"),
        afterwards=_hint,
        ends="canceled",
    ),
    "surplus refund absent": Scenario(
        begins=once(at.late_after_cancel, "not_send_next", "refund"),
        act=checks("charge"),
        afterwards=_hint,
        ends="canceled",
    ),
    # What is told.
    "delivery after trouble": Scenario(begins=at.undelivered, act=sweeps(), ends="received"),
    "delivery that is given up": Scenario(
        begins=at.received, act=on_order("decline", MERCHANT), policy=ONE_TRY, may_fail=True, ends="declined"
    ),
    "redelivery": Scenario(begins=at.dead_letter, act=redelivers(), policy=ONE_TRY, may_fail=True, ends="declined"),
    "handler after trouble": Scenario(begins=at.unhandled, act=sweeps(), has_handler=True, ends="accepted"),
    "reading what one was told": Scenario(begins=at.canceled, act=reads(), ends="canceled"),
}

#: All of them, by name.
SCENARIOS: Final = {**PLAIN, **RACES}
