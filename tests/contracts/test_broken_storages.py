"""The storage contract bites: each broken storage is rejected, by the check that is about what it breaks."""

from __future__ import annotations

from typing import Final

import pytest

from contracts.verdicts import Verdict, checks_of, verdicts
from orderflow.testing import StorageContract

#: By the broken storage: checks that must reject it.
REJECTED: Final[dict[str, list[str]]] = {
    "LostUpdate": ["test_a_commit_over_another_version_writes_nothing"],
    "ForgetsCommits": ["test_a_commit_whose_acknowledgement_was_lost_is_repeated_without_effect"],
    "RemembersEveryCommit": ["test_only_the_last_commit_can_be_repeated"],
    "ReplacesOrders": ["test_an_id_that_is_taken_makes_a_duplicate"],
    "OutboxApart": ["test_one_row_is_owed_per_event_recipient_and_route"],
    "OutboxDoubled": ["test_a_commit_whose_acknowledgement_was_lost_is_repeated_without_effect"],
    "TwoOpenCharges": ["test_one_charge_at_most_is_open_in_review_or_approved"],
    "GapsInTheTimeline": ["test_a_first_timeline_begins_with_one"],
    "KeepsTheFirstCommand": ["test_a_later_command_replaces_the_earlier_of_its_key"],
    "LeasesWithoutEnd": ["test_an_order_is_held_for_the_length_of_the_lease"],
    "NoLeases": ["test_an_order_is_held_for_the_length_of_the_lease", "test_no_order_is_handed_out_twice"],
    "LeaseOutlivesTheCommit": ["test_a_commit_ends_the_lease"],
    "NothingAhead": ["test_the_next_moment_is_the_earliest_to_come"],
    "NoFencing": ["test_whoever_lost_a_claim_writes_nothing_down"],
    "OneToken": ["test_no_two_rows_share_a_token"],
    "RowsToEveryone": ["test_a_row_that_is_held_is_not_handed_out_until_its_lease_is_over"],
    "HandlersOutOfOrder": ["test_a_handlers_retry_holds_back_its_later_rows"],
    "DeliveriesMakeVersions": ["test_deliveries_never_change_the_order"],
    "UnorderedPages": ["test_every_sort_of_every_filter_gives_the_same_rows"],
    "TiesLost": ["test_pages_lead_there_and_back_over_every_tie"],
    "OldPlaces": ["test_what_changes_is_found_where_it_is_now"],
    "CountsTheUnannounced": ["test_every_status_of_every_store_is_counted_alike"],
    "Wildcards": ["test_what_databases_take_for_wildcards_finds_nothing_by_itself"],
    "LocalTimes": ["test_moments_come_back_to_the_microsecond"],
    "ShortTexts": ["test_every_field_comes_back_as_it_was_committed"],
    "DoubledInbox": ["test_an_inbox_shows_the_messages_as_they_were_committed"],
    "ReadByAnyone": ["test_read_marks_on_what_is_not_in_the_recipients_inbox_are_ignored"],
    "NoLock": ["test_there_are_as_many_versions_as_commits_that_succeeded"],
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    every = sorted({check for checks in REJECTED.values() for check in checks})
    return verdicts(
        tmp_path_factory.mktemp("broken_storages"),
        StorageContract,
        "storage",
        ["broken_storages"],
        {**REJECTED, "MemoryStorage": every},
    )


@pytest.mark.parametrize("broken", REJECTED)
def test_a_broken_storage_is_rejected(found: dict[str, Verdict], broken: str) -> None:
    assert found[broken].failed == set(REJECTED[broken])


def test_the_sound_storage_passes_the_same_checks(found: dict[str, Verdict]) -> None:
    assert found["MemoryStorage"].failed == set()
    assert found["MemoryStorage"].ran == {check for checks in REJECTED.values() for check in checks}


def test_the_contract_has_as_many_checks_as_it_says() -> None:
    assert len(checks_of(StorageContract)) >= 100
