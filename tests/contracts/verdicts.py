"""Runs contracts for real, in a process of their own, against adapters that keep them and adapters that don't."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

import orderflow

__all__ = ["Verdict", "checks_of", "verdicts"]

_TESTS = Path(__file__).parents[1]
_MODULE = """
from __future__ import annotations
import pytest
from orderflow import Channel
from orderflow.testing import {contract}
{imports}

def suite(make):
    class Suite({contract}):
        @pytest.fixture
        def {fixture}(self):
            return make()
{besides}
    Suite.__name__ = "Test" + make.__name__
    return Suite

for make in [{adapters}]:
    globals()["Test" + make.__name__] = suite(make)
"""
_CONFTEST = """
import json

WANTED = json.loads({wanted!r})

def pytest_collection_modifyitems(items):
    items[:] = [
        item
        for item in items
        if not (wanted := WANTED[item.cls.__name__.removeprefix("Test")]) or item.originalname in wanted
    ]

def pytest_runtest_logreport(report):
    if report.failed or (report.when == "call" and report.passed):
        with open("verdicts.txt", "a", encoding="utf-8") as file:
            print(report.outcome, report.nodeid.partition("::")[2], file=file)
"""


@attrs.frozen
class Verdict:
    """What a contract finds of an adapter: the checks that failed, and those that ran, without their parameters."""

    failed: set[str] = attrs.field(factory=set)
    ran: set[str] = attrs.field(factory=set)


def checks_of(contract: type) -> set[str]:
    """The names of a contract's checks."""
    return {name for name in dir(contract) if name.startswith("test_")}


def verdicts(
    folder: Path,
    contract: type,
    fixture: str,
    modules: Sequence[str],
    wanted: Mapping[str, Sequence[str]],
    besides: str = "",
) -> dict[str, Verdict]:
    """What a contract finds of adapters.

    Args:
        folder: An empty one, to run in.
        contract: The suite.
        fixture: Its fixture to override.
        modules: Where the adapters are.
        wanted: By the adapter's class: the checks to run; all, if none is named.
        besides: The code of what else every suite overrides.
    """
    names = {
        "contract": contract.__name__,
        "fixture": fixture,
        "imports": "\n".join(f"from contracts.{module} import *" for module in modules),
        "adapters": ", ".join(wanted),
        "besides": textwrap.indent(besides, " " * 4),
    }
    (folder / "test_them.py").write_text(_MODULE.format(**names), encoding="utf-8")
    (folder / "conftest.py").write_text(_CONFTEST.format(wanted=json.dumps(wanted)), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "--rootdir=.", "--tb=short"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(_TESTS), str(Path(orderflow.__file__).parents[1])])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return _read(folder / "verdicts.txt")


def _read(file: Path) -> dict[str, Verdict]:
    found: dict[str, Verdict] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        outcome, _, name = line.partition(" ")
        adapter, _, check = name.partition("::")
        verdict = found.setdefault(adapter.removeprefix("Test"), Verdict())
        verdict.ran.add(check.partition("[")[0])
        if outcome == "failed":
            verdict.failed.add(check.partition("[")[0])
    return found
