"""What one seed draws: each seed leaves some kinds of trouble out and overdoes others, so that rare ones meet."""

from __future__ import annotations

import random
from typing import Final

import attrs

MINUTE: Final = 60.0
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

#: What hosts plug in, and what their machines' clocks are like: off by up to half a minute, and put right now and then.
KINDS: Final = ("conclusive", "conclusive, clocks astray", "inconclusive", "inconclusive, clocks astray")

#: Parts that break their own promises. What comes of it is measured, to know what rests on those promises.
BEYOND: Final = (
    "conclusive, clocks leaping by days",
    "inconclusive, clocks leaping by days",
    "conclusive, effects after longest_call",
    "inconclusive, effects after longest_call",
)


@attrs.frozen(kw_only=True)
class Mix:
    """The trouble of one run.

    Attributes:
        conclusive: Whether a look-up that finds nothing proves anything; without it, look-ups lag, or forget for ever.
        key_window: For how long the gateway honours a key, in seconds.
        longest_call: No call outlives it, in seconds.
        latest_effect: How long after a call began its effect may still come, in seconds: `longest_call`, as promised.
        longest_lag: How long after it moved money a look-up may not see it, in seconds.
        skew: How far a process's clock may be off, in seconds; it is put right, or wrong anew, now and then.
        payment_window: How long customers have to pay, in seconds.
        processes, orders, days: How much there is of each.
        deferred: Whether messages are left to the sweep.
        wrong_evidence: How often an operator is mistaken.
        aim: Which of the turns in a payment's evidence people come by at, always; None: any, now and then.
        rates: How often a thing happens, by its name, of each time that it could.
    """

    conclusive: bool
    key_window: float
    longest_call: float
    latest_effect: float
    longest_lag: float
    skew: float
    payment_window: float
    processes: int
    orders: int
    days: float
    deferred: bool
    stall_rate: float
    longest_stall: float
    wrong_evidence: float
    aim: int | None
    rates: dict[str, float]


#: What can go wrong, and how often at most.
TROUBLE: Final = {
    "storage fails": 0.15,
    "acknowledgement lost": 0.15,
    "storage is slow": 0.1,
    "gateway fails": 0.4,
    "gateway times out": 0.4,
    "effect comes late": 0.5,
    "answer lost": 0.4,
    "call lasts": 0.4,
    "charge declined": 0.6,
    "card refused": 0.1,
    "refund declined": 0.3,
    "void declined": 0.3,
    "payment pends": 0.3,
    "payment not sent": 0.3,
    "notifier fails": 0.5,
    "notifier forgets to answer": 0.2,
    "handler fails": 0.4,
    "look-up fails": 0.3,
    "process ends": 0.3,
    "gateway is down": 0.2,
    "nobody sweeps": 0.2,
    "hint comes": 0.5,
}

_UNKNOWN: Final = ("gateway times out", "effect comes late", "answer lost", "call lasts", "nobody sweeps", "hint comes")


def draw(kind: str, seed: int) -> Mix:
    """What a seed draws for a kind."""
    chance = random.Random(f"{kind} {seed}")
    conclusive = kind.startswith("conclusive")
    longest_call = chance.choice((5.0, 30.0, 30.0, 5 * MINUTE))
    rates = {
        name: 0.0 if chance.random() < 0.4 else most * chance.choice((0.05, 0.3, 1.0)) for name, most in TROUBLE.items()
    }
    stalls = chance.random() < 0.5
    aim = chance.choice((None, None, None, 0, 1, 2, 3, 3, 4))
    if aim is not None:  # what arrives late or never is what a turn is about
        rates |= {name: TROUBLE[name] for name in chance.sample(_UNKNOWN, 3)}
    return Mix(
        conclusive=conclusive,
        key_window=chance.choice((0.0, 4 * MINUTE, 20 * MINUTE, HOUR, DAY, DAY, 7 * DAY)),
        longest_call=longest_call,
        latest_effect=chance.choice((HOUR, DAY)) if kind.endswith("longest_call") else longest_call,
        longest_lag=chance.choice((0.0, 10.0, 4 * MINUTE)) if conclusive else chance.choice((HOUR, DAY, 30 * DAY)),
        skew=_skew(kind, chance),
        payment_window=chance.choice((7 * DAY, 7 * DAY, DAY, HOUR)),
        processes=chance.choice((1, 2, 2, 3, 4)),
        orders=chance.choice((1, 2, 3)),
        days=chance.choice((2, 12, 12, 40)),
        deferred=chance.random() < 0.3,
        stall_rate=chance.choice((0.01, 0.1)) if stalls else 0.0,
        longest_stall=chance.choice((3 * MINUTE, 20 * MINUTE, DAY)) if stalls else 0.0,
        wrong_evidence=0.0 if conclusive else chance.choice((0.0, 0.5)),
        aim=aim,
        rates=rates,
    )


def _skew(kind: str, chance: random.Random) -> float:
    if kind.endswith("days"):
        return 3 * DAY
    return chance.choice((5.0, 30.0)) if kind.endswith("astray") else 0.0
