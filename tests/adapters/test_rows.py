"""Where a range of texts that begin alike ends, by code point."""

from __future__ import annotations

import pytest

from orderflow.adapters.rows import prefix_end


@pytest.mark.parametrize(
    ("prefix", "end"),
    [
        ("txn", "txo"),
        ("a\U0010ffff", "b"),
        ("\ud7ff", "\ue000"),
        ("\U0010ffff", None),
        ("", None),
    ],
    ids=["a word", "after the last point", "over the surrogates", "the last point", "nothing"],
)
def test_a_prefix_ends_before_the_first_text_that_does_not_begin_with_it(prefix: str, end: str | None) -> None:
    assert prefix_end(prefix) == end
