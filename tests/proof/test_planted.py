"""Bugs planted into the real flows are found by the simulated worlds: or their silence would prove nothing."""

from __future__ import annotations

import pytest

from proof.plant import catch
from proof.planted import PLANTED, Planted

pytestmark = pytest.mark.proof


@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: bug.name)
def test_a_planted_bug_is_found(bug: Planted) -> None:
    assert catch(bug).kind is not None, f"no seed finds: {bug.name}"


def test_the_bugs_are_many_and_different() -> None:
    assert len({(bug.file, bug.old, bug.new) for bug in PLANTED}) == len({bug.name for bug in PLANTED}) == len(PLANTED)
    assert len(PLANTED) >= 25
