"""Sound notifiers of other kinds: each keeps the contract in a way of its own."""

from __future__ import annotations

from orderflow import Channel, Message
from orderflow.adapters.memory import RecordingNotifier
from orderflow.ports import Undeliverable


class Silent:
    """Sends, and nobody can see what arrived."""

    channels = frozenset({Channel.WEBHOOK})

    def send(self, message: Message) -> None:
        pass


class Careful(RecordingNotifier):
    """E-mail that knows no merchant's address, folds subjects, ends lines as mail does, and sends nothing twice."""

    def __init__(self) -> None:
        super().__init__(channels=[Channel.EMAIL])
        self._posted: dict[str, _Mail] = {}

    @property
    def sent(self) -> tuple[Message, ...]:
        return tuple(self._posted.values())

    def send(self, message: Message) -> None:
        if self.down:
            raise TimeoutError("the mail server does not answer")
        if message.address in (None, "gone@example.com"):
            raise Undeliverable("no address")
        self._posted.setdefault(message.id, _Mail(message))


class _Mail:
    def __init__(self, message: Message) -> None:
        self.id = message.id
        self.subject = message.subject.replace(" ", "\r\n ")
        self.body = message.body.replace("\r\n", "\n").replace("\n", "\r\n") + "\r\n"
