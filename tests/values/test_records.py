"""Records come back as what they were, a broken one is refused whole, and a webhook tells what is its reader's."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderflow import (
    AttemptState,
    Customer,
    Event,
    EventKind,
    Fulfillment,
    Message,
    Money,
    Note,
    Order,
    OrderStatus,
    PaymentAttempt,
    Purpose,
    StorageError,
)
from orderflow.ports import CommandRecord, Owed
from orderflow.records import SCHEMA, decode, encode, webhook_body
from values import rich
from values.made import ADDRESS, ANA, CARD, ITEM, LATER, NOW, make

FULL: Order = make(
    Order,
    attempts=[make(PaymentAttempt)],
    timeline=[make(Event)],
    notes=[make(Note)],
    fulfillment=Fulfillment.shipped("DHL", "JD01"),
)
WHOLE = [FULL, make(Message), make(Owed), make(CommandRecord)]


def through_json(record: object) -> Any:
    return json.loads(json.dumps(record, allow_nan=False))


@given(rich.orders() | rich.messages | rich.owed | rich.commands)
@settings(max_examples=150)
def test_a_record_comes_back_as_what_it_was(value: Any) -> None:
    record = encode(value)

    assert decode(type(value), record) == value
    assert decode(type(value), through_json(record)) == value
    assert through_json(record) == record


@given(rich.orders())
@settings(max_examples=25)
def test_what_comes_back_is_of_the_same_types(order: Order) -> None:
    """Enumerations and moments equal their texts nearly everywhere, so that equality does not show it."""
    twin = decode(Order, through_json(encode(order)))

    assert repr(attrs.asdict(twin, recurse=True)) == repr(attrs.asdict(order, recurse=True))
    assert hash(twin) == hash(order)


@pytest.mark.parametrize("value", WHOLE, ids=lambda value: type(value).__name__)
def test_a_record_names_its_schema(value: Any) -> None:
    assert encode(value)["schema"] == SCHEMA == 1


@pytest.mark.parametrize("value", WHOLE, ids=lambda value: type(value).__name__)
def test_a_record_holds_every_field_and_nothing_else(value: Any) -> None:
    assert set(encode(value)) == {"schema", *(field.name for field in attrs.fields(type(value)))}


def test_records_of_schema_1_can_be_read_for_ever() -> None:
    """What hosts have stored: a change that breaks this needs a new schema and a way from the old one."""
    stored = {"schema": 1, "order_id": "o-1", "key": "k-1", "digest": "d", "attempt": "of1_k"}
    money = {"amount": "120.00", "currency": "USD"}

    assert encode(make(CommandRecord)) == stored
    assert encode(FULL)["placed_at"] == "2026-01-05T09:00:00+00:00"
    assert through_json(encode(FULL))["items"][0]["unit_price"] == money
    assert through_json(encode(FULL))["timeline"][0]["kind"] == "declined"


@pytest.mark.parametrize("schema", [2, 99, 0, -1, None, "1", [], "newer"])
def test_another_schema_is_refused_and_never_guessed_at(schema: Any) -> None:
    with pytest.raises(StorageError, match="must be of schema 1"):
        decode(Order, {**encode(FULL), "schema": schema})


@pytest.mark.parametrize("record", [None, [], "record", 1, b"{}", {}, {"Schema": 1}])
def test_what_is_no_record_is_refused(record: Any) -> None:
    with pytest.raises(StorageError, match="the record of a Order must be of schema 1"):
        decode(Order, record)


def _places(record: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything in a record."""
    inside = record.items() if isinstance(record, dict) else enumerate(record) if isinstance(record, list) else ()
    return [path] * bool(path) + [place for key, value in inside for place in _places(value, (*path, key))]


