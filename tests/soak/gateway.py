"""The soak's payment gateway: a process of its own, with a ledger of its own that is on the disk before it answers.

It may be killed and started again at any moment: all that it knows is in its ledger. Sends and answers get lost, come
late, or are declined, by chance. The ledger is the truth that orders are held against.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import time
from collections import Counter
from decimal import Decimal
from typing import Any, Final

from soak.lines import Lines, mend, read
from soak.settings import MOST_LANDINGS, WINDOW, Settings

__all__ = ["Gateway", "serve"]

_Json = dict[str, Any]
_NOTHING: Final[_Json] = {"state": "none"}
#: What becomes of a send, and how often; all else is answered at once.
_FATES: Final = {
    "lost": 0.04,  # no effect and no answer
    "hung": 0.015,  # no effect, and no answer in time
    "unheard": 0.05,  # the effect, and no answer
    "slow": 0.03,  # the effect, and an answer that may come too late
    "late": 0.03,  # no answer, and the effect afterwards
    "pending": 0.02,
    "not_sent": 0.02,
}
_LOST_LOOKS: Final = 0.05
_HUNG_LOOKS: Final = 0.01
_IS_FINAL: Final = 0.5
_HANGS_FOR: Final = 2.0  # seconds
_SLOWEST: Final = 1.2
_LATEST: Final = 2.5
#: How often each purpose is declined; by the key, so that it is the same answer whenever it is sent.
_DECLINES: Final = {"verification": 0.05, "charge": 0.3, "refund": 0.05}
#: How many keys never get through.
_NEVER: Final = 0.01


class Gateway:
    """What the gateway knows, and what it does about a request.

    Args:
        settings: The soak's.
    """

    def __init__(self, settings: Settings) -> None:
        mend(settings.ledger)
        self._seed = settings.seed
        self._chance = random.Random(f"gateway {settings.seed} {time.time_ns()}")
        self._is_calm = settings.is_calm
        self._declines = {} if settings.is_calm else _DECLINES
        self._answers: dict[str, tuple[_Json, float]] = {}
        self._landing: set[str] = set()
        self._left: dict[str, Decimal] = {}
        self._voided: set[str] = set()
        self._figures: Counter[str] = Counter()
        for line in read(settings.ledger):
            self._remember(line)
        self._lines = Lines(settings.ledger)

    async def answer(self, request: _Json) -> _Json | None:
        """What is answered; None for no answer at all."""
        match request["method"]:
            case "send":
                return await self._send(request)
            case "find":
                return await self._find(request["key"])
            case "calm":
                self._is_calm = True
        return dict(self._figures)

    async def _send(self, request: _Json) -> _Json | None:
        key, fate = request["key"], self._fate(request)
        if time.time() > request["until"] or fate == "lost":
            return None
        if fate == "hung":
            await asyncio.sleep(_HANGS_FOR)
            return None
        known = self._known(key)
        if known is not None:
            return None if fate == "unheard" else known
        if key in self._landing:
            return None  # it is at it: who asks again gets no answer yet
        if fate == "not_sent":
            return {"state": "not_sent"}
        if fate == "late":
            await self._land(request)
            return None
        answer = self._settle(request, is_pending=fate == "pending")
        if fate == "slow":
            await asyncio.sleep(self._chance.uniform(0.0, _SLOWEST))
        return None if fate == "unheard" else answer

    async def _find(self, key: str) -> _Json | None:
        draw = 1.0 if self._is_calm else self._chance.random()
        if draw < _LOST_LOOKS + _HUNG_LOOKS:
            await asyncio.sleep(_HANGS_FOR if draw < _HUNG_LOOKS else 0)
            return None
        answer, _ = self._answers.get(key, (_NOTHING, 0.0))
        if answer["state"] == "pending" and (self._is_calm or self._chance.random() < _IS_FINAL):
            return self._settle(answer["request"], is_pending=False)
        return answer

    def _fate(self, request: _Json) -> str:
        if self._is_calm:
            return ""
        never = request["purpose"] != "void" and self._drawn(request["key"], "never") < _NEVER
        fates = list(_FATES)
        fate = self._chance.choices([*fates, ""], [*_FATES.values(), 1 - sum(_FATES.values())])[0]
        return "lost" if never else fate

    def _known(self, key: str) -> _Json | None:
        """The answer under a key, while it is honoured; after that, it moves money again."""
        answer, at = self._answers.get(key, (None, 0.0))
        return answer if time.time() < at + WINDOW.total_seconds() else None

    async def _land(self, request: _Json) -> None:
        self._landing.add(request["key"])
        await asyncio.sleep(self._chance.uniform(0.0, _LATEST))
        self._landing.discard(request["key"])
        if time.time() < request["sent_at"] + MOST_LANDINGS.total_seconds():
            self._settle(request, is_pending=False)

    def _settle(self, request: _Json, *, is_pending: bool) -> _Json:
        """Decide, write it down, and only then answer."""
        line: _Json = {"at": time.time(), "request": request, "moves": False}
        purpose, target, amount = request["purpose"], request["target"], Decimal(request["amount"])
        if is_pending:
            line["answer"] = {"state": "pending", "request": request}
        elif self._drawn(request["key"], "declines") < self._declines.get(purpose, 0.0):
            line["answer"] = {"state": "declined", "code": "insufficient_funds"}
        elif purpose == "refund" and self._left.get(target, Decimal(0)) < amount:
            line["answer"] = {"state": "declined", "code": "amount_too_large"}
        else:
            line["moves"] = not (purpose == "void" and target in self._voided)
            transaction_id = f"{purpose}_{self._figures['answers'] + 1}"
            line["answer"] = {"state": "approved", "transaction_id": transaction_id}
        self._lines.add(line)
        self._remember(line)
        answer: _Json = line["answer"]
        return answer

    def _remember(self, line: _Json) -> None:
        request, answer = line["request"], line["answer"]
        purpose = request["purpose"]
        self._answers[request["key"]] = (answer, line["at"])
        self._figures["answers"] += 1
        self._figures[f"{purpose} {answer['state']}"] += 1
        if not line["moves"]:
            return
        match purpose:
            case "charge":
                self._left[answer["transaction_id"]] = Decimal(request["amount"])
            case "refund":
                self._left[request["target"]] -= Decimal(request["amount"])
            case "void":
                self._voided.add(request["target"])

    def _drawn(self, key: str, what: str) -> float:
        """A number from 0 to 1 that is the key's own."""
        digest = hashlib.sha256(f"{self._seed} {what} {key}".encode()).digest()
        return int.from_bytes(digest[:4]) / 2**32


def serve(settings: Settings) -> None:
    """Answer requests, until killed."""
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    gateway = Gateway(settings)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await reader.readline()
            answer = await gateway.answer(json.loads(line)) if line.endswith(b"\n") else None
            if answer is not None:
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except OSError:
            pass  # whoever asked was killed meanwhile
        finally:
            writer.close()

    settings.socket.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(talk, settings.socket, backlog=200)
    async with server:
        await server.serve_forever()
