"""The source text about orders, sentence by sentence: each docstring quotes what its test holds the code to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from commands.giving import STATUSES
from orderflow import Channel, Item, Money, Order, OrderQuery, OrderStatus, OrderSummary, Policy
from shops import ADDRESS, ANA, CUSTOMER, FREE, MERCHANT, PRINT, SHIPPED, STORE, VIDEO, Shop, card, data_of, kinds


def rows(shop: Shop, **filters: object) -> list[OrderSummary]:
    return list(shop.orders.find(OrderQuery(store_id=STORE, **filters), by=MERCHANT).rows)


def mails(shop: Shop, kind: str, audience: str = "customer") -> list[str]:
    return [
        f"{message.subject}\n{message.body}"
        for message in shop.notifier.sent
        if (message.channel, message.kind, message.audience) == ("email", kind, audience)
    ]


def told_of_status(shop: Shop, order: Order) -> list[tuple[str, str]]:
    """(audience, channel) of what was sent about the change to the order's status."""
    last = [event.seq for event in order.timeline if event.to_status is not None][-1]
    states = shop.orders.messages(order.id, by=MERCHANT)
    return [(state.message.audience, state.message.channel) for state in states if state.seq == last]


def test_orders_may_be_of_physical_or_digital_items(shop: Shop) -> None:
    """'The Store orders could be used for a variety of physical or digital items including custom videos or custom
    physical items.'"""
    order = shop.submit(VIDEO, PRINT)
    assert [item.physical for item in order.items] == [False, True]


def test_all_orders_are_listed(shop: Shop) -> None:
    """'All of your orders are displayed on your Order page.'"""
    orders = [shop.order_in(status).id for status in STATUSES]
    assert sorted(row.id for row in rows(shop)) == sorted(orders)


def test_a_row_has_the_columns_of_the_table(shop: Shop) -> None:
    """'... table where you can see the date of the request, price, transaction ID, webhook, and the item name.'"""
    order = shop.order_in("accepted")
    row = rows(shop)[0]
    assert (row.placed_at, row.total, row.transaction_id) == (order.placed_at, Money("120.00", "USD"), "charge_3")
    assert (row.webhook, row.item_name) == ("delivered", "Birthday video")


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("placed_at", ["Poem", "Song", "Dance"]),
        ("total", ["Dance", "Poem", "Song"]),
        ("transaction_id", ["Song", "Dance", "Poem"]),  # auth_3, auth_5, charge_7
        ("webhook", ["Song", "Poem", "Dance"]),  # delivered, none, pending
        ("item_name", ["Dance", "Poem", "Song"]),
    ],
)
def test_the_table_is_sortable_by_every_column(shop: Shop, sort: str, names: list[str]) -> None:
    """'Orders are listed in a sortable and filterable table'"""
    for name, price in (("Poem", 20), ("Song", 30), ("Dance", 10)):
        shop.notifier.down = name == "Dance"
        orders = shop.service(policy=_WITHOUT_WEBHOOKS) if name == "Poem" else shop.orders
        orders.submit(
            store_id=STORE, customer=ANA, items=[Item(name, Money(price, "USD"))], card=card(), order_id=f"ord-{name}"
        )
        shop.clock.advance(minutes=1)
    shop.service(policy=_WITHOUT_WEBHOOKS).accept("ord-Poem", by=MERCHANT)
    assert [row.item_name for row in rows(shop, sort=sort)] == names
    assert [row.item_name for row in rows(shop, sort=f"-{sort}")] == names[::-1]


_WITHOUT_WEBHOOKS = Policy(channels=frozenset({Channel.EMAIL}))


def test_the_table_is_filterable(shop: Shop) -> None:
    """'Orders are listed in a sortable and filterable table'"""
    early = shop.order_in("received")
    shop.clock.advance(days=1)
    late = shop.order_in("accepted", PRINT)
    filters: dict[str, dict[str, object]] = {
        early.id: {
            "statuses": ["received"],
            "placed_until": late.placed_at,
            "total_min": Money(100, "USD"),
            "text": "birth",
        },
        late.id: {
            "placed_from": late.placed_at,
            "total_max": Money(99, "USD"),
            "transaction_id": "charge",
            "text": "PRINT",
        },
    }
    for order_id, each in filters.items():
        for name, value in each.items():
            assert [row.id for row in rows(shop, **{name: value})] == [order_id], name
    assert {row.id for row in rows(shop, webhook="delivered")} == {early.id, late.id}
    assert rows(shop, webhook="failed") == []


