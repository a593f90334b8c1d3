"""Strategies for orders as rich as they may be."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from hypothesis import strategies as st

from orderflow import (
    Actor,
    AttemptState,
    Audience,
    Card,
    Channel,
    Customer,
    Event,
    EventKind,
    Fulfillment,
    Item,
    Message,
    Money,
    Note,
    Order,
    OrderStatus,
    OrderSummary,
    PaymentAttempt,
    Purpose,
    ShippingAddress,
    WebhookState,
)
from orderflow.countries import COUNTRIES
from orderflow.free_text import has_card_number
from orderflow.money import CURRENCIES
from orderflow.ports import CommandRecord, Owed

_PRINTED = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
_WRITTEN = _PRINTED | st.sampled_from(["\n", "\r\n", "\t"])


def _lines(least: int = 1, most: int = 20) -> st.SearchStrategy[str]:
    return st.text(_PRINTED, min_size=least, max_size=most).filter(
        lambda text: (not least or text.strip() != "") and not has_card_number(text)
    )


idents = st.text(_PRINTED, min_size=1, max_size=20).filter(str.strip)
lines = _lines()
texts = st.lists(_WRITTEN, max_size=20).map("".join).filter(lambda text: not has_card_number(text))
moments = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(timezone.utc)).map(
    lambda at: at.replace(fold=0)  # no text of a moment holds it, and in UTC it means nothing
)
moneys = st.builds(Money.from_minor_units, st.integers(0, 10**12), st.sampled_from(sorted(CURRENCIES)))
actors = st.one_of(
    st.builds(Actor.customer, idents, st.none() | lines),
    st.builds(Actor.merchant, idents, st.none() | idents, st.none() | lines),
    st.builds(Actor.operator, idents),
    st.builds(Actor.system),
)
cards = st.builds(
    Card,
    lines,
    lines,
    st.integers(0, 9999).map("{:04}".format),
    st.integers(1, 12),
    st.integers(2000, 2199),
    st.none() | idents,
)
customers = st.builds(
    Customer, idents, lines, st.sampled_from(["a@b", "jos\u00e9@b\u00fccher.example"]), st.just("pt-BR")
)
addresses = st.builds(
    ShippingAddress,
    *(lines, lines, lines, st.just("") | idents, st.sampled_from(sorted(COUNTRIES))),
    *(_lines(0), _lines(0), st.just("") | idents),
)
fulfillments = st.one_of(
    st.builds(Fulfillment.shipped, lines, st.just("") | idents),
    st.builds(Fulfillment.digital, st.just("https://a.example/v?x=1#y")),
    st.builds(Fulfillment.handed_over, texts),
)
details = st.dictionaries(lines, texts, max_size=3)
data = st.dictionaries(idents, texts, max_size=3)


def _some(name: str) -> st.SearchStrategy[Any]:
    """None, or what that name stands for."""
    return st.none() | {"ident": idents, "moment": moments, "status": st.sampled_from(OrderStatus)}[name]


attempts = st.builds(
    PaymentAttempt,
    key=st.just("") | idents,
    by=actors,
    purpose=st.sampled_from(Purpose),
    number=st.integers(1, 10**6),
    order_id=idents,
    store_id=idents,
    customer_id=idents,
    amount=moneys,
    card=cards,
    target=_some("ident"),
    state=st.sampled_from(AttemptState),
    transaction_id=_some("ident"),
    code=_some("ident"),
    message=texts,
    action_url=_some("ident"),
    claim=st.just("") | idents,
    begun_at=moments,
    first_sent_at=_some("moment"),
    last_sent_at=_some("moment"),
    concluded_at=_some("moment"),
)
events = st.builds(
    Event,
    *(st.integers(1, 10**9), st.sampled_from(EventKind), moments, actors, _some("status"), _some("status"), data),
)
notes = st.builds(Note, idents, actors, texts.filter(str.strip), moments)
items = st.lists(
    st.builds(
        lambda name, units, quantity, physical, details, ref: (name, units, quantity, physical, details, ref),
        *(lines, st.integers(0, 10**9), st.integers(1, 99), st.booleans(), details, st.just("") | idents),
    ),
    min_size=1,
    max_size=3,
)


@st.composite
def orders(draw: st.DrawFn) -> Order:
    """An order with something in every field."""
    currency = draw(st.sampled_from(sorted(CURRENCIES)))
    return Order(
        id=draw(idents),
        store_id=draw(idents),
        customer=draw(customers),
        items=[
            Item(name, Money.from_minor_units(units, currency), quantity, physical, details, ref)
            for name, units, quantity, physical, details, ref in draw(items)
        ],
        card=draw(cards),
        shipping_address=draw(addresses),
        metadata=draw(data),
        status=draw(st.sampled_from(OrderStatus)),
        verified=draw(st.booleans()),
        placed_at=draw(moments),
        updated_at=draw(moments),
        payment_due_at=draw(_some("moment")),
        reason=draw(texts),
        fulfillment=draw(st.none() | fulfillments),
        attempts=draw(st.lists(attempts, max_size=2)),
        timeline=draw(st.lists(events, max_size=2)),
        notes=draw(st.lists(notes, max_size=2)),
        version=draw(st.integers(0, 10**9)),
    )


summaries = st.builds(
    OrderSummary,
    id=idents,
    placed_at=moments,
    item_name=lines,
    total=moneys,
    status=st.sampled_from(OrderStatus),
    transaction_id=_some("ident"),
    webhook=st.sampled_from(WebhookState),
    customer_name=lines,
    needs_review=st.booleans(),
    payment_due_at=_some("moment"),
)
messages = st.builds(
    Message,
    id=idents,
    order_id=idents,
    store_id=idents,
    audience=st.sampled_from(Audience),
    channel=st.sampled_from(Channel),
    kind=st.sampled_from(EventKind),
    status=st.sampled_from(OrderStatus),
    subject=lines,
    body=texts,
    occurred_at=moments,
    read_at=_some("moment"),
    order=summaries,
    address=_some("ident"),
)
owed = st.builds(
    Owed,
    id=idents,
    order_id=idents,
    seq=st.integers(1, 10**9),
    route=idents,
    recipient=idents,
    occurred_at=moments,
    message=st.none() | messages,
    token=_some("ident"),
    next_try=_some("moment"),
    tries=st.integers(0, 10**6),
)
commands = st.builds(CommandRecord, idents, idents, idents, _some("ident"))
