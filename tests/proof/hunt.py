"""Runs seeds until one finds something: `python -m proof.hunt FIRST MOST`, over whichever package is on the path."""

from __future__ import annotations

import itertools
import json
import logging
import sys

from proof.simulation.judge import run
from proof.simulation.mix import KINDS


def hunt(first: int, most: int) -> dict[str, object]:
    """The first run that finds something: of one seed in all kinds, and then of the seeds from nothing on."""
    for seed in itertools.chain([first], range(most)):
        for kind in KINDS:
            found = run(kind, seed)
            if found.problems:
                return {"kind": kind, "seed": seed, "problem": found.problems[0]}
    return {"kind": None, "seed": most, "problem": ""}


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    sys.stdout.write(json.dumps(hunt(int(sys.argv[1]), int(sys.argv[2]))))