def _changed(record: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The record with something else in one place; without it if that is `...`."""
    key, *rest = path
    twin = dict(record) if isinstance(record, dict) else list(record)
    if rest:
        twin[key] = _changed(twin[key], tuple(rest), value)
    elif value is ...:
        del twin[key]
    else:
        twin[key] = value
    return twin


JUNK = st.sampled_from(
    [..., None, True, 0, -1, 10**30, 1.5, float("nan"), "", "x", "canary-\x00", "\ud800", "0001-01-01T00:00:00+23:59"]
) | st.sampled_from(
    [[], [None], [[]], {}, {"amount": "x"}, {"amount": 1.5, "currency": "USD"}, [{}], "x" * 20_000, [1] * 200]
)
PLACES = [(value, place) for value in WHOLE for place in _places(through_json(encode(value)))]


@given(st.sampled_from(PLACES), JUNK)
@settings(max_examples=700)
def test_a_broken_record_is_read_or_refused_as_a_storage_error(place: tuple[Any, tuple[Any, ...]], junk: Any) -> None:
    value, path = place
    record = _changed(through_json(encode(value)), path, junk)

    try:
        decode(type(value), record)
    except StorageError as refused:
        broken = refused
    else:
        return

    assert "canary" not in str(broken)
    assert broken.__context__ is None  # what was in the record would be in the traceback


@pytest.mark.parametrize("field", [field.name for field in attrs.fields(Order)])
def test_a_record_with_a_field_missing_is_refused(field: str) -> None:
    with pytest.raises(StorageError, match=r"the record of a Order is broken \(KeyError\)"):
        decode(Order, _changed(encode(FULL), (field,), ...))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("status",), "unknown"),
        (("placed_at",), "yesterday"),
        (("placed_at",), "2026-01-05T09:00:00"),
        (("version",), "1"),
        (("items",), []),
        (("items",), 1),
        (("items", 0, "unit_price", "amount"), "1.234"),
        (("items", 0, "unit_price", "amount"), 1.5),
        (("items", 0, "unit_price", "currency"), "XXX"),
        (("card",), []),
        (("attempts", 0, "state"), "lost"),
        (("timeline", 0, "data"), []),
        (("metadata",), {"a": 1}),
    ],
)
def test_a_broken_record_is_refused_whole(path: tuple[Any, ...], value: Any) -> None:
    with pytest.raises(StorageError, match="is broken"):
        decode(Order, _changed(encode(FULL), path, value))


SECRETS = {
    "token": "tok_SECRET",
    "payer": "cus_SECRET",
    "key": "of1_SECRET",
    "note": "note SECRET",
    "metadata": "meta SECRET",
    "evidence": "evidence SECRET",
    "message": "bank SECRET",
    "action_url": "https://SECRET",
    "claim": "claim SECRET",
}


def _told_of(status: OrderStatus = OrderStatus.ACCEPTED) -> tuple[Event, Order]:
    card = attrs.evolve(CARD, token=SECRETS["token"], payer=SECRETS["payer"])
    attempt = make(
        PaymentAttempt,
        purpose=Purpose.CHARGE,
        state=AttemptState.APPROVED,
        card=card,
        **{name: SECRETS[name] for name in ("key", "message", "action_url", "claim")},
    )
    event = Event(
        3,
        EventKind.ACCEPTED,
        LATER,
        ANA,
        OrderStatus.RECEIVED,
        status,
        {"evidence": SECRETS["evidence"], "amount": "1"},
    )
    order = make(
        Order,
        card=card,
        attempts=[attempt],
        notes=[make(Note, text=SECRETS["note"])],
        metadata={"k SECRET": SECRETS["metadata"]},
        timeline=[event],
        status=status,
    )
    return event, order


def test_a_webhook_holds_no_token_no_key_no_note_and_no_metadata() -> None:
    body = webhook_body(*_told_of())

    assert "SECRET" not in body
    assert not {"token", "payer", "attempts", "timeline", "notes", "metadata", "schema"} & set(_keys(json.loads(body)))


def _keys(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(key for one in value.values() for key in _keys(one))]
    return [key for one in value for key in _keys(one)] if isinstance(value, list) else []


def test_a_webhook_is_told_in_the_shape_of_standard_webhooks() -> None:
    event, order = _told_of()

    told = json.loads(webhook_body(event, order))

    assert list(told) == ["type", "timestamp", "data"]
    assert (told["type"], told["timestamp"]) == ("order.accepted", "2026-01-12T09:00:00+00:00")


def test_a_webhook_tells_what_the_merchants_systems_need() -> None:
    event, order = _told_of()

    told = json.loads(webhook_body(event, order))["data"]

    assert {name: told[name] for name in ("id", "store_id", "status", "version", "seq", "transaction_id")} == {
        "id": "o-1",
        "store_id": "studio-7",
        "status": "accepted",
        "version": 1,
        "seq": 3,
        "transaction_id": "tx-1",
    }
    assert (told["total"], told["refunded"]) == (_money(order.total), _money(order.refunded))
    assert told["customer"] == {"id": "m-42", "name": "Ana", "email": "ana@example.com", "locale": "en"}
    assert told["items"] == [
        {**attrs.asdict(ITEM, recurse=False), "unit_price": _money(ITEM.unit_price), "details": dict(ITEM.details)}
    ]
    assert told["shipping_address"] == attrs.asdict(ADDRESS)
    assert told["card"] == {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2031}
    assert (told["placed_at"], told["payment_due_at"]) == (NOW.isoformat(), LATER.isoformat())


def _money(money: Money) -> dict[str, str]:
    return {"amount": f"{money.amount:f}", "currency": money.currency}


@pytest.mark.parametrize("status", OrderStatus)
def test_every_status_has_its_type(status: OrderStatus) -> None:
    assert json.loads(webhook_body(*_told_of(status)))["type"] == f"order.{status.value}"


def test_a_webhook_tells_the_status_that_its_event_came_to() -> None:
    """The order may have gone on since."""
    event, order = _told_of()

    told = json.loads(webhook_body(event, attrs.evolve(order, status=OrderStatus.COMPLETED)))

    assert (told["type"], told["data"]["status"]) == ("order.accepted", "accepted")


def test_a_webhook_is_written_in_the_worlds_letters() -> None:
    event, order = _told_of()

    body = webhook_body(event, attrs.evolve(order, customer=make(Customer, name="Zo\u00eb \U0001f382")))

    assert "Zo\u00eb \U0001f382" in body
    body.encode()
