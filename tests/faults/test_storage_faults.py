"""A storage that fails, forgets to answer, or is overtaken: nothing is lost, and nothing foreign escapes."""

from __future__ import annotations

import pytest

from faults.books import audit
from faults.faulty import Conflict, Faulty, after, another, before, meanwhile, once_done
from orderflow import ConcurrentUpdate, Order, OrderQuery, OrderStatus, StorageError
from shops import ANA, CUSTOMER, MERCHANT, OPERATOR, STORE, VIDEO, Shop, card

READS = {
    "load": lambda orders, order_id: orders.get(order_id, by=MERCHANT),
    "find": lambda orders, order_id: orders.find(OrderQuery(store_id=STORE), by=MERCHANT),
    "counts": lambda orders, order_id: orders.counts(store_id=STORE, by=MERCHANT),
    "messages": lambda orders, order_id: orders.messages(order_id, by=MERCHANT),
    "inbox": lambda orders, order_id: orders.inbox(by=CUSTOMER),
    "mark_read": lambda orders, order_id: orders.mark_read([], by=CUSTOMER),
    "claim_due": lambda orders, order_id: orders.run_due(),
    "claim_messages": lambda orders, order_id: orders.run_due(),
    "find_command": lambda orders, order_id: orders.accept(order_id, by=MERCHANT, idempotency_key="once"),
}


class SecretError(Exception):
    """A driver's error, with what a customer wrote in its text."""

    def __init__(self) -> None:
        super().__init__("Ana, Rua 1, tok_good")


@pytest.mark.parametrize("method", READS)
def test_what_a_storage_raises_is_told_as_a_storage_error_without_its_text(shop: Shop, method: str) -> None:
    order_id = shop.submit().id
    orders = shop.service(storage=Faulty(shop.storage, before(method, raises=SecretError, ever=True)))
    with pytest.raises(StorageError) as told:
        READS[method](orders, order_id)
    assert "SecretError" in str(told.value)
    assert "Rua" not in str(told.value)
    assert told.value.__cause__ is None
    assert told.value.__context__ is None
    audit(shop)


def test_a_commit_is_tried_three_times_with_one_id(shop: Shop) -> None:
    order_id = shop.submit().id
    storage = Faulty(shop.storage, before("commit"), before("commit", 2))
    order = shop.service(storage=storage).cancel(order_id, by=CUSTOMER)
    assert order.status is OrderStatus.CANCELED
    assert storage.calls.count("commit") == 3
    storage = Faulty(shop.storage, before("commit", ever=True))
    with pytest.raises(StorageError):
        shop.service(storage=storage).add_note(order_id, by=MERCHANT, text="x")
    assert storage.calls.count("commit") == 3
    audit(shop)


def test_a_note_whose_acknowledgement_is_lost_and_that_others_built_on_is_written_once(shop: Shop) -> None:
    order_id = shop.submit().id
    storage = Faulty(
        shop.storage,
        after("commit"),
        meanwhile("commit", lambda: another(shop).cancel(order_id, by=CUSTOMER), 2),
    )
    shop.service(storage=storage).add_note(order_id, by=MERCHANT, text="once")
    order = shop.get(order_id)
    assert [note.text for note in order.notes] == ["once"]
    assert order.status is OrderStatus.CANCELED
    audit(shop)


def test_a_note_that_did_not_land_and_was_overtaken_is_written_anew(shop: Shop) -> None:
    order_id = shop.submit().id
    storage = Faulty(
        shop.storage,
        before("commit"),
        meanwhile("commit", lambda: another(shop).add_note(order_id, by=MERCHANT, text="first"), 2),
    )
    shop.service(storage=storage).add_note(order_id, by=MERCHANT, text="second")
    assert [note.text for note in shop.get(order_id).notes] == ["first", "second"]
    audit(shop)


def test_a_commit_that_failed_and_whose_order_cannot_be_read_is_unknown(shop: Shop) -> None:
    order_id = shop.submit().id
    storage = Faulty(
        shop.storage,
        after("commit"),
        meanwhile("commit", lambda: another(shop).add_note(order_id, by=OPERATOR, text="between"), 2),
        before("load", 2, ever=True),
    )
    with pytest.raises(StorageError):
        shop.service(storage=storage).cancel(order_id, by=CUSTOMER)
    assert shop.get(order_id).status is OrderStatus.CANCELED
    audit(shop)


