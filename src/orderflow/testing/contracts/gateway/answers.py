"""What a gateway answers when it is asked to move money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs
import pytest

from .... import Approved, Card, Declined, Money, NotSent, Outcome, Pending, Purpose
from ....ports import PaymentGateway
from ..needs import needed
from .base import GatewayChecks
from .till import Till

__all__ = ["Answers"]

_OUTCOMES: Final = (Approved, Declined, Pending, NotSent)


class Answers(GatewayChecks):
    """Approvals, declines, and what is not final yet."""

    @pytest.mark.parametrize("purpose", Purpose)
    def test_what_nothing_speaks_against_is_approved(self, till: Till, purpose: Purpose) -> None:
        sent = till.ready(purpose)
        outcome = till.approved(sent)
        moved = till.moved(purpose)
        if moved is not None:
            told = [(one.key, one.transaction_id, one.amount, one.target) for one in moved]
            assert told == [(sent.key, outcome.transaction_id, sent.amount, sent.target)]

    def test_a_zero_authorization_is_approved_or_not_sent(self, till: Till) -> None:
        outcome = till.send(till.verification(amount=till.amount * 0))
        assert isinstance(outcome, Approved | NotSent), "zero says nothing about the card"

    def test_a_refused_card_is_a_decline(self, till: Till, declined_card: Card) -> None:
        for attempt in (till.verification(card=declined_card), till.charge(card=declined_card)):
            outcome = till.send(attempt)
            assert isinstance(outcome, Declined), f"a declined {attempt.purpose.value} must be returned as Declined"
        assert not till.moved(), "what is declined moves nothing"

    def test_a_card_may_verify_and_its_charge_be_declined(self, till: Till, declined_charge_card: Card | None) -> None:
        card = needed(declined_charge_card, "needs a declined_charge_card")
        till.approved(till.verification(card=card))
        assert isinstance(till.send(till.charge(card=card)), Declined)
        assert not till.moved(Purpose.CHARGE), "what is declined moves nothing"

    def test_a_decline_of_one_attempt_speaks_against_no_other(self, till: Till, declined_card: Card) -> None:
        till.send(till.charge(card=declined_card))
        till.approved(till.charge())

    def test_what_is_pending_is_no_approval(self, till: Till, pending_card: Card | None) -> None:
        sent = till.charge(card=needed(pending_card, "needs a pending_card"))
        assert isinstance(till.send(sent), Pending)
        assert isinstance(till.send(sent), Pending), "a key that is sent again has the first answer"
        assert isinstance(till.found(sent), Pending), "nothing has become of it yet"
        assert not till.moved(), "what is pending has not moved"

    def test_every_amount_is_exact(self, till: Till, amounts: Sequence[Money]) -> None:
        for amount in amounts:
            till.approved(till.charge(amount=amount))
        moved = till.moved()
        assert moved is None or [one.amount for one in moved] == list(amounts)

    def test_what_was_charged_can_be_given_back_to_the_last_minor_unit(
        self, till: Till, amounts: Sequence[Money]
    ) -> None:
        for amount in amounts:
            charged = till.approved(till.charge(amount=amount)).transaction_id
            last = Money.from_minor_units(1, amount.currency)
            till.approved(till.refund(charged, amount - last))
            till.approved(till.refund(charged, last))
            assert not isinstance(till.sent_in_vain(till.refund(charged, last)), Approved), f"{amount} is all there was"

    def test_charges_have_names_of_their_own(self, till: Till) -> None:
        names = [till.approved(attempt).transaction_id for attempt in (till.charge(), till.charge())]
        names.append(till.approved(till.of_another_order().charge()).transaction_id)
        assert len(set(names)) == len(names), "two charges go by one transaction_id"

    def test_every_answer_is_a_plain_frozen_outcome(self, till: Till, declined_card: Card) -> None:
        answers = [till.send(till.ready(purpose)) for purpose in Purpose]
        answers += [till.send(till.verification(card=declined_card)), till.send(till.charge(card=declined_card))]
        for outcome in answers:
            assert type(outcome) in _OUTCOMES, f"{type(outcome).__name__} is no outcome"
            assert len({outcome, attrs.evolve(outcome)}) == 1, "an outcome is equal to its copy"

    def test_no_answer_shows_the_token_of_a_card(self, till: Till, declined_card: Card) -> None:
        for card in (till.card, declined_card):
            for sent in (till.verification(card=card), till.charge(card=card)):
                assert card.token not in _told_in(till.send(sent)), "a card's token is in an answer"

    def test_a_card_that_it_gives_is_good_for_the_next_charge(self, till: Till, payments: PaymentGateway) -> None:
        given = till.approved(till.verification()).card
        card = needed(given, "it gives no card of its own")
        charged = till.approved(till.charge(card=card))
        till.approved(till.charge(card=charged.card or card))


def _told_in(outcome: Outcome) -> str:
    """All that an outcome tells, but for a card that is the order's from now on."""
    fields = attrs.asdict(outcome, recurse=False, filter=lambda attribute, _: attribute.name != "card")
    return f"{outcome!r} {outcome} {fields}"
