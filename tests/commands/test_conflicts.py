"""A command whose order is changed meanwhile, or whose storage fails."""

from __future__ import annotations

from typing import Any

import pytest

from commands.giving import give
from orderflow import ConcurrentUpdate, InvalidTransition, Order, OrderStatus, StorageError
from orderflow.adapters.memory import MemoryStorage
from shops import CUSTOMER, MERCHANT, OPERATOR, Shop, kinds


class Contested(MemoryStorage):
    """A storage in which others are first, as often as `conflicts` says, or which loses what it is asked to load."""

    conflicts = 0
    lost = False

    def commit(self, order: Order, **rest: Any) -> None:
        if self.conflicts:
            self.conflicts -= 1
            raise ConcurrentUpdate(order.id)
        super().commit(order, **rest)

    def load(self, order_id: str) -> Order | None:
        if self.lost:
            raise OSError("secret")
        return super().load(order_id)

    def find_command(self, order_id: str, key: str) -> Any:
        self.lost = True
        raise OSError("secret")


@pytest.fixture
def contested(shop: Shop) -> Shop:
    shop.storage = Contested()
    shop.orders = shop.service()
    return shop


def test_a_command_is_planned_anew_when_others_were_first(contested: Shop) -> None:
    order = contested.order_in("received")
    contested.storage.conflicts = 9
    assert give(contested, "accept", order.id, by=MERCHANT).status is OrderStatus.ACCEPTED
    assert contested.purposes().count("charge") == 1


def test_a_command_gives_up_when_others_are_always_first(contested: Shop) -> None:
    order = contested.order_in("received")
    contested.storage.conflicts = 10
    with pytest.raises(ConcurrentUpdate) as raised:
        give(contested, "accept", order.id, by=MERCHANT)
    assert raised.value.order_id == order.id
    assert contested.get(order.id) == order
    assert "charge" not in contested.purposes()


def test_a_command_is_held_against_the_order_as_others_left_it() -> None:
    class Canceling(MemoryStorage):
        """The customer cancels just before the merchant's charge is begun."""

        def commit(self, order: Order, **rest: Any) -> None:
            if order.attempts[-1].purpose == "charge" and order.attempts[-1].state == "open":
                shop.orders.cancel(order.id, by=CUSTOMER)
            super().commit(order, **rest)

    shop = Shop()
    shop.storage = Canceling()
    shop.orders = shop.service()
    order = shop.submit()
    with pytest.raises(InvalidTransition) as raised:
        shop.orders.accept(order.id, by=MERCHANT)
    assert raised.value.status is OrderStatus.CANCELED
    assert "charge" not in shop.purposes()


def test_a_storage_that_fails_is_an_error_of_ours_without_its_text(contested: Shop) -> None:
    order = contested.order_in("received")
    with pytest.raises(StorageError) as raised:
        give(contested, "accept", order.id, by=MERCHANT, idempotency_key="k-1")
    assert "secret" not in str(raised.value)
    assert raised.value.__cause__ is None
    contested.storage.lost = False
    assert contested.get(order.id) == order


def test_two_notes_at_once_are_both_kept() -> None:
    class Noting(MemoryStorage):
        """Someone else adds a note just before the first one."""

        noted = False

        def commit(self, order: Order, **rest: Any) -> None:
            if order.notes and not self.noted:
                self.noted = True
                shop.orders.add_note(order.id, by=OPERATOR, text="theirs")
            super().commit(order, **rest)

    shop = Shop()
    shop.storage = Noting()
    shop.orders = shop.service()
    answer = shop.orders.add_note(shop.submit().id, by=MERCHANT, text="mine")
    assert [note.text for note in answer.notes] == ["theirs", "mine"]
    assert kinds(shop.get(answer.id))[-2:] == ["note_added", "note_added"]
