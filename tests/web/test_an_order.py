"""The details page: what it says, and what can be done there, by the shop and by the customer."""

from __future__ import annotations

from typing import Any

import pytest

from orderflow import Card, CardDeclined, Money, PaymentAttempt, Pending, Policy
from orderflow.adapters.memory import FakeGateway
from orderflow.ports import Outcome
from shops import ADDRESS, CUSTOMER, FREE, MERCHANT, PRINT, VIDEO, Shop
from visitors import Page, Visitor, pages_of


class AsksTheCustomer(FakeGateway):
    """Charges nothing before the customer has been to the bank."""

    def __init__(self, address: str = "https://bank.example/finish") -> None:
        super().__init__()
        self._address = address

    def charge(self, attempt: PaymentAttempt) -> Outcome:
        return Pending("p-1", self._address)


def timeline(page: Page) -> list[str]:
    return page.said("li")[: len(list(page.all("ol")[0]))]


def test_it_shows_all_of_the_order(shop: Shop) -> None:
    order = shop.order_in("completed", VIDEO, PRINT)
    shop.orders.add_note(order.id, by=MERCHANT, text="Blue background.\nNo hat.")
    page = Visitor(pages_of(shop)).order(order.id)
    words = page.words("main")
    for shown in (
        "ana@example.com",
        "m-42",
        "visa ending in 4242, expires 12/2031",
        "2026-01-05 09:00 UTC",
        str(shop.get(order.id).transaction_id),
        "191.00 USD",
        "Birthday video",
        "Sam",
        "Signed print",
        "71.00 USD",
        ADDRESS.line1,
        "1000-001 Lisboa",
        "DHL",
        "JD014600003828392837",
        "Blue background. No hat.",
        "by Mia",
        "Verification of the card",
        "Release of the verification",
        "Delivered",
    ):
        assert shown in words


def test_the_timeline_comes_first_and_tells_everything_with_its_time(shop: Shop) -> None:
    order = shop.order_in("completed")
    page = Visitor(pages_of(shop)).order(order.id)
    assert page.said("h2")[0] == "Timeline"
    told = timeline(page)
    assert len(told) == len(order.timeline)
    assert all("2026-01-05 09:00 UTC" in one for one in told)
    assert "Requested for 120.00 USD by Ana" in told[0]
    assert "Accepted: 120.00 USD was charged by Mia" in told[3]
    assert "DHL" in told[-1]


@pytest.mark.parametrize(
    ("status", "who", "actions"),
    [
        ("received", "merchant", {"accept", "decline"}),
        ("accepted", "merchant", {"complete", "refund"}),
        ("completed", "merchant", {"refund"}),
        ("declined", "merchant", set()),
        ("pending_payment", "merchant", {"decline"}),
        ("expired", "merchant", set()),
        ("received", "customer", {"cancel"}),
        ("pending_payment", "customer", {"cancel", "retry_payment"}),
        ("accepted", "customer", set()),
    ],
)
def test_the_actions_are_those_that_are_open(shop: Shop, status: str, who: str, actions: set[str]) -> None:
    order = shop.order_in(status)
    page = Visitor(pages_of(shop), who).order(order.id)
    open_now = {
        str(command)
        for command, why in shop.orders.available_actions(
            order.id, by=MERCHANT if who == "merchant" else CUSTOMER
        ).items()
        if why is None
    }
    assert page.actions - {"add_note", "redeliver"} == open_now - {"add_note"}
    assert actions <= open_now or status == "pending_payment"


def test_a_closed_action_says_why(shop: Shop) -> None:
    order = shop.order_in("received")
    page = Visitor(pages_of(shop)).order(order.id)
    why = shop.orders.available_actions(order.id, by=MERCHANT)["complete"]
    assert f"Complete : {why}" in page.words("main")


def test_accepting_charges_and_says_so(shop: Shop) -> None:
    order = shop.order_in("received")
    visitor = Visitor(pages_of(shop))
    page = visitor.order(order.id)
    assert "This charges 120.00 USD to the card, in full." in page.words("main")
    answer = visitor.submit(page, "accept")
    assert answer.status == 303
    after = visitor.get(answer.headers["location"])
    assert "Accepted: the card was charged." in after.words("p", role="status")
    assert shop.get(order.id).status == "accepted"


