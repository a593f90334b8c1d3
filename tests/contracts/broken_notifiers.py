"""Notifiers that break one promise each."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import attrs

from orderflow import Audience, Channel, Message
from orderflow.adapters.memory import RecordingNotifier
from orderflow.ports import Undeliverable


class Watched(RecordingNotifier):
    """A recorder of which every send goes through `deliver`, to be broken; it refuses one address for good."""

    def send(self, message: Message) -> Any:
        if message.address == "gone@example.com":
            raise Undeliverable("no such address")
        return self.deliver(message)

    def deliver(self, message: Message) -> Any:
        super().send(message)


class Deaf(RecordingNotifier):
    send: Any = None


class ChannelsInAList(RecordingNotifier):
    def __init__(self) -> None:
        super().__init__()
        self.channels: Any = [Channel.EMAIL, Channel.WEBHOOK]


class ChannelsByName(RecordingNotifier):
    def __init__(self) -> None:
        super().__init__()
        self.channels: Any = frozenset({"email"})


class ServesNothing(RecordingNotifier):
    def __init__(self) -> None:
        super().__init__(channels=[])


class ClaimsInApp(RecordingNotifier):
    def __init__(self) -> None:
        super().__init__(channels=Channel)


class Swallows(Watched):
    """Keeps its troubles to itself."""

    def deliver(self, message: Message) -> None:
        with contextlib.suppress(ConnectionError):
            super().deliver(message)


class GivesUp(Watched):
    """Takes every trouble for the last."""

    def deliver(self, message: Message) -> None:
        try:
            super().deliver(message)
        except ConnectionError:
            raise Undeliverable("no connection") from None


class NeverGivesUp(Watched):
    def send(self, message: Message) -> None:
        if message.address == "gone@example.com":
            raise ConnectionError("no such address, today")
        self.deliver(message)


class StaysDown(Watched):
    """Once it failed it never sends again."""

    broken = False

    def deliver(self, message: Message) -> None:
        self.broken = self.broken or self.down
        if self.broken:
            raise ConnectionError("the connection was lost")
        super().deliver(message)


class SaysTrue(Watched):
    def deliver(self, message: Message) -> bool:
        super().deliver(message)
        return True


class Loses(Watched):
    """Says that it has sent what it has not."""

    def deliver(self, message: Message) -> None:
        if self.down:
            super().deliver(message)


class RefusesWhatItKnows(Watched):
    def deliver(self, message: Message) -> None:
        if message.id in [one.id for one in self.sent]:
            raise ValueError("sent already")
        super().deliver(message)


class SendsTheFirstAgain(Watched):
    """Keeps the first text, and sends it under every id."""

    def deliver(self, message: Message) -> None:
        first = [*self.sent, message][0]
        super().deliver(attrs.evolve(message, subject=first.subject, body=first.body))


class CutsBodies(Watched):
    def deliver(self, message: Message) -> None:
        super().deliver(attrs.evolve(message, body=message.body[:1_000]))


class EatsDots(Watched):
    """Mail that forgets to double the dot with which a line begins."""

    def deliver(self, message: Message) -> None:
        lines = message.body.split("\n")
        super().deliver(attrs.evolve(message, body="\n".join(line.removeprefix(".") for line in lines)))


class CutsSubjects(Watched):
    def deliver(self, message: Message) -> None:
        super().deliver(attrs.evolve(message, subject=message.subject[:100]))


class SubjectsInAscii(Watched):
    def deliver(self, message: Message) -> None:
        super().deliver(attrs.evolve(message, subject=message.subject.encode("ascii", "replace").decode()))


class RefusesPluses(Watched):
    def deliver(self, message: Message) -> None:
        if "+" in (message.address or ""):
            raise ValueError("that is no address")
        super().deliver(message)


class NeedsAnAddress(Watched):
    """Knows no address of a merchant, and does not say so in time."""

    def deliver(self, message: Message) -> None:
        if message.audience is Audience.MERCHANT and message.channel is Channel.EMAIL:
            raise AttributeError("None has no attribute encode")
        super().deliver(message)


class MixesUpItsCallers(Watched):
    """Keeps what it is about to send in one place for all threads."""

    message: Message

    def deliver(self, message: Message) -> None:
        self.message = message
        threading.Event().wait(0.002)  # long enough for others to come
        super().deliver(self.message)


class KnowsItsTestsOnly(Watched):
    """Refuses the messages that a service makes."""

    def deliver(self, message: Message) -> None:
        if message.order.customer_name != "Ana":
            raise ValueError("who is that?")
        super().deliver(message)
