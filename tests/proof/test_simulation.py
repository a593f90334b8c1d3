"""Simulated worlds: several processes, years of trouble, and books that come out right whatever the seed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from orderflow import EventKind
from proof.simulation.judge import MOST_SWEEPS, Run, run
from proof.simulation.mix import KINDS, TROUBLE

#: What fits into every run of the tests; `--seeds` runs more.
SEEDS = 150

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest) -> dict[str, list[Run]]:
    seeds = request.config.getoption("--seeds") or SEEDS
    return {kind: [run(kind, seed) for seed in range(seeds)] for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_no_seed_breaks_a_promise(runs: dict[str, list[Run]], kind: str) -> None:
    broken = [one for one in runs[kind] if one.problems]
    told = [f"{one.replay}\n  " + "\n  ".join(one.problems) for one in broken[:5]]
    assert not broken, f"{len(broken)} of {len(runs[kind])} runs\n" + "\n".join(told)


@pytest.mark.parametrize("kind", KINDS)
def test_all_comes_to_rest_once_the_trouble_is_over(runs: dict[str, list[Run]], kind: str) -> None:
    assert max(one.sweeps for one in runs[kind]) <= MOST_SWEEPS


def test_the_seeds_meet_every_trouble_and_reach_every_event(runs: dict[str, list[Run]]) -> None:
    """Or they would prove less than they seem to."""
    faults: Counter[str] = Counter()
    events: Counter[str] = Counter()
    for one in (one for some in runs.values() for one in some):
        faults += one.faults
        events += one.events
    assert set(TROUBLE) - set(faults) == set()
    assert {str(kind) for kind in EventKind} - set(events) == set()


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_replays_exactly_wherever_it_runs(kind: str) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from proof.simulation.judge import run\n"
        "print(run(sys.argv[2], 11).digest)"
    )
    tests = str(Path(__file__).parents[1])
    told = {
        subprocess.run(
            [sys.executable, "-c", code, tests, kind],
            env={**os.environ, "PYTHONHASHSEED": str(chance)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for chance in (1, 2)
    }
    assert told == {f"{run(kind, 11).digest}\n"}


def test_a_traced_run_tells_what_happened_line_by_line() -> None:
    plain, traced = run(KINDS[0], 3), run(KINDS[0], 3, is_traced=True)
    assert plain.digest == traced.digest
    assert plain.lines == ()
    assert len(traced.lines) > 10
