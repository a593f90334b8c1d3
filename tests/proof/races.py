"""The scenarios in which somebody else acts in the middle of the first one's calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from orderflow import Approved
from proof import situations as at
from proof.acts import checks, on_order, redelivers, resolves, submits, sweeps
from proof.scenario import ONE_TRY, Scenario
from proof.stage import Stage
from shops import CUSTOMER, MERCHANT, OPERATOR, SHIPPED

__all__ = ["RACES"]

_RIVAL: Final = "another key"
#: Longer than any lease: who stood still for it has lost its claims.
_STILL: Final = timedelta(minutes=3)
_MOMENT: Final = timedelta(minutes=1)

_accept: Final = on_order("accept", MERCHANT)
_cancel: Final = on_order("cancel", CUSTOMER)
_retry: Final = on_order("retry_payment", CUSTOMER)


def _unknown(stage: Stage) -> None:
    at.held(stage, effect=False)


def _hint(stage: Stage) -> None:
    stage.orders.check_payment(stage.order().id, stage.attempt("charge").key)


def _in_review(stage: Stage) -> None:
    at.review(stage, effect=True)


RACES: Final = {
    "submit / submit": Scenario(begins=at.nothing, act=submits(), rival=submits(), ends="received"),
    "submit / sweep": Scenario(begins=at.nothing, act=submits(), rival=sweeps(wait=_STILL), ends="received"),
    "accept / accept": Scenario(
        begins=at.received, act=_accept, rival=on_order("accept", MERCHANT, key=_RIVAL), ends="accepted"
    ),
    "accept / the same accept": Scenario(begins=at.received, act=_accept, rival=_accept, ends="accepted"),
    "accept / cancel": Scenario(
        begins=at.received, act=_accept, rival=on_order("cancel", CUSTOMER, key=_RIVAL), ends="accepted canceled"
    ),
    "accept / decline": Scenario(
        begins=at.received, act=_accept, rival=on_order("decline", MERCHANT, key=_RIVAL), ends="accepted declined"
    ),
    "accept / sweep": Scenario(begins=at.received, act=_accept, rival=sweeps(wait=_STILL), ends="accepted"),
    "accept / hint": Scenario(begins=at.received, act=_accept, rival=checks(), ends="accepted"),
    "note while a charge is open": Scenario(
        begins=at.received,
        act=_accept,
        rival=on_order("add_note", OPERATOR, key=_RIVAL, text="seen"),
        ends="accepted",
    ),
    "decline / cancel": Scenario(
        begins=at.received,
        act=on_order("decline", MERCHANT),
        rival=on_order("cancel", CUSTOMER, key=_RIVAL),
        ends="declined canceled",
    ),
    "retry / retry": Scenario(
        begins=at.pending, act=_retry, rival=on_order("retry_payment", CUSTOMER, key=_RIVAL), ends="accepted"
    ),
    "retry / cancel": Scenario(
        begins=at.pending, act=_retry, rival=on_order("cancel", CUSTOMER, key=_RIVAL), ends="accepted canceled"
    ),
    "retry / expire": Scenario(begins=at.nearly_over, act=_retry, rival=sweeps(wait=_MOMENT), ends="accepted expired"),
    "expire / retry": Scenario(
        begins=at.over, act=sweeps(), rival=on_order("retry_payment", CUSTOMER, key=_RIVAL), ends="expired"
    ),
    "expire / cancel": Scenario(
        begins=at.over, act=sweeps(), rival=on_order("cancel", CUSTOMER, key=_RIVAL), ends="expired"
    ),
    "cancel while a charge is held / sweep": Scenario(
        begins=_unknown, act=_cancel, rival=sweeps(wait=_STILL), ends="accepted"
    ),
    "two sweepers": Scenario(begins=_unknown, act=sweeps(), rival=sweeps(wait=_STILL), ends="accepted"),
    "two sweepers at one moment": Scenario(begins=_unknown, act=sweeps(), rival=sweeps(), ends="accepted"),
    "two sweepers over an order whose time is over": Scenario(
        begins=at.over, act=sweeps(), rival=sweeps(wait=_STILL), ends="expired"
    ),
    "two sweepers over what is not delivered": Scenario(
        begins=at.undelivered, act=sweeps(), rival=sweeps(wait=_STILL), ends="received"
    ),
    "two sweepers over what is not handled": Scenario(
        begins=at.unhandled, act=sweeps(), rival=sweeps(wait=_STILL), has_handler=True, ends="accepted"
    ),
    "complete / refund": Scenario(
        begins=at.accepted,
        act=on_order("complete", MERCHANT, fulfillment=SHIPPED),
        rival=on_order("refund", OPERATOR, key=_RIVAL),
        ends="accepted completed",
    ),
    "refund / refund": Scenario(
        begins=at.accepted,
        act=on_order("refund", MERCHANT),
        rival=on_order("refund", OPERATOR, key=_RIVAL),
        ends="accepted",
    ),
    "late approval / sweep": Scenario(
        begins=at.late_after_cancel, act=checks("charge"), rival=sweeps(wait=_STILL), afterwards=_hint, ends="canceled"
    ),
    "late approval / accept": Scenario(
        begins=at.late_and_welcome,
        act=checks("charge"),
        rival=on_order("accept", MERCHANT, key=_RIVAL),
        afterwards=_hint,
        ends="accepted",
    ),
    "late approval / cancel": Scenario(
        begins=at.late_and_welcome,
        act=checks("charge"),
        rival=on_order("cancel", CUSTOMER, key=_RIVAL),
        afterwards=_hint,
        ends="accepted canceled",
    ),
    "resolve / resolve": Scenario(
        begins=_in_review,
        act=resolves(Approved("theirs")),
        rival=resolves(Approved("theirs"), MERCHANT, _RIVAL),
        ends="accepted",
    ),
    "resolve / hint": Scenario(begins=_in_review, act=resolves(Approved("theirs")), rival=checks(), ends="accepted"),
    "redelivery / sweep": Scenario(
        begins=at.dead_letter,
        act=redelivers(),
        rival=sweeps(wait=_STILL),
        policy=ONE_TRY,
        may_fail=True,
        ends="declined",
    ),
}
