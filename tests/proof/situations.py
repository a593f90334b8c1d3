"""Where a scenario begins: how the order came to be there."""

from __future__ import annotations

from orderflow.testing import Fault, FaultKind, Faulty
from proof.stage import ORDER, TWENTY, Ports, Stage
from shops import CUSTOMER, FREE, MERCHANT, SHIPPED


def nothing(stage: Stage) -> None:
    """No order yet."""


def received(stage: Stage) -> None:
    stage.submit()


def free(stage: Stage) -> None:
    """Received, and there is nothing to charge."""
    stage.submit(item=FREE)


def declined(stage: Stage) -> None:
    stage.submit()
    stage.orders.decline(ORDER, by=MERCHANT)


def canceled(stage: Stage) -> None:
    stage.submit()
    stage.cancel()


def accepted(stage: Stage) -> None:
    stage.submit()
    stage.accept()


def completed(stage: Stage) -> None:
    accepted(stage)
    stage.orders.complete(ORDER, by=MERCHANT, fulfillment=SHIPPED)


def pending(stage: Stage) -> None:
    """Its first charge was declined."""
    stage.gateway.decline_next("charge", "insufficient_funds")
    accepted(stage)


def out_of_time(stage: Stage) -> None:
    """A day before the end of the time to pay: a reminder is due."""
    pending(stage)
    stage.wait(days=6)


def nearly_over(stage: Stage) -> None:
    """Half a minute before the end of the time to pay."""
    pending(stage)
    stage.wait(days=6, hours=12)
    stage.orders.run_due()
    stage.wait(hours=11, minutes=59, seconds=30)


def over(stage: Stage) -> None:
    """The time to pay is over, and nobody has swept."""
    pending(stage)
    stage.wait(days=7, hours=1)


def expired(stage: Stage) -> None:
    over(stage)
    stage.orders.run_due()


def unvoided(stage: Stage) -> None:
    """The void of its verification never arrived."""
    stage.gateway.time_out_next("void", effect=False)
    stage.submit()
    stage.wait(minutes=5)


def held(stage: Stage, *, effect: bool) -> None:
    """It is being accepted; its charge timed out, with its effect or without."""
    stage.submit()
    stage.gateway.time_out_next("charge", effect)
    stage.accept()
    stage.wait(minutes=5)


def unverified(stage: Stage) -> None:
    """Its verification never arrived, so that it is not announced."""
    stage.gateway.time_out_next("verification", effect=False)
    stage.submit()
    stage.wait(minutes=5)


def refunding(stage: Stage, *, effect: bool) -> None:
    """A part of it is being given back; the refund timed out, with its effect or without."""
    accepted(stage)
    stage.gateway.time_out_next("refund", effect)
    stage.orders.refund(ORDER, by=MERCHANT, amount=TWENTY)
    stage.wait(minutes=5)


def paying(stage: Stage) -> None:
    """Its charge waits for the customer (3-D Secure), who has just finished it."""
    _finished(stage, None)


def given_up(stage: Stage) -> None:
    """Its charge waits for the customer, who has just given it up."""
    _finished(stage, "abandoned")


def _finished(stage: Stage, declined: str | None) -> None:
    stage.submit()
    stage.gateway.pend_next("charge", "https://bank.example/3ds")
    stage.accept()
    stage.gateway.finish(stage.attempt("charge").key, declined)
    stage.wait(minutes=5)


def too_late(stage: Stage, *, effect: bool = False) -> None:
    """The gateway has forgotten the key of its charge, which never arrived, or went through unseen."""
    held(stage, effect=effect)
    stage.wait(days=2)


def unclear(stage: Stage) -> None:
    """Its charge never arrived, the gateway has forgotten its key, and a look-up proves nothing."""
    stage.gateway.conclusive_lookup = False
    too_late(stage)


def review(stage: Stage, *, effect: bool) -> None:
    """Nobody knows what became of its charge, and a lookup proves nothing."""
    unclear(stage)
    stage.orders.run_due()
    if effect:  # known to the gateway's own pages only
        stage.gateway.charge(stage.attempt("charge"))


def absent(stage: Stage) -> None:
    """Its first charge was found never to have arrived, long after the gateway had forgotten its key."""
    too_late(stage)
    stage.orders.run_due()


def late_and_welcome(stage: Stage) -> None:
    """Its charge was given up, and went through after all; nothing else has happened."""
    absent(stage)
    stage.gateway.charge(stage.attempt("charge"))


def late_after_cancel(stage: Stage) -> None:
    """Its charge was given up, it was canceled, and the charge went through after all."""
    absent(stage)
    stage.cancel()
    stage.gateway.charge(stage.attempt("charge"))


def late_after_expiry(stage: Stage) -> None:
    """The retry of a declined charge was given up, the time ran out, and the retry went through after all."""
    pending(stage)
    stage.gateway.time_out_next("charge", effect=False)
    stage.orders.retry_payment(ORDER, by=CUSTOMER)
    stage.wait(days=2)
    stage.orders.run_due()
    stage.wait(days=6)
    stage.orders.run_due()
    stage.gateway.charge(stage.attempt("charge", 2))


def late_after_second_charge(stage: Stage) -> None:
    absent(stage)
    stage.accept()
    stage.gateway.charge(stage.attempt("charge"))


def answered_too_late(stage: Stage, declined: str | None = None) -> None:
    """Its retry was begun in time and was answered, which nobody has heard; meanwhile the time to pay ran out."""
    pending(stage)
    stage.wait(days=6, hours=23)
    if declined is not None:
        stage.gateway.decline_next("charge", declined)
    unheard = Fault(kind=FaultKind.TIMEOUT_WITH_EFFECT, method="payments.charge")
    stage.service(Faulty(Ports(stage), unheard)).retry_payment(ORDER, by=CUSTOMER)
    stage.wait(hours=2)


def late_while_second_charge_is_open(stage: Stage) -> None:
    absent(stage)
    stage.gateway.pend_next("charge")
    stage.accept()
    stage.gateway.charge(stage.attempt("charge"))


def undelivered(stage: Stage) -> None:
    """Whoever was to be told by e-mail or webhook was not yet."""
    stage.notifier.down = True
    stage.submit()
    stage.notifier.down = False
    stage.wait(minutes=5)


def unhandled(stage: Stage) -> None:
    """Accepted, and the handler was in no state to hear of it."""
    stage.submit()
    stage.is_handler_down = True
    stage.accept()
    stage.is_handler_down = False
    stage.wait(minutes=5)


def dead_letter(stage: Stage) -> None:
    """Declined, and of that nobody could be told outside the app."""
    stage.submit()
    stage.notifier.down = True
    stage.orders.decline(ORDER, by=MERCHANT)
    stage.notifier.down = False