def test_there_are_seven_statuses() -> None:
    """'There are 7 possible statuses for an order.' Received, Accepted, Declined, Canceled, Pending payment, Expired,
    Completed"""
    names = {"received", "accepted", "declined", "canceled", "pending_payment", "expired", "completed"}
    assert {status.value for status in OrderStatus} == names


@pytest.mark.parametrize("status", STATUSES)
def test_both_sides_are_told_of_every_status(shop: Shop, status: str) -> None:
    """'During each of these statuses, you and the member will receive automatic notifications.' and 'The member will
    receive notifications within the in-app and via email whenever there is a change in the status of their request.'"""
    order = shop.order_in(status)
    assert sorted(told_of_status(shop, order)) == [
        ("customer", "email"),
        ("customer", "in_app"),
        ("merchant", "email"),
        ("merchant", "in_app"),
        ("merchant", "webhook"),
    ]
    for actor in (CUSTOMER, MERCHANT):
        assert shop.orders.inbox(by=actor).messages[0].status is order.status
    assert {message.audience for message in shop.notifier.sent if message.status is order.status} == {
        "customer",
        "merchant",
    }


def test_received_verifies_the_card_with_a_temporary_dollar(shop: Shop) -> None:
    """'Received: Order has been submitted by the customer. Customer receives a temporary 1 USD charge to verify the
    credit card.' and 'Once the member submits a request, we will authorize a 1 USD charge on their card to verify its
    validity.'"""
    order = shop.submit()
    assert order.status is OrderStatus.RECEIVED
    first = shop.gateway.ledger[0]
    assert (first.purpose, first.amount, first.order_id) == ("verification", Money("1.00", "USD"), order.id)


def test_the_dollar_is_given_back_at_once(shop: Shop) -> None:
    """'This amount will be promptly refunded.'"""
    order = shop.submit()
    authorization, void = shop.gateway.ledger
    assert (void.purpose, void.target, void.amount) == ("void", authorization.transaction_id, Money("1.00", "USD"))
    assert kinds(order)[-1] == "verification_voided"


@pytest.mark.parametrize(("command", "status"), [("accept", "accepted"), ("decline", "declined")])
def test_then_the_merchant_approves_or_declines(shop: Shop, command: str, status: str) -> None:
    """'Following this, you can proceed to either approve or decline the request.'"""
    order = shop.submit()
    assert shop.orders.available_actions(order.id, by=MERCHANT)[command] is None
    assert getattr(shop.orders, command)(order.id, by=MERCHANT).status == status


def test_accepting_charges_the_full_amount(shop: Shop) -> None:
    """'Accepted: You have accepted the order. Customer's credit card will be charged.' and 'Upon approval, the full
    amount will be charged to the member's card'"""
    order = shop.submit(VIDEO, PRINT)
    assert shop.orders.accept(order.id, by=MERCHANT).status is OrderStatus.ACCEPTED
    last = shop.gateway.ledger[-1]
    assert (last.purpose, last.amount) == ("charge", Money("191.00", "USD"))


def test_accepting_sends_a_confirming_mail(shop: Shop) -> None:
    """'... and an email confirming the approval will be sent.'"""
    shop.order_in("accepted")
    (mail,) = mails(shop, "accepted")
    assert "accepted" in mail
    assert "120.00 USD" in mail


def test_declining_closes_the_order_and_mails_the_customer(shop: Shop) -> None:
    """'Declined: You have declined the order.' and 'In the event of a decline, an email notifying the member of the
    decision will be dispatched.'"""
    order = shop.order_in("declined")
    (mail,) = mails(shop, "declined")
    assert "declined" in mail
    assert order.reason in mail
    assert "charge" not in shop.purposes()


def test_the_customer_cancels(shop: Shop) -> None:
    """'Canceled: The member has canceled the order.'"""
    order = shop.order_in("canceled")
    assert (order.status, order.timeline[-1].actor) == (OrderStatus.CANCELED, CUSTOMER)


