"""The gateway's ledger, read: what moved, and what was answered under each key."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import attrs

from orderflow import Money, Purpose
from soak.lines import read

__all__ = ["Answers", "Moved", "answers_of"]


@attrs.frozen(kw_only=True)
class Moved:
    """One movement of money, as `orderflow.testing.audit` takes it."""

    purpose: Purpose
    transaction_id: str
    key: str
    order_id: str
    amount: Money
    target: str | None


@attrs.frozen
class Answers:
    """What a ledger holds.

    Attributes:
        movements: Of each order.
        outcomes: The last answer under each key.
    """

    movements: defaultdict[str, list[Moved]] = attrs.field(factory=lambda: defaultdict(list))
    outcomes: dict[str, dict[str, Any]] = attrs.field(factory=dict)


def answers_of(path: Path) -> Answers:
    """Read a ledger."""
    answers = Answers()
    for line in read(path):
        request = line["request"]
        answers.outcomes[request["key"]] = line["answer"]
        if line["moves"]:
            answers.movements[request["order_id"]].append(
                Moved(
                    purpose=Purpose(request["purpose"]),
                    transaction_id=line["answer"]["transaction_id"],
                    key=request["key"],
                    order_id=request["order_id"],
                    amount=Money(request["amount"], request["currency"]),
                    target=request["target"],
                )
            )
    return answers
