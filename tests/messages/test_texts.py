"""The default texts, as the person reads them who gets them.

All of them stand in `texts.txt`, so that a change to the wording is seen and read. To write it anew, run
`python tests/messages/test_texts.py`.
"""

from __future__ import annotations

from pathlib import Path as File

from messages.paths import ID, PATHS
from orderflow import Fulfillment, MessageState
from shops import CUSTOMER, FREE, MERCHANT, OPERATOR, PRINT, SHIPPED, VIDEO, Shop

GOLDEN = File(__file__).with_name("texts.txt")


def texts() -> str:
    """Every text that some path owes, once each."""
    seen: dict[str, None] = {}
    for path in PATHS:
        shop = _shop()
        path(shop)
        for state in shop.orders.messages(ID, by=OPERATOR):
            seen[_told(state)] = None
    for order in (_two_items, _free, _digital, _handed_over):
        shop = _shop()
        order(shop)
        for state in shop.orders.messages(ID, by=OPERATOR):
            seen[_told(state)] = None
    return "\n".join(text for text in seen if text)


def _shop() -> Shop:
    shop = Shop()
    shop.orders = shop.service(order_url=lambda order, audience: f"https://shop.example/{audience}/{order.id}")
    return shop


def _told(state: MessageState) -> str:
    message = state.message
    if message is None or message.channel != "email":
        return ""
    return f"##### {message.kind} to the {message.audience}\n{message.subject}\n\n{message.body}"


def _two_items(shop: Shop) -> None:
    shop.submit(VIDEO, PRINT, order_id=ID)


def _free(shop: Shop) -> None:
    shop.submit(FREE, order_id=ID)
    shop.orders.accept(ID, by=MERCHANT)


def _digital(shop: Shop) -> None:
    _free(shop)
    shop.orders.complete(ID, by=MERCHANT, fulfillment=Fulfillment.digital("https://shop.example/v/1"))


def _handed_over(shop: Shop) -> None:
    _free(shop)
    shop.orders.complete(ID, by=MERCHANT, fulfillment=Fulfillment.handed_over("At the fair"))


def test_the_default_texts_are_those_that_were_read() -> None:
    assert GOLDEN.read_text(encoding="utf-8") == texts()


def test_no_line_tells_of_none_or_of_nothing() -> None:
    assert [line for line in texts().splitlines() if "None" in line or "  " in line or ".." in line] == []


def test_a_text_says_what_how_much_and_where() -> None:
    shop = _shop()
    shop.submit(VIDEO, PRINT, order_id=ID)
    for message in shop.notifier.sent:
        if message.channel == "email":
            for part in ("1 x Birthday video", "2 x Signed print", "Total: 191.00 USD", "https://shop.example/"):
                assert part in message.body


def test_the_deadline_is_told_in_utc() -> None:
    shop = _shop()
    shop.gateway.decline_next("charge", "insufficient_funds")
    shop.submit(order_id=ID)
    shop.orders.accept(ID, by=MERCHANT)
    bodies = [m.body for m in shop.notifier.sent if m.kind == "payment_declined" and m.channel == "email"]
    assert len(bodies) == 2
    assert all("12 January 2026, 09:00 UTC" in body for body in bodies)


def test_the_merchant_reads_what_the_customer_wrote(sync_shop: Shop) -> None:
    order = sync_shop.submit()
    sync_shop.orders.cancel(order.id, by=CUSTOMER, reason="We found a date to say it in person")
    told = [m.body for m in sync_shop.notifier.sent if m.kind == "canceled" and m.audience == "merchant"]
    assert any("The customer wrote: We found a date" in body for body in told)


def test_tracking_is_told(sync_shop: Shop) -> None:
    order = sync_shop.submit(PRINT)
    sync_shop.orders.accept(order.id, by=MERCHANT)
    sync_shop.orders.complete(order.id, by=MERCHANT, fulfillment=SHIPPED)
    [told] = [m.body for m in sync_shop.notifier.sent if m.kind == "completed" and m.address is not None]
    assert "shipped with DHL, tracking number JD014600003828392837" in told


if __name__ == "__main__":
    GOLDEN.write_text(texts(), encoding="utf-8")