def test_accepting_what_costs_nothing_says_so(shop: Shop) -> None:
    order = shop.order_in("received", FREE)
    visitor = Visitor(pages_of(shop))
    page = visitor.order(order.id)
    assert "There is nothing to charge." in page.words("main")
    visitor.submit(page, "accept")
    assert "Accepted: there was nothing to charge" in " ".join(timeline(visitor.order(order.id)))


def test_a_card_that_is_declined_reads_as_that(shop: Shop) -> None:
    order = shop.order_in("received")
    shop.gateway.decline_next("charge", "insufficient_funds")
    visitor = Visitor(pages_of(shop))
    after = visitor.get(visitor.submit(visitor.order(order.id), "accept").headers["location"])
    assert "The card was declined. The customer has been told" in after.words("p", role="status")
    assert "The card was declined for 120.00 USD (insufficient_funds)" in " ".join(timeline(after))
    assert "Time left to pay: 7 days, until 2026-01-12 09:00 UTC" in after.words("main")


def test_a_refused_verification_is_not_the_merchants_decision(shop: Shop) -> None:
    with pytest.raises(CardDeclined) as raised:
        shop.submit(token="tok_decline_stolen_card")
    page = Visitor(pages_of(shop)).order(raised.value.order_id)
    assert "Card refused" in page.words("main")
    assert "Declined by the merchant" not in page.words("main")
    assert "The card was refused (stolen_card)" in " ".join(timeline(page))


def test_a_payment_without_an_answer_is_said_to_be_open(shop: Shop) -> None:
    order = shop.order_in("received")
    shop.gateway.time_out_next("charge", effect=True)
    visitor = Visitor(pages_of(shop))
    after = visitor.get(visitor.submit(visitor.order(order.id), "accept").headers["location"])
    assert "has not answered yet" in after.words("p", role="status")
    assert "A payment is being settled." in after.words("main")
    assert after.actions <= {"add_note", "redeliver"}


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        (
            {"method": "shipped", "carrier": "DHL", "tracking_number": "JD1"},
            "With a carrier Carrier DHL Tracking number JD1",
        ),
        ({"method": "digital", "url": "https://shop.example/v/1"}, "By a link Link https://shop.example/v/1"),
        ({"method": "handed_over", "note": "At the door"}, "Handed over Note to the customer At the door"),
    ],
)
def test_completing_asks_how_it_was_sent(shop: Shop, fields: dict[str, str], shown: str) -> None:
    order = shop.order_in("accepted")
    visitor = Visitor(pages_of(shop))
    answer = visitor.submit(visitor.order(order.id), "complete", **fields)
    assert answer.status == 303
    assert shown in visitor.order(order.id).words("main")
    assert shop.get(order.id).status == "completed"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"method": "teleported"}, "method must be one of shipped, digital, handed_over"),
        ({"method": "shipped", "carrier": ""}, "Fulfillment.carrier must be given"),
        ({"method": "digital", "url": "javascript:alert(1)"}, "Fulfillment.url must be an http or https address"),
    ],
)
def test_a_form_that_is_not_as_it_must_be_is_a_page_that_says_why(shop: Shop, fields: dict[str, str], why: str) -> None:
    order = shop.order_in("accepted")
    visitor = Visitor(pages_of(shop))
    answer = visitor.submit(visitor.order(order.id), "complete", **fields)
    assert answer.status == 400
    assert why in answer.words("main")
    assert shop.get(order.id) == order


@pytest.mark.parametrize("amount", ["", "ten", "0", "-1", "1000.00", "1.001"])
def test_a_refund_that_can_not_be_is_refused_in_words(shop: Shop, amount: str) -> None:
    order = shop.order_in("accepted")
    visitor = Visitor(pages_of(shop))
    answer = visitor.submit(visitor.order(order.id), "refund", amount=amount)
    assert answer.status == 400
    assert shop.get(order.id).refunded.is_zero


def test_a_refund_is_offered_for_what_is_left(shop: Shop) -> None:
    order = shop.order_in("accepted")
    shop.orders.refund(order.id, by=MERCHANT, amount=Money("20.00", "USD"))
    visitor = Visitor(pages_of(shop))
    page = visitor.order(order.id)
    assert "At most 100.00 USD can go back" in page.words("main")
    assert page.form("refund")["amount"] == "100.00"
    visitor.submit(page, "refund", reason="All of it.")
    assert str(shop.get(order.id).refunded) == "120.00 USD"
    assert "Refunded 120.00 USD" in visitor.order(order.id).words("main")


