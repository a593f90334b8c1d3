"""A notifier that keeps what it was given."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from ...message import Channel, Message

__all__ = ["RecordingNotifier"]


class RecordingNotifier:
    """Keeps every message instead of sending it.

    Args:
        channels: Which of e-mail and webhook it serves; both if none are named.

    Attributes:
        channels: What it serves.
        down: Set it to True, and every send fails until it is False again.
    """

    def __init__(self, channels: Iterable[Channel] = (Channel.EMAIL, Channel.WEBHOOK)) -> None:
        self.channels: frozenset[Channel] = frozenset(channels)
        self.down = False
        self._sent: list[Message] = []
        self._lock = threading.Lock()

    @property
    def sent(self) -> tuple[Message, ...]:
        """Every message that was sent, in order; one that was sent twice is there twice."""
        with self._lock:
            return tuple(self._sent)

    def send(self, message: Message) -> None:
        """Keep a message.

        Raises:
            ConnectionError: If the notifier is down.
        """
        if self.down:
            raise ConnectionError("the notifier is down")
        with self._lock:
            self._sent.append(message)
