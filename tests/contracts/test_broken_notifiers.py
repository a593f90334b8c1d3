"""Every check of the notifier's contract finds a notifier out, and finds nothing wrong with sound ones."""

from __future__ import annotations

import pytest

from contracts.verdicts import Verdict, checks_of, verdicts
from orderflow.testing import NotifierContract

#: What finds a broken notifier out.
CAUGHT = {
    "Deaf": ["test_it_can_be_told_to_send"],
    "ChannelsInAList": ["test_it_declares_the_channels_that_it_serves"],
    "ChannelsByName": ["test_it_declares_the_channels_that_it_serves"],
    "ServesNothing": ["test_it_declares_the_channels_that_it_serves"],
    "ClaimsInApp": ["test_it_leaves_in_app_messages_to_the_outbox"],
    "Loses": ["test_what_is_sent_arrives", "test_a_message_may_come_again"],
    "SaysTrue": ["test_what_is_sent_arrives"],
    "RefusesWhatItKnows": ["test_a_message_may_come_again"],
    "SendsTheFirstAgain": ["test_each_message_arrives_as_itself"],
    "CutsBodies": ["test_any_text_arrives_whole"],
    "EatsDots": ["test_any_text_arrives_whole"],
    "CutsSubjects": ["test_any_subject_arrives_whole"],
    "SubjectsInAscii": ["test_any_subject_arrives_whole"],
    "RefusesPluses": ["test_unusual_addresses_are_written_to"],
    "NeedsAnAddress": ["test_the_merchant_is_written_to_or_has_no_address"],
    "Swallows": ["test_trouble_that_passes_is_raised"],
    "GivesUp": ["test_trouble_that_passes_is_raised"],
    "StaysDown": ["test_what_could_not_be_sent_can_be_sent_later"],
    "NeverGivesUp": ["test_what_can_never_be_delivered_is_undeliverable"],
    "MixesUpItsCallers": ["test_many_send_at_once"],
    "KnowsItsTestsOnly": ["test_a_service_delivers_by_it"],
}
#: What every suite overrides besides: a message that `Watched` refuses for good.
REFUSED = """
    @pytest.fixture
    def refused_message(self, message_for):
        return message_for(Channel.EMAIL, address="gone@example.com")
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    wanted = {**CAUGHT, "Watched": []}
    folder = tmp_path_factory.mktemp("notifiers")
    return verdicts(folder, NotifierContract, "notifier", ["broken_notifiers"], wanted, besides=REFUSED)


@pytest.mark.parametrize(("notifier", "check"), [(name, check) for name in CAUGHT for check in CAUGHT[name]])
def test_a_broken_notifier_is_found_out(found: dict[str, Verdict], notifier: str, check: str) -> None:
    assert check in found[notifier].failed


def test_nothing_is_wrong_with_a_sound_notifier(found: dict[str, Verdict]) -> None:
    assert found["Watched"].failed == set()
    assert found["Watched"].ran == checks_of(NotifierContract)


def test_every_check_finds_a_broken_notifier_out() -> None:
    assert {check for checks in CAUGHT.values() for check in checks} == checks_of(NotifierContract)
