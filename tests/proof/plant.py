"""Planting a bug into a copy of the package, and hunting for it there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import attrs

import orderflow
from proof.planted import Planted

_PACKAGE = Path(orderflow.__file__).parent
_TESTS = Path(__file__).parents[1]
#: Whoever measures coverage means the package, and not its broken copies.
_CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
#: How many seeds of each kind look for a bug, at most.
MOST_SEEDS = 4_000


@attrs.frozen
class Caught:
    """Which simulated world found a bug; `kind` is None if none did."""

    kind: str | None
    seed: int
    problem: str


def catch(bug: Planted, most_seeds: int = MOST_SEEDS) -> Caught:
    """Plant a bug, and look for it in simulated worlds."""
    with tempfile.TemporaryDirectory() as folder:
        return _hunt_in(plant(bug, Path(folder)), bug.seed, most_seeds)


def plant(bug: Planted, folder: Path) -> Path:
    """Copy the package into a folder, with the bug in it.

    Raises:
        AssertionError: If its place is not there, or is not the only one: the source has changed since.
    """
    copy = folder / "src" / "orderflow"
    shutil.copytree(_PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    file = copy / bug.file
    source = file.read_text()
    assert source.count(bug.old) == 1, f"{bug.name}: {bug.file} holds its place {source.count(bug.old)} times"
    file.write_text(source.replace(bug.old, bug.new))
    return copy.parent


def _hunt_in(path: Path, first: int, most_seeds: int) -> Caught:
    """Hunt in a child process that imports the package from there."""
    child = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "proof.hunt", str(first), str(most_seeds)],
        env={**_CLEAN, "PYTHONPATH": os.pathsep.join([str(path), str(_TESTS)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr[-2000:]
    return Caught(**json.loads(child.stdout))