@pytest.mark.parametrize("code", ["insufficient_funds", "expired_card"])
def test_a_declined_charge_gives_seven_days_and_tells_the_customer_all(shop: Shop, code: str) -> None:
    """'Pending payment: You have accepted the order, but payment was declined. They will receive a notification letting
    them know, and will be given 7 days to resolve.' and 'Should the member's card have insufficient funds or the card
    is expired, they will be given the opportunity to retry in 7 days. They will receive an email containing all
    necessary details once more.'"""
    order = shop.submit(token=f"tok_charge_decline_{code}")
    order = shop.orders.accept(order.id, by=MERCHANT)
    assert order.status is OrderStatus.PENDING_PAYMENT
    assert order.payment_due_at == shop.clock.now() + timedelta(days=7)
    assert data_of(order, "payment_declined")["code"] == code
    (mail,) = mails(shop, "payment_declined")
    for detail in ("Birthday video", "120.00 USD", order.id, "12 January 2026, 09:00 UTC", "4242", "another"):
        assert detail in mail
    answer = shop.orders.retry_payment(order.id, by=CUSTOMER, card=card("tok_new"))
    assert answer.status is OrderStatus.ACCEPTED


def test_every_retry_that_fails_is_told_by_mail_once_more(shop: Shop) -> None:
    """'They will receive an email containing all necessary details once more.'"""
    order = shop.order_in("pending_payment")
    shop.clock.advance(days=1)
    shop.gateway.decline_next("charge", "insufficient_funds")
    answer = shop.orders.retry_payment(order.id, by=CUSTOMER)
    assert answer.payment_due_at == order.payment_due_at
    for mail in mails(shop, "payment_declined"):
        assert "12 January 2026, 09:00 UTC" in mail
        assert "120.00 USD" in mail
    assert len(mails(shop, "payment_declined")) == 2


def test_an_order_not_paid_after_seven_days_expires(shop: Shop) -> None:
    """'If not resolved after 7 days, the order will be expired.' and 'Expired: Payment issue was not resolved within
    7 days.'"""
    order = shop.order_in("pending_payment")
    shop.clock.advance(days=7, microseconds=-1)
    shop.orders.run_due()
    assert shop.get(order.id).status is OrderStatus.PENDING_PAYMENT
    shop.clock.advance(microseconds=1)
    shop.orders.run_due()
    assert shop.get(order.id).status is OrderStatus.EXPIRED


def test_completed_says_that_it_was_sent(shop: Shop) -> None:
    """'Completed: Order has been sent to the customer.'"""
    order = shop.order_in("completed")
    assert order.fulfillment == SHIPPED
    (mail,) = mails(shop, "completed")
    assert SHIPPED.tracking_number in mail


def test_an_order_has_a_timeline_with_time_stamps(shop: Shop) -> None:
    """'An order timeline appears at the top of the order page showing events with time stamps'"""
    order = shop.submit()
    began = shop.clock.now()
    shop.clock.advance(hours=1)
    order = shop.orders.accept(order.id, by=MERCHANT)
    assert [event.at - began for event in order.timeline] == [timedelta()] * 3 + [timedelta(hours=1)]


def test_an_order_shows_card_time_and_transaction(shop: Shop) -> None:
    """'Order details include the member card, order time and transaction ID'"""
    order = shop.order_in("accepted")
    assert (order.card, order.placed_at, order.transaction_id) == (card(), shop.clock.now(), "charge_3")


def test_the_merchant_adds_notes(shop: Shop) -> None:
    """'Just like member notes, you can add notes specific to the order.'"""
    one, other = shop.submit(), shop.submit()
    answer = shop.orders.add_note(one.id, by=MERCHANT, text="wants it before Friday")
    assert [(note.text, note.author, note.written_at) for note in answer.notes] == [
        ("wants it before Friday", MERCHANT, shop.clock.now())
    ]
    assert shop.get(other.id).notes == ()


def test_an_order_keeps_the_details_of_its_items(shop: Shop) -> None:
    """'The item details section includes pricing, quantity and extra information'"""
    item = Item("Song", Money("9.99", "USD"), quantity=3, details={"For": "Sam", "Length": "2 minutes"})
    order = shop.get(shop.submit(item).id)
    assert (order.items[0].unit_price, order.items[0].quantity) == (Money("9.99", "USD"), 3)
    assert order.items[0].details == {"For": "Sam", "Length": "2 minutes"}
    assert order.total == Money("29.97", "USD")


def test_a_physical_item_has_shipping_info(shop: Shop) -> None:
    """'If it's a physical item that requires shipping, the relevant info is included here in the shipping info
    section'"""
    assert shop.get(shop.submit(PRINT).id).shipping_address == ADDRESS
    assert shop.get(shop.submit(FREE).id).shipping_address is None
