"""What tells people, and the host's own reaction: both only write down what they were given, and often fail."""

from __future__ import annotations

import random
from pathlib import Path

from orderflow import Channel, Event, Message, Order
from soak.lines import Lines

__all__ = ["FileHandler", "FileNotifier"]

_FAILS_BEFORE = 0.08
_FAILS_AFTER = 0.04


class _Given:
    """Writes down each try, then what was done, and fails before or after that.

    Args:
        path: The file that all processes share.
        chance: What fails.
        is_calm: Whether nothing fails.
    """

    def __init__(self, path: Path, chance: random.Random, *, is_calm: bool) -> None:
        self._lines = Lines(path)
        self._chance = chance
        self._is_calm = is_calm

    def _take(self, what: dict[str, str | int]) -> None:
        self._lines.add({"try": what}, sync=False)
        draw = 1.0 if self._is_calm else self._chance.random()
        if draw < _FAILS_BEFORE:
            raise ConnectionError("not sent")
        self._lines.add({"done": what}, sync=False)
        if draw < _FAILS_BEFORE + _FAILS_AFTER:
            raise TimeoutError("sent, and nobody heard of it")


class FileNotifier(_Given):
    """Sends e-mail and webhooks into a file."""

    channels = frozenset({Channel.EMAIL, Channel.WEBHOOK})

    def send(self, message: Message) -> None:
        self._take({"message": message.id})


class FileHandler(_Given):
    """A handler that writes down the events it is called with."""

    def __call__(self, event: Event, order: Order) -> None:
        self._take({"order": order.id, "seq": event.seq})