def test_what_needs_review_has_its_way_out(shop: Shop) -> None:
    order, key = in_review(shop)
    for who in ("merchant", "operator"):
        page = Visitor(pages_of(shop), who).order(order)
        assert "Needs review" in page.words("main")
        assert page.form("resolve_payment")["attempt"] == key
    visitor = Visitor(pages_of(shop), "operator")
    answer = visitor.submit(
        visitor.order(order), "resolve_payment", outcome="approved", transaction_id="tx-9", evidence="The bank's list."
    )
    assert answer.status == 303
    assert shop.get(order).status == "accepted"
    assert "found to be approved" in " ".join(timeline(visitor.order(order)))


@pytest.mark.parametrize(("outcome", "state"), [("declined", "declined"), ("absent", "absent")])
def test_other_ways_out_of_a_review(shop: Shop, outcome: str, state: str) -> None:
    order, key = in_review(shop)
    visitor = Visitor(pages_of(shop), "operator")
    visitor.submit(visitor.order(order), "resolve_payment", outcome=outcome, evidence="The bank's list.")
    [attempt] = [one for one in shop.get(order).attempts if one.key == key]
    assert attempt.state == state


def test_a_resolution_without_an_outcome_is_refused(sync_shop: Shop) -> None:
    order, _ = in_review(sync_shop)
    visitor = Visitor(pages_of(sync_shop), "operator")
    answer = visitor.submit(visitor.order(order), "resolve_payment", outcome="", evidence="x")
    assert answer.status == 400
    assert "outcome must be one of approved, declined, absent" in answer.words("main")


def in_review(shop: Shop) -> tuple[str, str]:
    """An order whose charge nobody knows about."""
    order = shop.order_in("received")
    shop.gateway.time_out_next("charge", effect=False)
    shop.orders.accept(order.id, by=MERCHANT)
    shop.gateway.conclusive_lookup = False
    shop.clock.advance(days=30)
    shop.orders.run_due()
    shop.clock.advance(days=1)
    shop.orders.run_due()
    [attempt] = [one for one in shop.get(order.id).attempts if one.state == "review"]
    return order.id, attempt.key


def test_a_webhook_that_failed_is_shown_and_sent_again(shop: Shop) -> None:
    shop.notifier.down = True
    shop.orders = shop.service(policy=Policy(delivery_pauses=()))
    order = shop.submit()
    visitor = Visitor(pages_of(shop))
    page = visitor.order(order.id)
    assert "Received Failed 1 ConnectionError none Send again" in page.words("main")
    shop.notifier.down = False
    answer = visitor.submit(page, "redeliver")
    assert answer.status == 303
    assert "Received Delivered 1" in visitor.get(answer.headers["location"]).words("main")


def test_redelivering_what_is_none_is_refused(sync_shop: Shop) -> None:
    order = sync_shop.submit()
    visitor = Visitor(pages_of(sync_shop))
    assert visitor.submit(visitor.order(order.id), "redeliver", message="nothing").status in (400, 404)


