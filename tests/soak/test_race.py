"""Two people accept one order at the same moment."""

from __future__ import annotations

import pytest

from soak.race import race
from soak.run import Server
from soak.verdict import Verdict

pytestmark = pytest.mark.soak

_ROUNDS = 100


def test_one_of_two_processes_on_sqlite_charges_an_order() -> None:
    _check(race(kind="sqlite", rounds=_ROUNDS))


def test_one_of_two_processes_on_postgresql_charges_an_order(postgres_server: Server) -> None:
    _check(race(kind="postgres", rounds=_ROUNDS, server=postgres_server))


def _check(verdict: Verdict) -> None:
    assert not verdict.count, str(verdict)
    assert verdict.figures["rounds"] == verdict.figures["charges"] == _ROUNDS
