"""The examples of the README run as tests, two options make the proof longer, and no test is held to a clock."""

from __future__ import annotations

import pytest
from hypothesis import settings
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

pytest_plugins = ["pytester"]
settings.register_profile("any machine", deadline=None)  # how long an example takes is the machine's affair
settings.load_profile("any machine")
pytest_collect_file = Sybil(parsers=[PythonCodeBlockParser()], patterns=["README.md"]).pytest()


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long the proof takes: by default, what fits into every run of the tests."""
    proof = parser.getgroup("proof")
    proof.addoption("--seeds", type=int, default=None, help="how many seeds the simulation and the model run")
    proof.addoption("--pairs", choices=["some", "all"], default="some", help="which pairs of faults are run")
