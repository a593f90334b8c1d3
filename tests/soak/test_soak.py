"""Shops whose processes are killed all the time, for some seconds; `scripts/soak.py` runs them for hours."""

from __future__ import annotations

import pytest

from soak.run import Server, soak

pytestmark = pytest.mark.soak

#: How long processes are killed; to come to rest takes as long again.
_SECONDS = 6


@pytest.mark.parametrize("conclusive", [True, False], ids=["look-ups prove", "look-ups prove nothing"])
def test_nothing_is_lost_and_no_money_moves_twice_when_workers_on_sqlite_are_killed(conclusive: bool) -> None:
    verdict = soak(kind="sqlite", seconds=_SECONDS, seed=1, conclusive=conclusive)
    assert not verdict.count, str(verdict)
    assert verdict.figures["acknowledged"] > 0
    assert verdict.figures["kills of workers"] > 0


def test_nothing_is_lost_and_no_money_moves_twice_when_workers_and_postgresql_are_killed(
    postgres_server: Server,
) -> None:
    verdict = soak(kind="postgres", seconds=2 * _SECONDS, seed=1, server=postgres_server)
    assert not verdict.count, str(verdict)
    assert verdict.figures["acknowledged"] > 0
    assert verdict.figures["restarts of the server"] > 0