class TestCustomers:
    def test_cancel(self, shop: Shop) -> None:
        order = shop.order_in("received")
        visitor = Visitor(pages_of(shop), "customer")
        visitor.submit(visitor.order(order.id), "cancel", reason="Too late.")
        assert (shop.get(order.id).status, shop.get(order.id).reason) == ("canceled", "Too late.")
        assert "Too late." in visitor.order(order.id).words("main")

    def test_try_the_same_card_again(self, shop: Shop) -> None:
        order = shop.order_in("pending_payment")
        visitor = Visitor(pages_of(shop), "customer")
        page = visitor.order(order.id)
        assert "This charges 120.00 USD." in page.words("main")
        after = visitor.get(visitor.submit(page, "retry_payment").headers["location"])
        assert "Paid. Thank you." in after.words("p", role="status")

    def test_a_new_card_comes_from_the_hosts_own_form(self, shop: Shop, tmp_path: Any) -> None:
        (tmp_path / "card_fields.html").write_text('<input name="token" type="hidden"><input name="gateway_token">')
        seen: list[dict[str, str]] = []

        def card_from(fields: Any, request: Any) -> Card | None:
            seen.append(dict(fields))
            return Card(fields["gateway_token"], "visa", "1111", 1, 2030) if fields["gateway_token"] else None

        order = shop.order_in("pending_payment")
        visitor = Visitor(pages_of(shop, card_from=card_from, templates=tmp_path), "customer")
        form = {**visitor.order(order.id).form("retry_payment"), "card": "new"}
        assert visitor.post("/order/retry_payment", {**form, "gateway_token": ""}).status == 400
        assert visitor.post("/order/retry_payment", {**form, "gateway_token": "tok_new"}).status == 303
        assert shop.get(order.id).card.last4 == "1111"
        assert len(seen) == 2

    def test_without_the_hosts_form_no_card_is_taken_from_a_request(self, sync_shop: Shop) -> None:
        order = sync_shop.order_in("pending_payment")
        visitor = Visitor(pages_of(sync_shop), "customer")
        form = visitor.order(order.id).form("retry_payment")
        visitor.post("/order/retry_payment", {**form, "card": "new", "token_of_card": "tok_x"})
        assert sync_shop.get(order.id).card == order.card

    def test_the_time_left_is_told_and_then_that_it_is_over(self, shop: Shop) -> None:
        order = shop.order_in("pending_payment")
        visitor = Visitor(pages_of(shop), "customer")
        for passed, left in ((0, "7 days,"), (30, "6 days 23 hours,"), (60 * 24 * 6, "23 hours 30 minutes,")):
            shop.clock.advance(minutes=passed)
            assert f"Time left to pay: {left}" in visitor.order(order.id).words("main")
        shop.clock.advance(hours=24)
        page = visitor.order(order.id)
        assert "The time to pay ended" in page.words("main")
        assert "retry_payment" not in page.actions

    def test_paying_too_late_says_so(self, shop: Shop) -> None:
        order = shop.order_in("pending_payment")
        visitor = Visitor(pages_of(shop), "customer")
        page = visitor.order(order.id)
        shop.clock.advance(days=8)
        answer = visitor.submit(page, "retry_payment")
        assert answer.status == 409
        assert "The time to pay for this order is over." in answer.words("main")

    def test_a_bank_that_wants_to_see_the_customer_is_linked(self, shop: Shop) -> None:
        order = shop.order_in("received")
        shop.orders = shop.service(payments=AsksTheCustomer())
        shop.orders.accept(order.id, by=MERCHANT)
        page = Visitor(pages_of(shop), "customer").order(order.id)
        assert page.links()["Finish the payment with your bank"] == "https://bank.example/finish"

    def test_a_link_that_is_no_web_address_is_not_shown(self, shop: Shop) -> None:
        order = shop.order_in("received")
        shop.orders = shop.service(payments=AsksTheCustomer("javascript:alert(1)"))
        shop.orders.accept(order.id, by=MERCHANT)
        assert "javascript:" not in Visitor(pages_of(shop), "customer").order(order.id).text


def test_an_expired_order_says_so(shop: Shop) -> None:
    order = shop.order_in("expired")
    page = Visitor(pages_of(shop), "customer").order(order.id)
    assert "Expired" in page.words("main")
    assert not page.actions


@pytest.mark.parametrize(
    ("action", "who", "text"),
    [("accept", "merchant", "does not allow this"), ("decline", "merchant", "does not allow this")],
)
def test_what_is_no_longer_possible_is_refused_in_words(shop: Shop, action: str, who: str, text: str) -> None:
    order = shop.order_in("received")
    visitor = Visitor(pages_of(shop), who)
    page = visitor.order(order.id)
    shop.orders.cancel(order.id, by=CUSTOMER)
    answer = visitor.submit(page, action)
    assert answer.status == 409
    assert text in answer.words("main")


@pytest.mark.parametrize("order_id", ["a/b?c=d&e#f", "50 % off", "заказ", "..", "'\"><b>"])
def test_orders_of_any_id_have_a_page(shop: Shop, order_id: str) -> None:
    shop.submit(order_id=order_id)
    visitor = Visitor(pages_of(shop))
    url = visitor.get("/").links()["Birthday video"]
    page = visitor.get(url)
    assert page.status == 200
    assert visitor.submit(page, "accept").status == 303
    assert shop.get(order_id).status == "accepted"
