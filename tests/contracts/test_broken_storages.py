"""The storage contract bites: each broken storage is rejected, by the check that is about what it breaks."""

from __future__ import annotations

from typing import Final

import pytest

from contracts.verdicts import Verdict, checks_of, verdicts
from orderflow.testing import StorageContract

#: By the broken storage: the check that must reject it.
COMMITS: Final = {
    "LostUpdate": "test_a_commit_over_another_version_writes_nothing",
    "CommitIdAfterTheVersion": "test_a_commit_whose_acknowledgement_was_lost_is_repeated_without_effect",
    "RulesBeforeTheVersion": "test_the_version_is_looked_at_before_the_rules",
    "ForgetsCommits": "test_a_commit_whose_acknowledgement_was_lost_is_repeated_without_effect",
    "RemembersEveryCommit": "test_only_the_last_commit_can_be_repeated",
    "RepeatsReset": "test_a_repeated_commit_undoes_nothing_that_came_after_it",
    "RefusalsTakeTheId": "test_a_refused_commit_takes_no_ones_place",
    "ReplacesOrders": "test_an_id_that_is_taken_makes_a_duplicate",
    "OutboxApart": "test_one_row_is_owed_per_event_recipient_and_route",
    "OutboxDoubled": "test_a_commit_whose_acknowledgement_was_lost_is_repeated_without_effect",
    "TwoOpenCharges": "test_one_charge_at_most_is_open_in_review_or_approved",
    "GapsInTheTimeline": "test_a_first_timeline_begins_with_one",
    "KeepsTheFirstCommand": "test_a_later_command_replaces_the_earlier_of_its_key",
    "CommandsLost": "test_a_later_command_replaces_the_earlier_of_its_key",
}
VALUES: Final = {
    "WholeSeconds": "test_moments_are_kept_and_compared_to_the_microsecond",
    "ShiftedTimes": "test_what_was_committed_is_loaded",
    "ShortTexts": "test_every_text_comes_back_as_it_was_committed",
    "MoneyThroughFloats": "test_amounts_are_kept_and_compared_to_the_last_unit",
    "DataLost": "test_every_field_of_an_order_comes_back_as_it_was_committed",
    "KeysWithoutCase": "test_command_keys_and_recipients_are_the_same_only_if_each_character_is",
    "TornReads": "test_a_reader_sees_whole_commits",
    "NoLock": "test_there_are_as_many_versions_as_commits_that_succeeded",
    "NoLockAwaited": "test_there_are_as_many_versions_as_commits_that_succeeded",
}
FINDING: Final = {
    "UnorderedPages": "test_every_sort_of_every_filter_gives_the_same_rows",
    "TiesLost": "test_pages_lead_there_and_back_over_every_tie",
    "OldPlaces": "test_what_changes_is_found_where_it_is_now",
    "CountsTheUnannounced": "test_only_announced_orders_are_counted",
    "Wildcards": "test_a_transaction_id_is_found_by_how_it_begins_and_by_no_wildcard",
    "CaseSensitive": "test_any_text_is_found_by_its_words_in_any_case",
    "FindsInsideWords": "test_each_word_of_a_text_begins_a_word",
    "CursorsOfAnyQuery": "test_a_cursor_of_another_query_is_refused",
    "AlphabeticalOrder": "test_every_sort_of_every_filter_gives_the_same_rows",
    "SixteenBitOrder": "test_every_sort_of_every_filter_gives_the_same_rows",
    "NoWayBack": "test_pages_lead_on_from_rows_that_have_changed",
    "OneMorePage": "test_a_page_that_is_just_full_is_the_last",
}
WORK: Final = {
    "LeasesWithoutEnd": "test_an_order_is_held_for_the_length_of_the_lease",
    "NoLeases": "test_no_order_is_handed_out_twice",
    "LeaseOutlivesTheCommit": "test_a_commit_ends_the_lease",
    "NothingAhead": "test_the_next_moment_is_the_earliest_to_come",
    "NothingLeftOut": "test_the_next_moment_is_not_to_come_if_the_limit_left_work_out",
    "DueWithoutLimit": "test_no_more_orders_are_handed_out_than_the_limit",
    "DueByName": "test_the_longest_due_comes_first",
    "OneToken": "test_no_two_rows_share_a_token",
    "RowsToEveryone": "test_a_row_that_is_held_is_not_handed_out_until_its_lease_is_over",
    "RowsOfEveryRoute": "test_only_the_routes_that_are_asked_for_are_handed_out",
    "ClaimsForgotten": "test_a_row_may_come_claimed",
    "FirstTriesOutOfOrder": "test_a_first_try_waits_for_that_of_the_event_before",
    "RetriesHoldBack": "test_a_retry_holds_nothing_back",
    "HandlersOutOfOrder": "test_a_handlers_retry_holds_back_its_later_rows",
}
OUTBOXES: Final = {
    "NoFencing": "test_whoever_lost_a_claim_writes_nothing_down",
    "DeliveriesMakeVersions": "test_deliveries_never_change_the_order",
    "AllOrNoDeliveries": "test_an_unknown_row_is_ignored_and_the_others_are_not",
    "FailuresForgotten": "test_the_worst_webhook_message_tells_the_orders",
    "DoubledInbox": "test_an_inbox_shows_the_messages_as_they_were_committed",
    "OldestFirst": "test_the_newest_comes_first_then_the_order_then_the_event",
    "BrokenCursorsBegin": "test_a_broken_cursor_of_messages_is_refused",
    "ReadByAnyone": "test_read_marks_on_what_is_not_in_the_recipients_inbox_are_ignored",
    "LastRead": "test_a_message_keeps_the_moment_at_which_it_was_first_read",
}
REJECTED: Final = {**COMMITS, **VALUES, **FINDING, **WORK, **OUTBOXES}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    wanted = {broken: [check] for broken, check in REJECTED.items()}
    return verdicts(
        tmp_path_factory.mktemp("broken_storages"),
        StorageContract,
        "storage",
        ["broken_commits", "broken_values", "broken_finding", "broken_work", "broken_outboxes"],
        {**wanted, "MemoryStorage": sorted(set(REJECTED.values()))},
    )


@pytest.mark.parametrize("broken", REJECTED)
def test_a_broken_storage_is_rejected(found: dict[str, Verdict], broken: str) -> None:
    assert found[broken].failed == {REJECTED[broken]}


def test_the_sound_storage_passes_the_same_checks(found: dict[str, Verdict]) -> None:
    assert found["MemoryStorage"].failed == set()
    assert found["MemoryStorage"].ran == set(REJECTED.values())


def test_the_contract_has_as_many_checks_as_it_says() -> None:
    assert len(checks_of(StorageContract)) >= 140
