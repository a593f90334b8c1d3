"""Runs the proof anew, and prints what it came to as a table.

    uv run scripts/prove.py                              some minutes
    uv run scripts/prove.py --seeds 20000 --pairs all    some hours
    uv run scripts/prove.py --replay conclusive 17       one simulated world, line by line

It needs the project's checkout, and leaves nothing behind.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import logging
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeAlias

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from proof.exhaustive import Tally, pairs, single
from proof.plant import Caught, catch
from proof.planted import PLANTED
from proof.scenarios import SCENARIOS
from proof.simulation.judge import Run, run
from proof.simulation.mix import BEYOND, KINDS

Map: TypeAlias = Callable[..., Iterable[Any]]
Rows: TypeAlias = list[tuple[str, str]]

_DAYS_A_YEAR: Final = 365.25
#: Of the pairs, every so many-th; all of them take hours.
_SOME: Final = 101


def main() -> int:
    """Run what is asked for.

    Returns:
        The exit status: 1 if a promise was broken, or a planted bug was not found.
    """
    parser = argparse.ArgumentParser(description="Run the proof anew, and print what it came to.")
    parser.add_argument("--seeds", type=int, default=1000, help="how many seeds each kind of world runs")
    parser.add_argument("--pairs", choices=["some", "all"], default="some", help="which pairs of faults are run")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many processes work at it")
    parser.add_argument("--replay", nargs=2, metavar=("KIND", "SEED"), help="run one world, and tell what happens")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)  # faults are what the proof is about
    if asked.replay:
        return _replay(asked.replay[0], int(asked.replay[1]))
    with ProcessPoolExecutor(asked.jobs) as pool:
        return _prove(pool.map, asked.seeds, asked.pairs)


def _prove(over: Map, seeds: int, which: str) -> int:
    broken: list[str] = []
    table = [
        *_faults(over, which, broken),
        *_worlds(over, seeds, broken),
        ("violations", f"{len(broken)}"),
        *_planted(over, broken),
    ]
    _print("what", "how many", table)
    _print("beyond the promises", "runs with a violation", _beyond(over, seeds))
    print(*broken, sep="\n")
    return int(bool(broken))


def _faults(over: Map, which: str, broken: list[str]) -> Rows:
    names = list(SCENARIOS)
    _say(f"every fault at every call of {len(names)} scenarios")
    singles: Tally = sum(over(single, names), Tally())
    _say(f"{which} of the pairs of faults")
    every = 1 if which == "all" else _SOME
    doubles: Tally = sum(over(functools.partial(pairs, every=every), names), Tally())
    broken += map(str, [*singles.violations, *doubles.violations])
    return [
        ("scenarios", f"{singles.scenarios}"),
        ("port calls", f"{singles.calls:,}"),
        ("runs with one fault", f"{singles.runs:,}"),
        (f"runs with two faults ({'all' if every == 1 else f'every {every}th of all'} pairs)", f"{doubles.runs:,}"),
    ]


def _worlds(over: Map, seeds: int, broken: list[str]) -> Rows:
    _say(f"{len(KINDS)} x {seeds} simulated worlds")
    runs = _runs(over, KINDS, seeds)
    broken += [f"{one.replay}\n  {problem}" for one in runs for problem in one.problems]
    return [
        ("simulated worlds (seeds)", f"{len(runs):,}"),
        ("simulated years", f"{sum(one.days for one in runs) / _DAYS_A_YEAR:,.0f}"),
        ("faults injected in them", f"{sum(one.faults.total() + one.stalls for one in runs):,}"),
        ("most sweeps until all was quiet", f"{max(one.sweeps for one in runs)}"),
    ]


def _planted(over: Map, broken: list[str]) -> Rows:
    _say(f"{len(PLANTED)} planted bugs")
    caught: list[Caught] = list(over(catch, PLANTED))
    missed = [bug.name for bug, one in zip(PLANTED, caught, strict=True) if one.kind is None]
    broken += [f"not found: {name}" for name in missed]
    return [("planted bugs found", f"{len(PLANTED) - len(missed)} of {len(PLANTED)}")]


def _beyond(over: Map, seeds: int) -> Rows:
    _say("worlds in which parts break their own promises")
    rows = []
    for kind in BEYOND:
        runs = _runs(over, [kind], seeds)
        rows.append((kind, f"{sum(bool(one.problems) for one in runs)} of {len(runs):,}"))
    return rows


def _runs(over: Map, kinds: Sequence[str], seeds: int) -> list[Run]:
    worlds = list(itertools.product(kinds, range(seeds)))
    return list(over(run, *zip(*worlds, strict=True), chunksize=20))


def _replay(kind: str, seed: int) -> int:
    if kind not in (*KINDS, *BEYOND):
        raise SystemExit(f"KIND must be one of: {'; '.join((*KINDS, *BEYOND))}")
    told = run(kind, seed, is_traced=True)
    print(*told.lines, sep="\n")
    print(*(told.problems or ["no promise was broken"]), sep="\n")
    return int(bool(told.problems))


def _say(what: str) -> None:
    print(f"... {what}", file=sys.stderr, flush=True)


def _print(left: str, right: str, rows: Rows) -> None:
    width, wide = (max(len(text) for text in column) for column in zip((left, right), *rows, strict=True))
    print(f"\n| {left:{width}} | {right:>{wide}} |\n| {'-' * width} | {'-' * (wide - 1)}: |")
    for name, figure in rows:
        print(f"| {name:{width}} | {figure:>{wide}} |")
    print()


if __name__ == "__main__":
    sys.exit(main())
