"""The contract of notifiers."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, Final, cast

import pytest

from ... import Actor, Audience, Channel, DeliveryState, Message, MessageState
from ...ports import AsyncNotifier, Notifier, Undeliverable
from ..awaiting import RunAsync, called_alike
from .contract import Contract
from .letters import MessageFor, Post, Received, message_maker
from .needs import needed, switched_off
from .sales import requested, service_over

__all__ = ["NotifierContract"]

_CHANNELS: Final = (Channel.EMAIL, Channel.WEBHOOK)
_MANY: Final = 16
_LETTERS: Final = {
    "emoji": "Happy birthday, Zoë 🎂👩‍👧‍👦!",
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u202b\u05e2\u05d5\u05dc\u05dd\u202c, \u0645\u0631\u062d\u0628\u0627",
    "combining": "Z\u0335\u0321a\u0301\u0308lgo, and Zálgo",
    "markup": "<b>Fish & Chips</b> \"quoted\" 'single' &amp; {{ name }} %s $name \\n",
    "encoded": "=?utf-8?q?=41?= =41=20=\u00e9",
}
_TEXTS: Final = {
    **_LETTERS,
    "line ends": "one\r\ntwo\nthree\n\nfive",
    "dots": ".\n..\n.hidden\n",
    "headers": "From here on\nFrom: x@example.com\nBcc: x@example.com\n\nSubject: no\n",
    "spaces": "  indented\twith a tab  \n   and blanks at the end   \nend",
    "a long line": "word " * 2_000 + "end",
    "many lines": "a line of text\n" * 10_000 + "end",
}
_ADDRESSES: Final = ("o'brien+orders@mail.example.co.uk", "a@xn--bcher-kva.example", f"{'l' * 64}@example.com")
_SUBJECTS: Final = {**_LETTERS, "a header": "Subject: no, Bcc: x@example.com", "long": "word " * 199 + "end"}


class NotifierContract(Contract):
    """What `orderflow.ports.Notifier` promises, as tests. Subclass it, and override the fixture `notifier`.

    The fixture may give a sync notifier or an async one. `received` lets the suite look at what arrived; where nobody
    can see it, only what is raised is checked. What needs `refused_message` or `broken` is skipped without them.
    `message_for` and `store_id` are for notifiers that serve only some.
    """

    @pytest.fixture
    def notifier(self) -> Notifier | AsyncNotifier:
        """Override it: the notifier to check, sync or async."""
        raise NotImplementedError("override the fixture `notifier` with the notifier to check")

    @pytest.fixture
    def store_id(self) -> str:
        """A store whose merchant the notifier knows."""
        return "studio-7"

    @pytest.fixture
    def message_for(self, store_id: str) -> MessageFor:
        """Makes messages that can be delivered."""
        return message_maker(store_id)

    @pytest.fixture
    def received(self, notifier: Any) -> Received | None:
        """Gives all that arrived, when it is called, with `id`, `subject` and `body` as its receiver reads them.

        The id is the message's: out of the e-mail's Message-ID, or the webhook's id. None if nobody can see what
        arrived. By default the notifier's own `sent`.
        """
        return (lambda: notifier.sent) if hasattr(notifier, "sent") else None

    @pytest.fixture
    def refused_message(self) -> Message | None:
        """A message that can never be delivered; None if there is none."""
        return None

    @pytest.fixture
    def broken(self, notifier: Any) -> AbstractContextManager[object] | None:
        """A context in which nothing can be sent; None if there is none. By default the notifier's own `down`."""
        return switched_off(notifier)

    @pytest.fixture
    def outage(self, broken: AbstractContextManager[object] | None) -> AbstractContextManager[object]:
        """Meanwhile nothing can be sent."""
        return needed(broken, "needs a context `broken`, in which nothing can be sent")

    @pytest.fixture
    def post(self, notifier: object, received: Received | None, run_async: RunAsync) -> Post:
        """The notifier, called as a sync one, and what arrived."""
        return Post(cast("Notifier", called_alike(notifier, run_async)), received)

    @pytest.fixture
    def channels(self, notifier: Notifier) -> list[Channel]:
        """What it serves."""
        return [channel for channel in _CHANNELS if channel in notifier.channels]

    def test_it_can_be_told_to_send(self, notifier: object) -> None:
        assert callable(getattr(notifier, "send", None)), "it has no method send"

    def test_it_declares_the_channels_that_it_serves(self, notifier: Notifier) -> None:
        assert isinstance(notifier.channels, frozenset), "channels is no frozenset"
        assert all(isinstance(channel, Channel) for channel in notifier.channels), "it serves what is no Channel"
        assert notifier.channels, "it serves no channel"

    def test_it_leaves_in_app_messages_to_the_outbox(self, notifier: Notifier) -> None:
        assert Channel.IN_APP not in notifier.channels, "in-app messages need no notifier"

    def test_what_is_sent_arrives(self, post: Post, message_for: MessageFor, channels: list[Channel]) -> None:
        messages = [message_for(channel) for channel in channels]
        post.deliver(*messages)
        post.check_arrived(*messages)

    def test_a_message_may_come_again(self, post: Post, message_for: MessageFor, channels: list[Channel]) -> None:
        messages = [message_for(channel) for channel in channels]
        for _ in range(3):
            post.deliver(*messages)
        post.check_arrived(*messages)

    def test_each_message_arrives_as_itself(self, post: Post, message_for: MessageFor, channels: list[Channel]) -> None:
        messages = [
            message_for(channel, subject=f"Number {number}", text=f"Text {number}")
            for channel in channels
            for number in range(5)
        ]
        post.deliver(*messages)
        post.check_arrived(*messages)

    @pytest.mark.parametrize("what", _TEXTS)
    def test_any_text_arrives_whole(
        self, post: Post, message_for: MessageFor, channels: list[Channel], what: str
    ) -> None:
        messages = [message_for(channel, text=_TEXTS[what]) for channel in channels]
        post.deliver(*messages)
        post.check_arrived(*messages)

    @pytest.mark.parametrize("what", _SUBJECTS)
    def test_any_subject_arrives_whole(
        self, post: Post, message_for: MessageFor, channels: list[Channel], what: str
    ) -> None:
        messages = [message_for(channel, subject=_SUBJECTS[what]) for channel in channels]
        post.deliver(*messages)
        post.check_arrived(*messages)

    @pytest.mark.parametrize("address", _ADDRESSES)
    def test_unusual_addresses_are_written_to(
        self, post: Post, message_for: MessageFor, channels: list[Channel], address: str
    ) -> None:
        messages = [message_for(channel, address=address) for channel in channels]
        post.deliver(*messages)
        post.check_arrived(*messages)

    def test_the_merchant_is_written_to_or_has_no_address(
        self, post: Post, message_for: MessageFor, channels: list[Channel]
    ) -> None:
        """The message bears no address: the adapter asks the host."""
        messages = [message_for(channel, audience=Audience.MERCHANT) for channel in channels]
        if [message for message in messages if _is_undeliverable(post, message)]:
            pytest.skip("it knows no address of the merchant: is `store_id` a store that it knows?")
        post.check_arrived(*messages)

    def test_trouble_that_passes_is_raised(
        self, post: Post, message_for: MessageFor, channels: list[Channel], outage: AbstractContextManager[object]
    ) -> None:
        with outage:
            troubles = _troubles(post, [message_for(channel) for channel in channels])
        assert len(troubles) == len(channels), "what is not sent must be raised"
        assert not [one for one in troubles if isinstance(one, Undeliverable)], "what may pass must be tried again"

    def test_what_could_not_be_sent_can_be_sent_later(
        self, post: Post, message_for: MessageFor, channels: list[Channel], outage: AbstractContextManager[object]
    ) -> None:
        messages = [message_for(channel) for channel in channels]
        with outage:
            _troubles(post, messages)
        post.deliver(*messages)
        post.check_arrived(*messages)

    def test_what_can_never_be_delivered_is_undeliverable(
        self, post: Post, message_for: MessageFor, refused_message: Message | None
    ) -> None:
        refused = needed(refused_message, "needs a refused_message, which can never be delivered")
        for _ in range(2):
            with pytest.raises(Undeliverable):
                post.notifier.send(refused)
        message = message_for(refused.channel)
        post.deliver(message)
        post.check_arrived(message)

    def test_many_send_at_once(self, post: Post, message_for: MessageFor, channels: list[Channel]) -> None:
        messages = [message_for(channel, text=f"Text {number}") for channel in channels for number in range(_MANY)]
        with ThreadPoolExecutor(_MANY) as pool:
            list(pool.map(post.deliver, messages))
        post.check_arrived(*messages)

    def test_a_service_delivers_by_it(self, post: Post, channels: list[Channel], store_id: str) -> None:
        states = [state for state in _sold(post.notifier, store_id) if state.route in channels]
        assert {state.route for state in states} == set(channels), "nothing is owed on a channel"
        assert not [state for state in states if state.state is DeliveryState.WAITING], "the service could not deliver"
        delivered = [state.message for state in states if state.state is DeliveryState.DELIVERED]
        post.check_arrived(*[message for message in delivered if message is not None])


def _troubles(post: Post, messages: Sequence[Message]) -> list[Exception]:
    """What is raised when these are sent."""
    raised: list[Exception] = []
    for message in messages:
        try:
            post.notifier.send(message)
        except Exception as error:
            raised.append(error)
    return raised


def _is_undeliverable(post: Post, message: Message) -> bool:
    try:
        post.deliver(message)
    except Undeliverable:
        return True
    return False


def _sold(notifier: Notifier, store_id: str) -> Sequence[MessageState]:
    """All that is owed for an order that was declined."""
    orders = service_over(notifier=notifier)
    order = requested(orders, store_id=store_id)
    orders.decline(order.id, by=Actor.merchant(store_id), reason="fully booked")
    return orders.messages(order.id, by=Actor.merchant(store_id))