def test_an_order_that_falls_behind_what_was_read_is_not_taken_for_ones_own(shop: Shop) -> None:
    """A storage that conflicts and then shows the order as it was before: nothing of it is ours."""
    order_id = shop.submit().id
    storage = Faulty(shop.storage, before("commit"), before("commit", 2, raises=Conflict))
    order = shop.service(storage=storage).cancel(order_id, by=CUSTOMER)
    assert order.status is OrderStatus.CANCELED
    assert order.timeline[-1].kind == "canceled"
    audit(shop)


@pytest.mark.parametrize("method", ["claim_messages", "record_deliveries"])
def test_a_delivery_that_cannot_be_claimed_or_recorded_fails_no_command(shop: Shop, method: str) -> None:
    orders = shop.service(storage=Faulty(shop.storage, before(method, ever=True)))
    order_id = shop.submit().id
    assert orders.accept(order_id, by=MERCHANT).status is OrderStatus.ACCEPTED
    audit(shop)


def test_a_sweep_works_on_what_was_concluded_since_it_was_claimed(shop: Shop) -> None:
    """Between the claim and the load another has finished the order."""
    order = shop.order_in("pending_payment")
    shop.clock.advance(days=7)
    rival = once_done("claim_due", lambda: another(shop).get(order.id, by=OPERATOR) and _cancel(shop, order.id))
    report = shop.service(storage=Faulty(shop.storage, rival)).run_due()
    assert report.expired == 0
    assert shop.get(order.id).status is OrderStatus.CANCELED
    audit(shop)


def _cancel(shop: Shop, order_id: str) -> None:
    shop.clock.advance(minutes=-1)
    another(shop).cancel(order_id, by=CUSTOMER)
    shop.clock.advance(minutes=1)


def test_a_sweep_that_is_overtaken_while_it_puts_off_leaves_it_to_the_other(shop: Shop) -> None:
    order_id = shop.submit().id
    shop.gateway.pend_next("charge")
    shop.orders.accept(order_id, by=MERCHANT)
    shop.clock.advance(minutes=2)
    note = meanwhile("commit", lambda: another(shop).add_note(order_id, by=MERCHANT, text="and now?"))
    shop.service(storage=Faulty(shop.storage, note)).run_due()
    order = shop.get(order_id)
    assert len(order.notes) == 1
    shop.gateway.finish(order.attempts[-1].key)
    audit(shop)


def test_a_conflict_on_an_order_that_is_not_there_is_an_error(shop: Shop) -> None:
    """A storage that says that somebody was first, and shows nobody."""
    storage = Faulty(shop.storage, before("commit"), before("commit", 2, raises=Conflict))
    with pytest.raises(ConcurrentUpdate):
        shop.service(storage=storage).submit(store_id=STORE, customer=ANA, items=[VIDEO], card=card())
    assert shop.state() == ([], [], (), ())


class Behind(Faulty):
    """A storage that once it is told to shows an order as it was before: a replica that lags."""

    shown: Order | None = None

    def load(self, order_id: str) -> Order | None:
        return self.shown or self._port.load(order_id)  # type: ignore[attr-defined]


def test_a_storage_that_reads_behind_its_commits_moves_no_money(shop: Shop) -> None:
    order_id = shop.submit().id
    before_it = shop.get(order_id)
    shop.gateway.time_out_next("charge", effect=False)
    shop.orders.accept(order_id, by=MERCHANT)
    shop.clock.advance(minutes=3)

    def fall_behind() -> None:
        another(shop).check_payment(order_id)
        another(shop).add_note(order_id, by=OPERATOR, text="between")
        storage.shown = before_it

    storage = Behind(shop.storage, meanwhile("commit", fall_behind))
    gateway = Faulty(shop.gateway)
    with pytest.raises(ConcurrentUpdate):
        shop.service(storage=storage, payments=gateway).cancel(order_id, by=CUSTOMER)
    assert gateway.calls == ["find"]
    audit(shop)


def test_a_begin_that_landed_unseen_and_was_sent_by_others_tells_the_order_as_it_stands(sync_shop: Shop) -> None:
    """The caller stood still between the lost acknowledgement and its next try; the sweep did not."""
    order_id = sync_shop.submit().id

    def others() -> None:
        sync_shop.clock.advance(minutes=3)
        another(sync_shop).run_due()

    storage = Faulty(sync_shop.storage, after("commit", 1), meanwhile("commit", others, 2))
    order = sync_shop.service(storage=storage).accept(order_id, by=MERCHANT)
    assert order.status == "accepted"
    assert sync_shop.purposes().count("charge") == 1
