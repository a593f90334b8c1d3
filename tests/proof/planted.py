"""Bugs to plant into the real flows, one at a time: a proof that can't find them proves nothing.

Each is an edit of one place of the source, made in a copy of the package: the package itself knows nothing of it.
"""

from __future__ import annotations

from typing import Final

import attrs


@attrs.frozen
class Planted:
    """A bug.

    Attributes:
        name: What is wrong with the code then.
        file: Where, below the package's folder.
        old: What stands there, once.
        new: What is put in its place.
        seed: A seed that found it, and that is tried first; any other may find it, too.
    """

    name: str
    file: str
    old: str
    new: str
    seed: int = 0


PLANTED: Final = (
    Planted(
        "a fresh key per send",
        "_flows/pay.py",
        "await ask(getattr(shop.payments, method)(attempt))",
        "await ask(getattr(shop.payments, method)("
        "__import__('attrs').evolve(attempt, key=attempt.key + attempt.claim)))",
    ),
    Planted(
        "no look-up before a re-send",
        "_flows/resolve.py",
        "outcome, answered = await pay.find(shop, attempt)",
        "outcome, answered = None, True",
    ),
    Planted(
        "an error taken as a decline",
        "_flows/pay.py",
        """            type(error).__name__,
        )
        return _NoAnswer()""",
        """            type(error).__name__,
        )
        return Declined("error")""",
        seed=1,
    ),
    Planted(
        "a failed look-up taken as an absence",
        "_flows/resolve.py",
        "if answered else _Verdict.WAIT",
        "if True else _Verdict.WAIT",
        seed=30,
    ),
    Planted(
        "compare-and-set ignored",
        "_flows/books.py",
        """            if landed is None:
                raise
""",
        """            if landed is None:
                return order
""",
    ),
    Planted(
        "the void forgotten",
        "_flows/conclude.py",
        "    change.begin(Purpose.VOID, attempt.amount, _SYSTEM, target=evidence.transaction_id)\n",
        "",
    ),
    Planted(
        "a refused void given up",
        "_flows/conclude.py",
        "    change.begin(Purpose.VOID, attempt.amount, _SYSTEM, target=attempt.target, claimed=False)\n",
        "",
        seed=1,
    ),
    Planted(
        "expiry over an open charge",
        "lifecycle.py",
        "if command in _WAITING and decision.order.payment_in_progress:",
        "if command in _WAITING and command is not Command.EXPIRE and decision.order.payment_in_progress:",
        seed=8,
    ),
    Planted(
        "cancel ignores an open charge",
        "lifecycle.py",
        "if command in _WAITING and decision.order.payment_in_progress:",
        "if command in _WAITING and command is not Command.CANCEL and decision.order.payment_in_progress:",
    ),
    Planted(
        "an absence concluded without grace",
        "_flows/resolve.py",
        "if looked_at - attempt.last_sent_at <= max(shop.policy.grace, shop.latest_arrival):",
        "if False:",
        seed=28,
    ),
    Planted(
        "an absence written though the attempt was sent since",
        "_flows/pay.py",
        " or (fenced and current != attempt)",
        "",
        seed=176,
    ),
    Planted(
        "an absence taken from a look-up that proves nothing",
        "_flows/resolve.py",
        "return _Verdict.ABSENT if shop.payments.conclusive_lookup else _Verdict.UNCLEAR",
        "return _Verdict.ABSENT",
        seed=5,
    ),
    Planted(
        "a late approval dropped",
        "_flows/conclude.py",
        "return attempt.state not in (AttemptState.APPROVED, AttemptState.SURPLUS)",
        "return attempt.is_unsettled",
        seed=23,
    ),
    Planted(
        "a surplus kept",
        "_flows/conclude.py",
        "    change.begin(Purpose.REFUND, attempt.amount, _SYSTEM, target=evidence.transaction_id)\n",
        "",
        seed=48,
    ),
    Planted(
        "the refund of a surplus forgotten once it was absent",
        "_flows/conclude.py",
        "        change.begin(Purpose.REFUND, attempt.amount, _SYSTEM, target=attempt.target, claimed=False)\n",
        "        pass\n",
        seed=1546,
    ),
    Planted(
        "a message acknowledged before it is sent",
        "_flows/deliver.py",
        "        deliveries = await _deliver(",
        """        done = [
            Delivery(id=row.id, token=row.token, state=DeliveryState.DELIVERED, tries=1, at=began) for row in together
        ]
        await books.guarded(lambda done=done: shop.storage.record_deliveries(done))
        deliveries = await _deliver(""",
    ),
    Planted(
        "a failed message taken as delivered",
        "_flows/deliver.py",
        "    if not error:\n",
        "    if True:\n",
    ),
    Planted(
        "a handler called for a later event though an earlier one failed",
        "_flows/deliver.py",
        "(row.message is None and row.route in held_up)",
        "False",
    ),
    Planted(
        "a repeated command done again",
        "_flows/act.py",
        "    if record is None:\n",
        "    if True:\n",
        seed=19,
    ),
    Planted(
        "a lost acknowledgement taken as a conflict",
        "_flows/books.py",
        "landed = await _landed(shop, change, order) if unknown else None",
        "landed = None",
        seed=27,
    ),
    Planted(
        "a commit taken as landed because something landed",
        "_flows/books.py",
        "is_ours = bool(change.events) and stored.timeline[: len(ours.timeline)] == ours.timeline",
        "is_ours = True",
        seed=12,
    ),
    Planted(
        "times that go back",
        "_flows/change.py",
        "return max(self.now, self.order.updated_at) if self.order.version else self.now",
        "return self.now",
    ),
    Planted(
        "a sender that stood still sends all the same",
        "_flows/pay.py",
        "if shop.now() - attempt.last_sent_at > shop.latest_start:",
        "if False:",
        seed=51,
    ),
    Planted(
        "the key's window not looked at",
        "_flows/resolve.py",
        "is_honoured = now - attempt.first_sent_at + shop.latest_arrival < shop.payments.idempotency_window",
        "is_honoured = True",
        seed=1,
    ),
    Planted(
        "the time that a send takes left out of the key's window",
        "_flows/resolve.py",
        "is_honoured = now - attempt.first_sent_at + shop.latest_arrival < shop.payments.idempotency_window",
        "is_honoured = now - attempt.first_sent_at < shop.payments.idempotency_window",
        seed=729,
    ),
    Planted(
        "a refusal to send taken as proof after the first send",
        "_flows/pay.py",
        "if isinstance(outcome, NotSent) and first and attempt.purpose",
        "if isinstance(outcome, NotSent) and attempt.purpose",
        seed=33,
    ),
    Planted(
        "a pending payment taken as approved",
        "_flows/pay.py",
        """    if isinstance(outcome, Pending):
        return await keep_pending(shop, order, attempt, outcome)
    if isinstance(outcome, NotSent)""",
        """    if isinstance(outcome, Pending):
        return await write_down(shop, order, attempt, Approved(outcome.transaction_id or "pending"))
    if isinstance(outcome, NotSent)""",
    ),
    Planted(
        "money sent before it is on the books",
        "_flows/act.py",
        "        try:\n            order = await books.commit(shop, change, record)\n",
        "        if own is not None:\n            await pay._call(shop, own)\n"
        "        try:\n            order = await books.commit(shop, change, record)\n",
    ),
    Planted(
        "a deadline that every refused charge moves",
        "_flows/conclude.py",
        "    if change.payment_due_at is None:\n        change.payment_due_at",
        "    if True:\n        change.payment_due_at",
        seed=4,
    ),
    Planted(
        "what is owed left out when a commit is tried again",
        "_flows/books.py",
        "messages=messages,",
        "messages=messages if not unknown else (),",
        seed=1,
    ),
    Planted(
        "an open payment that nobody looks at again",
        "_flows/due.py",
        "for attempt in order.attempts if attempt.state is AttemptState.OPEN]",
        "for attempt in order.attempts if attempt.state is AttemptState.OPEN and attempt.first_sent_at is None]",
    ),
    Planted(
        "open refunds left out of what can still be refunded",
        "order.py",
        "(AttemptState.APPROVED, AttemptState.OPEN, AttemptState.REVIEW)",
        "(AttemptState.APPROVED,)",
        seed=108,
    ),
    Planted(
        "a merchant who is not told",
        "_flows/tell.py",
        "return _STATUS_CHANGES.get(event.kind, _BOTH)",
        "return _STATUS_CHANGES.get(event.kind, _CUSTOMER if event.kind is EventKind.EXPIRED else _BOTH)",
    ),
)
