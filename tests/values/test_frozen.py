"""A mapping that can be read, compared, hashed, copied and pickled, and not changed."""

from __future__ import annotations

import copy
import pickle
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderflow.frozen import FrozenMapping

mappings = st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=5)


@given(mappings)
@settings(max_examples=50)
def test_it_reads_like_the_mapping_that_it_copied(mapping: dict[str, str]) -> None:
    frozen = FrozenMapping(mapping)

    assert dict(frozen) == mapping
    assert list(frozen) == list(mapping)
    assert len(frozen) == len(mapping)
    assert repr(frozen) == repr(mapping)
    assert frozen.get("not there at all") is None
    with pytest.raises(KeyError):
        frozen["not there at all"]


@given(mappings, mappings)
@settings(max_examples=50)
def test_it_compares_like_mappings_and_hashes_alike(one: dict[str, str], other: dict[str, str]) -> None:
    assert (FrozenMapping(one) == FrozenMapping(other)) is (one == other)
    assert (FrozenMapping(one) == other) is (other == FrozenMapping(one)) is (one == other)
    assert FrozenMapping(one) == MappingProxyType(one)
    assert hash(FrozenMapping(one)) == hash(FrozenMapping(dict(reversed(one.items()))))


@pytest.mark.parametrize("other", [None, [], (), "", 0, set()])
def test_it_equals_nothing_that_is_no_mapping(other: object) -> None:
    assert FrozenMapping() != other


def test_the_mapping_that_was_passed_in_may_change_afterwards() -> None:
    mapping = {"a": "1"}
    frozen = FrozenMapping(mapping)

    mapping["a"] = "2"

    assert frozen == {"a": "1"}


def test_nothing_in_it_can_be_changed() -> None:
    frozen = FrozenMapping({"a": "1"})

    with pytest.raises(TypeError):
        frozen["a"] = "2"  # type: ignore[index]
    with pytest.raises(TypeError):
        del frozen["a"]  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        frozen.new = 1  # type: ignore[attr-defined]
    for change in ("update", "pop", "clear", "setdefault", "popitem", "__ior__"):
        assert not hasattr(frozen, change)


def test_it_can_be_copied_and_pickled() -> None:
    frozen = FrozenMapping({"a": "1"})

    for twin in (copy.copy(frozen), copy.deepcopy(frozen), pickle.loads(pickle.dumps(frozen))):
        assert type(twin) is FrozenMapping
        assert twin == frozen
        assert hash(twin) == hash(frozen)
