"""What `orderflow.testing` has is complete, and said in the reference."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from orderflow import testing

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "testing.md"


def test_the_names_are_sorted_and_stand_there_once() -> None:
    assert testing.__all__ == sorted(set(testing.__all__))


@pytest.mark.parametrize("name", testing.__all__)
def test_every_name_says_what_it_is_and_is_in_the_reference(name: str) -> None:
    assert inspect.getdoc(getattr(testing, name))
    assert re.search(rf"^::: orderflow\.testing\.{name}$", REFERENCE.read_text(encoding="utf-8"), re.M)


def test_what_is_not_there_is_refused_as_ever() -> None:
    with pytest.raises(AttributeError, match=r"orderflow\.testing has no attribute HostContract"):
        _ = testing.HostContract  # type: ignore[attr-defined]
