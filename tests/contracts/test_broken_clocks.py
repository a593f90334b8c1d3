"""Every check of the clock's contract finds a clock out."""

from __future__ import annotations

import pytest

from contracts.verdicts import Verdict, checks_of, verdicts
from orderflow.testing import ClockContract

#: What finds a broken clock out.
CAUGHT = {
    "Naive": ["test_it_tells_the_zone", "test_a_service_goes_by_it"],
    "Local": ["test_it_tells_utc"],
    "Text": ["test_it_tells_a_datetime"],
    "Calendar": ["test_it_tells_a_datetime"],
    "Awaited": ["test_it_is_asked_and_not_awaited"],
    "Backwards": ["test_it_never_goes_back_by_itself"],
    "BackwardsInThreads": ["test_every_thread_may_ask_it"],
    "Seconds": ["test_it_moves_by_as_much_as_it_is_moved"],
    "LateForServices": ["test_a_service_goes_by_it"],
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    folder = tmp_path_factory.mktemp("clocks")
    return verdicts(folder, ClockContract, "clock", ["broken_clocks"], {**CAUGHT, "ManualClock": []})


@pytest.mark.parametrize(("clock", "check"), [(name, check) for name in CAUGHT for check in CAUGHT[name]])
def test_a_broken_clock_is_found_out(found: dict[str, Verdict], clock: str, check: str) -> None:
    assert check in found[clock].failed


def test_nothing_is_wrong_with_a_sound_clock(found: dict[str, Verdict]) -> None:
    assert found["ManualClock"] == Verdict(failed=set(), ran=checks_of(ClockContract))


def test_every_check_finds_a_broken_clock_out() -> None:
    assert {check for checks in CAUGHT.values() for check in checks} == checks_of(ClockContract)
