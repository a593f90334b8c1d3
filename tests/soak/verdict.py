"""What a soak or a race came to."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import attrs

from soak.settings import Settings

__all__ = ["Verdict", "verdict_of"]


@attrs.frozen
class Verdict:
    """What a soak came to.

    Attributes:
        problems: What is wrong; at most the first of them.
        count: How much is wrong.
        figures: What there was.
        folder: All files of it; gone, if nothing is wrong.
    """

    problems: list[str]
    count: int
    figures: dict[str, int]
    folder: Path

    def __str__(self) -> str:
        figures = "\n".join(f"  {name:32} {count:>12,}" for name, count in sorted(self.figures.items()))
        if not self.count:
            return f"{figures}\n  {'violations':32} {0:>12}"
        problems = "\n".join(f"- {problem}" for problem in self.problems)
        return (
            f"{figures}\n{self.count} violations:\n{problems}\n"
            f"Everything is kept in {self.folder}: ledger.jsonl is what the gateway moved, journal-*.jsonl what\n"
            f"callers were told, sent.jsonl what people were sent, shop.db or shop.sql the store itself. Look for an\n"
            f"order's id in them. On SQLite the folder can be judged again:\n"
            f"  uv run scripts/soak.py --judge {self.folder}"
        )


def verdict_of(settings: Settings, problems: list[str], figures: Counter[str]) -> Verdict:
    """The verdict of whoever ran it, and of the judge, if there was one. The folder goes if nothing is wrong."""
    path = settings.folder / "verdict.json"
    told: dict[str, Any] = {"problems": [], "count": 0, "figures": {}}
    if path.exists():
        told |= json.loads(path.read_text())
    verdict = Verdict(
        problems=problems + told["problems"],
        count=len(problems) + told["count"],
        figures={**told["figures"], **figures},
        folder=settings.folder,
    )
    if not verdict.count:
        shutil.rmtree(settings.folder)
    return verdict
