"""What goes wrong at Stripe, and what the adapter answers: each row of the how-to page's table."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import time
import traceback
from datetime import timedelta
from typing import Any

import attrs
import pytest
import stripe

from orderflow import Approved, Card, Declined, Money, NotSent, PaymentAttempt, Pending, Purpose, ValidationError
from orderflow.adapters.stripe import PaymentHint, StripeGateway
from orderflow.testing.contracts.storage.built import attempt as built

SECRETS = ("sk_test_canary", "whsec_canary", "secret_of_intent", "words of the bank", "pm_card", "pm_used")


def sent(purpose: str = "charge", token: str = "pm_card_visa", **changes: Any) -> PaymentAttempt:
    card = Card(token=token, brand="visa", last4="4242", exp_month=12, exp_year=2031)
    return built(1, purpose, **{"card": card, "amount": Money("120.00", "USD"), **changes})


def told_of(error: BaseException) -> str:
    return repr(error) + "".join(part for part in traceback.format_exception(error) if not part.startswith("  File"))


@pytest.mark.parametrize(
    ("token", "code", "words"),
    [
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds", "not enough money"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired"),
        ("pm_card_chargeDeclined", "generic_decline", "was declined"),
        ("pm_card_authenticationRequired", "authentication_required", "confirm"),
    ],
)
def test_a_card_error_is_a_decline_in_our_own_words(gateway: StripeGateway, token: str, code: str, words: str) -> None:
    outcome = gateway.charge(sent(token=token))
    assert isinstance(outcome, Declined)
    assert outcome.code == code
    assert words in outcome.message


def test_a_payment_that_needs_the_customer_is_pending_with_an_address(gateway: StripeGateway) -> None:
    outcome = gateway.charge(sent(token="pm_card_threeDSecure2Required"))
    assert isinstance(outcome, Pending)
    assert outcome.action_url == "https://bank.example/finish"


@pytest.mark.parametrize("path", ["customers", "attach", "payment_intents$", "confirm"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("kind", [500, 429, 409, "garbage", "drop"])
def test_what_has_no_answer_raises_and_goes_through_once_when_sent_again(
    gateway: StripeGateway, server: Any, standin: Any, path: str, kind: Any, after: bool
) -> None:
    server.troubles.append(standin.Trouble(path, kind, after))
    with pytest.raises(Exception, match="no answer that counts") as raised:
        gateway.charge(sent())
    assert not [one for one in SECRETS if one in told_of(raised.value)]
    assert isinstance(gateway.charge(sent()), Approved)
    assert len(server.ledger) == 1
    assert server.troubles[0].left == 0


@pytest.mark.parametrize("path", ["customers", "attach", "payment_intents$", "confirm"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_what_stalls_is_given_up_and_goes_through_once_when_sent_again(
    server: Any, standin: Any, path: str, after: bool
) -> None:
    http = stripe.RequestsClient(timeout=0.3)
    client = stripe.StripeClient(
        "sk_test_canary", base_addresses={"api": server.address}, http_client=http, max_network_retries=0
    )
    gateway = StripeGateway(client)
    server.troubles.append(standin.Trouble(path, "stall", after))
    with pytest.raises(Exception, match="no answer that counts"):
        gateway.charge(sent())
    assert isinstance(gateway.charge(sent()), Approved)
    assert len(server.ledger) == 1
    http.close()


def test_bad_credentials_are_not_sent(gateway: StripeGateway, server: Any, standin: Any) -> None:
    server.troubles.append(standin.Trouble("customers", 401))
    assert isinstance(gateway.charge(sent()), NotSent)


def test_a_card_that_was_used_without_a_customer_is_not_sent(gateway: StripeGateway, server: Any) -> None:
    assert isinstance(gateway.charge(sent(token="pm_used")), NotSent)
    assert isinstance(gateway.refund(sent("refund", target="pi_none")), NotSent)
    assert server.ledger == []


def test_a_changed_request_under_one_key_raises(gateway: StripeGateway, server: Any) -> None:
    gateway.charge(sent())
    with pytest.raises(Exception, match="IdempotencyError"):
        gateway.charge(sent(amount=Money("1.00", "USD")))
    assert len(server.ledger) == 1


def test_a_void_of_what_was_captured_is_declined_and_of_what_is_unknown_raises(gateway: StripeGateway) -> None:
    charged = gateway.charge(sent())
    assert isinstance(charged, Approved)
    assert gateway.void(sent("void", target=charged.transaction_id)) == Declined("already_captured")
    with pytest.raises(Exception, match="could not be asked"):
        gateway.void(sent("void", target="pi_none"))


def test_a_zero_authorization_is_a_setup_and_holds_nothing(gateway: StripeGateway, server: Any) -> None:
    zero = sent("verification", amount=Money(0, "USD"))
    outcome = gateway.authorize(zero)
    assert isinstance(outcome, Approved)
    assert outcome.card is not None
    undo = sent("void", target=outcome.transaction_id)
    assert gateway.void(undo) == gateway.find(undo) == Approved(outcome.transaction_id)
    assert gateway.find(zero) is None
    again = attrs.evolve(zero, key="another", card=outcome.card)
    assert gateway.find(again) is None
    assert gateway.authorize(again) == gateway.find(again)
    assert server.ledger == []


@pytest.mark.parametrize(
    ("amount", "units"),
    [
        (Money("5", "ISK"), 500),
        (Money("5", "UGX"), 500),
        (Money("5.00", "MGA"), 5),
        (Money("5.01", "MGA"), None),
        (Money("1.500", "KWD"), 1500),
        (Money("1.505", "KWD"), None),
        (Money("1.000", "LYD"), None),
        (Money("5", "JPY"), 5),
        (Money("5.00", "USD"), 500),
    ],
    ids=str,
)
def test_amounts_are_in_stripes_units_or_not_sent(
    gateway: StripeGateway, server: Any, amount: Money, units: int | None
) -> None:
    outcome = gateway.charge(sent(amount=amount))
    if units is None:
        assert isinstance(outcome, NotSent)
        assert isinstance(gateway.refund(sent("refund", amount=amount, target="pi_1")), NotSent)
        assert server.requests == []
    else:
        assert f"amount={units}&" in next(body for path, body, _ in server.requests if path.endswith("intents")) + "&"


def test_a_card_with_a_payer_is_charged_and_found_by_its_payer(gateway: StripeGateway) -> None:
    verified = gateway.authorize(sent("verification"))
    assert isinstance(verified, Approved)
    assert verified.card is not None
    charge = sent(card=verified.card)
    assert gateway.charge(charge) == gateway.find(charge)


def test_no_secret_is_in_a_log_or_an_outcome(gateway: StripeGateway, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    answers = [gateway.charge(sent()), gateway.authorize(sent("verification", "pm_card_chargeDeclined"))]
    assert not [one for one in SECRETS if one in repr(answers) + caplog.text]


def test_each_store_may_have_its_own_account(client: stripe.StripeClient) -> None:
    asked: list[str] = []

    def of_store(store_id: str) -> stripe.StripeClient:
        asked.append(store_id)
        return client

    charge = sent()
    assert isinstance(StripeGateway(of_store).charge(charge), Approved)
    assert set(asked) == {charge.store_id}


def test_the_longest_call_is_reckoned_from_the_client_or_given(client: stripe.StripeClient) -> None:
    assert StripeGateway(client).longest_call == timedelta(seconds=5 * (2 * 10 + 5))
    assert StripeGateway(lambda _: client).longest_call == timedelta(seconds=5 * 3 * (2 * 80 + 5))
    assert StripeGateway(client, longest_call=timedelta(seconds=9)).longest_call == timedelta(seconds=9)


def event(kind: str, metadata: dict[str, str]) -> tuple[bytes, str]:
    content = {"id": "evt_1", "object": "event", "type": kind, "data": {"object": {"metadata": metadata}}}
    payload, now = json.dumps(content).encode(), int(time.time())
    digest = hmac.new(b"whsec_canary", f"{now}.".encode() + payload, hashlib.sha256).hexdigest()
    return payload, f"t={now},v1={digest}"


def test_an_event_of_ours_is_a_hint_and_others_are_none(gateway: StripeGateway) -> None:
    ours = {"orderflow_order": "ord-1", "orderflow_key": "key-1"}
    assert gateway.parse_event(*event("payment_intent.succeeded", ours)) == PaymentHint("ord-1", "key-1")
    assert gateway.parse_event(*event("payment_intent.succeeded", {})) is None
    assert gateway.parse_event(*event("customer.created", ours)) is None


@pytest.mark.parametrize("signature", ["", "nonsense", "t=1,v1=00"])
def test_an_event_that_is_not_signed_is_refused(client: stripe.StripeClient, signature: str) -> None:
    for gateway in (StripeGateway(client, "whsec_canary"), StripeGateway(client)):
        with pytest.raises(ValidationError) as raised:
            gateway.parse_event(b"{}", signature)
        assert "canary" not in told_of(raised.value)


def test_a_payment_that_was_made_and_never_confirmed_is_not_found(
    gateway: StripeGateway, server: Any, standin: Any
) -> None:
    server.troubles.append(standin.Trouble("confirm", "drop"))
    with pytest.raises(Exception, match="no answer that counts"):
        gateway.charge(sent())
    assert gateway.find(sent()) is None
    assert Purpose.CHARGE not in [one.purpose for one in server.ledger]


def test_a_card_that_is_not_its_payers_is_not_sent(gateway: StripeGateway, server: Any) -> None:
    theirs = Card(token="pm_1", brand="visa", last4="4242", exp_month=12, exp_year=2031, payer="cus_1")
    assert isinstance(gateway.charge(sent(card=theirs)), NotSent)
    assert server.ledger == []


@pytest.mark.parametrize(("after", "expected"), [(False, NotSent), (True, Approved)], ids=["before", "after"])
def test_a_confirmation_that_is_refused_is_looked_up(
    gateway: StripeGateway, server: Any, standin: Any, after: bool, expected: type
) -> None:
    server.troubles.append(standin.Trouble("confirm", 401, after))
    assert isinstance(gateway.charge(sent()), expected)
    assert len(server.ledger) == int(after)


def test_an_answer_that_does_not_say_what_became_of_it_raises(
    gateway: StripeGateway, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_confirm", lambda intent: (200, intent))
    with pytest.raises(Exception, match="did not say what became"):
        gateway.charge(sent())


def test_a_void_that_leaves_the_authorization_raises(
    gateway: StripeGateway, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = gateway.authorize(sent("verification"))
    assert isinstance(held, Approved)
    monkeypatch.setattr(server, "_cancel", lambda intent, key: (200, intent))
    with pytest.raises(Exception, match="did not say that the authorization is gone"):
        gateway.void(sent("void", target=held.transaction_id))


def test_a_card_that_can_not_be_attached_is_a_decline(gateway: StripeGateway, server: Any, standin: Any) -> None:
    server.troubles.append(standin.Trouble("attach", 402))
    outcome = gateway.charge(sent())
    assert isinstance(outcome, Declined)
    assert outcome.code == "card_declined"
    assert server.ledger == []
