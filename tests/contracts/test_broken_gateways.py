"""Every check of the gateway's contract finds a gateway out, and finds nothing wrong with sound ones."""

from __future__ import annotations

import pytest

from contracts.verdicts import Verdict, checks_of, verdicts
from orderflow.testing import PaymentGatewayContract

#: What finds a broken gateway out.
CAUGHT = {
    # what it says of itself
    "HalfAsync": ["test_its_methods_are_all_sync_or_all_async"],
    "NoWindow": ["test_it_declares_how_long_it_honours_a_key"],
    "WindowInSeconds": [
        "test_it_declares_how_long_it_honours_a_key",
        "test_an_order_is_sold_and_refunded_over_it_and_its_books_agree",
    ],
    "UnsureOfItsLookUp": ["test_it_declares_whether_its_look_up_is_conclusive"],
    "CallsInNoTime": ["test_it_declares_how_long_a_call_may_last"],
    "CallsForLongerThanItsWindow": ["test_a_key_is_honoured_for_longer_than_a_call_lasts"],
    # keys
    "ForgetsKeys": [
        "test_a_key_that_is_sent_again_has_the_first_answer_and_moves_nothing",
        "test_a_refund_that_is_sent_again_gives_back_once",
    ],
    "MovesAgainInSilence": ["test_a_key_that_is_sent_again_has_the_first_answer_and_moves_nothing"],
    "KeyFromTheClaim": [
        "test_a_request_depends_on_no_time_and_on_no_claim",
        "test_what_nothing_speaks_against_is_approved",
    ],
    "KeyFromTheTime": ["test_a_request_depends_on_no_time_and_on_no_claim"],
    "AnswersByNumber": ["test_the_attempts_of_two_orders_do_not_mix"],
    "AnswersByOrder": ["test_the_purposes_of_one_order_do_not_mix"],
    "TakesLikeForSame": ["test_another_key_is_another_movement"],
    "NamesAllChargesAlike": ["test_charges_have_names_of_their_own"],
    "ForgetsDeclines": ["test_a_key_keeps_its_decline"],
    # look-ups
    "FindsNothing": ["test_what_was_approved_is_found", "test_what_was_declined_is_found"],
    "FindsNoDecline": ["test_what_was_declined_is_found"],
    "FindsByTheClaim": ["test_it_is_looked_up_by_its_key_alone"],
    "FindsNothingWhenDown": ["test_what_can_not_be_looked_up_is_not_absent"],
    "SendsToFind": ["test_a_key_that_was_never_sent_is_not_found"],
    "MindsLookUps": ["test_to_look_first_changes_nothing_for_the_send"],
    # many at once
    "RacesOnAKey": ["test_one_key_sent_by_many_at_once_moves_money_once"],
    "MixesUpItsCallers": ["test_many_keys_at_once_all_move_money"],
    # answers
    "RaisesDeclines": ["test_a_refused_card_is_a_decline"],
    "TakesDeclinesForInvalid": ["test_a_refused_card_is_a_decline"],
    "OneCardOnly": ["test_a_refused_card_is_a_decline", "test_a_card_may_verify_and_its_charge_be_declined"],
    "BlocksACardForGood": ["test_a_decline_of_one_attempt_speaks_against_no_other"],
    "RefusesZero": ["test_a_zero_authorization_is_approved_or_not_sent"],
    "ApprovesWhatIsPending": ["test_what_is_pending_is_no_approval"],
    "LosesPending": ["test_what_is_pending_is_no_approval"],
    "CountsInFloats": ["test_every_amount_is_exact"],
    "CountsInHundredths": ["test_every_amount_is_exact"],
    "AnswersInDicts": ["test_every_answer_is_a_plain_frozen_outcome"],
    "AnswersWithMore": ["test_every_answer_is_a_plain_frozen_outcome"],
    "TellsTheTokenInDeclines": ["test_no_answer_shows_the_token_of_a_card"],
    "GivesADeadCard": ["test_a_card_that_it_gives_is_good_for_the_next_charge"],
    # trouble
    "TakesTroubleForDeclines": ["test_what_can_not_be_sent_has_no_answer"],
    "KeepsTroubleUnderTheKey": ["test_what_could_not_be_sent_goes_through_once_it_can"],
    "TellsTheToken": ["test_no_error_shows_the_token_of_a_card"],
    # ways back
    "DeclinesVoidsOfWhatIsGone": ["test_what_is_voided_already_is_voided"],
    "VoidsTheLatest": ["test_a_void_touches_no_other_authorization"],
    "VoidsTheOrder": ["test_a_void_gives_no_charge_back"],
    "RefundsWithoutLimit": ["test_no_more_is_refunded_than_was_charged", "test_what_was_never_charged_is_not_refunded"],
    "RefundsWithinEachCharge": ["test_no_more_is_refunded_than_is_left"],
    "RefundsInFullOnly": [
        "test_a_charge_is_refunded_in_parts",
        "test_what_was_charged_can_be_given_back_to_the_last_minor_unit",
    ],
    "RefundsAnOrderOnce": ["test_each_charge_is_refunded_for_itself"],
    "RaisesForTooMuch": ["test_no_more_is_refunded_than_is_left"],
}
#: What each has that the others lack is skipped there: together they skip nothing.
SOUND = ["FakeGateway", "CardKeeper", "Watched"]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    wanted = {**CAUGHT, **{name: [] for name in SOUND}}
    folder = tmp_path_factory.mktemp("gateways")
    return verdicts(folder, PaymentGatewayContract, "gateway", ["gateways", "broken_keys", "broken_gateways"], wanted)


@pytest.mark.parametrize(("gateway", "check"), [(name, check) for name in CAUGHT for check in CAUGHT[name]])
def test_a_broken_gateway_is_found_out(found: dict[str, Verdict], gateway: str, check: str) -> None:
    assert check in found[gateway].failed


@pytest.mark.parametrize("gateway", SOUND)
def test_nothing_is_wrong_with_a_sound_gateway(found: dict[str, Verdict], gateway: str) -> None:
    assert found[gateway].failed == set()


def test_sound_gateways_pass_every_check(found: dict[str, Verdict]) -> None:
    assert set.union(*(found[name].ran for name in SOUND)) == checks_of(PaymentGatewayContract)


def test_every_check_finds_a_broken_gateway_out() -> None:
    assert {check for checks in CAUGHT.values() for check in checks} == checks_of(PaymentGatewayContract)
