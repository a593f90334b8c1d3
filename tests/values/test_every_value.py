"""What holds for every value: junk is refused in one way, nothing passed in shows, and nothing can be changed."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import orderflow
from orderflow import Actor, Fulfillment, ManualClock, Money, OrderflowError, OrderStatus, ValidationError
from values.made import ADDRESS, ANA, CARD, GOOD, ITEM, NOW, PRICE, SUMMARY, make

CANARY = "c4n4ry"
VALUES = sorted(GOOD, key=lambda kind: kind.__name__)
CONSTRUCTORS: list[Callable[..., Any]] = [
    *VALUES,
    Money.from_minor_units,
    Actor.customer,
    Actor.merchant,
    Actor.operator,
    Actor.system,
    Fulfillment.shipped,
    Fulfillment.digital,
    Fulfillment.handed_over,
    ManualClock,
]

hostile_texts = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "\x00", "\r\n", "\ud800", "\u2028", "4242 4242 4242 4242 ", "=", "https://", "@"]),
        st.just(CANARY),
        st.sampled_from(["", "\n", "\udfff", "@example.com", "\u202e", "\x1b[31m"]),
    ),
)
long_texts = st.integers(20, 30).map(lambda thousands: CANARY * 1_000 * thousands)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**400), 2**63, 0, 1])
    | st.floats()
    | st.decimals()
    | st.text(st.characters(), max_size=8)
    | hostile_texts
    | long_texts
    | st.sampled_from([b"", CANARY.encode(), Decimal("1E+999999999"), 1j, object(), int, ..., date(2026, 1, 5)])
    | st.sampled_from([timedelta(0), timedelta.max, timedelta.min, timedelta(days=1), timezone.utc])
    | st.sampled_from(
        [datetime(2026, 1, 5), datetime.min, NOW, datetime.max.replace(tzinfo=timezone(-timedelta(hours=9)))]
    )
    | st.sampled_from([OrderStatus.RECEIVED, *orderflow.EventKind, orderflow.Role.SYSTEM, orderflow.Channel.EMAIL])
    | st.sampled_from([ADDRESS, ANA, CARD, ITEM, PRICE, SUMMARY, Money(1, "EUR"), ManualClock()])
)
keys = st.text(st.characters(), max_size=4) | hostile_texts | st.integers() | st.none()
junk = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple) | st.dictionaries(keys, inner, max_size=3)
    ),
    max_leaves=4,
) | st.sampled_from([set(), {CANARY}, frozenset({1}), range(3), {"a": {"b": [CANARY]}}, [[CANARY]], [{}], [None] * 300])


def _parameters(build: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(build).parameters)


def test_every_value_that_is_exported_is_tested_here() -> None:
    exported = [getattr(orderflow, name) for name in orderflow.__all__]

    assert {one for one in exported if isinstance(one, type) and attrs.has(one)} <= set(GOOD)


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_the_good_arguments_name_every_field(kind: type[Any]) -> None:
    assert list(GOOD[kind]) == _parameters(kind)


@given(st.data())
@settings(max_examples=1000)
def test_junk_among_good_arguments_is_refused_as_ours_and_shows_nowhere(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(VALUES))
    names = data.draw(st.lists(st.sampled_from(_parameters(kind)), min_size=1, max_size=2, unique=True))

    made = _built(kind, {**GOOD[kind], **{name: data.draw(junk, label=name) for name in names}})

    if isinstance(made, OrderflowError):
        assert isinstance(made, ValidationError)
        assert CANARY not in f"{made} {made!r} {made.__cause__!r}"
    else:
        hash(made)
        assert pickle.loads(pickle.dumps(made)) == made


@given(st.data())
@settings(max_examples=400)
def test_junk_in_any_argument_is_refused_as_ours_or_as_pythons_own(data: st.DataObject) -> None:
    build = data.draw(st.sampled_from(CONSTRUCTORS))
    parameters = inspect.signature(build).parameters
    given_ = data.draw(st.sets(st.sampled_from([*parameters, "unknown"])))
    missing = {name for name, one in parameters.items() if one.default is one.empty} - given_

    made = _built(build, {name: data.draw(junk, label=name) for name in sorted(given_)})

    assert isinstance(made, TypeError) is bool(missing or "unknown" in given_)
    assert not isinstance(made, Exception) or CANARY not in str(made)


def _built(build: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """What it builds, or the error that it may raise; all others go through."""
    try:
        return build(**arguments)
    except (OrderflowError, TypeError) as refused:
        if isinstance(refused, TypeError) and refused.__traceback__.tb_next is not None:
            raise  # it came from within
        return refused


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_every_field_refuses_what_it_cannot_hold_and_says_its_name(kind: type[Any]) -> None:
    if kind is Money:
        return  # it has a file of its own, and rules of its own

    for name in GOOD[kind]:
        with pytest.raises(ValidationError, match=rf"^{kind.__name__}\.{name} must "):
            make(kind, **{name: object()})


@pytest.mark.parametrize("build", CONSTRUCTORS, ids=lambda build: build.__qualname__)
def test_a_number_too_long_to_be_written_is_refused_like_any_other(build: Callable[..., Any]) -> None:
    """Python refuses to write it out with an error of its own."""
    arguments = dict(GOOD.get(build, {}))  # type: ignore[arg-type]
    names = _parameters(build)

    for name in names:
        for long in (10**5000, [10**5000], {"a": 10**5000}):
            with pytest.raises(ValidationError):
                build(**{**dict.fromkeys(names, "x"), **arguments, name: long})


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_a_value_cannot_be_changed(kind: type[Any]) -> None:
    value = make(kind)

    for name in (*(field.name for field in attrs.fields(kind)), "something_new"):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(value, name, None)
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            delattr(value, name)
    assert not hasattr(value, "__dict__")


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_equal_values_hash_alike_and_survive_every_copy(kind: type[Any]) -> None:
    value = make(kind)

    for twin in (make(kind), copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert twin == value
        assert hash(twin) == hash(value)
        assert repr(twin) == repr(value)


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_what_is_mutable_is_copied(kind: type[Any]) -> None:
    arguments = copy.deepcopy(dict(GOOD[kind]))
    value = kind(**arguments)

    for given_ in arguments.values():
        if isinstance(given_, (dict, list, set)):
            given_.clear()

    assert value == make(kind)


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_values_of_two_kinds_are_never_equal(kind: type[Any]) -> None:
    assert [other for other in VALUES if make(other) == make(kind)] == [kind]


def test_an_empty_mapping_is_every_values_own() -> None:
    one, other = (orderflow.Item("a", PRICE) for _ in range(2))

    assert one.details == other.details == {}


@pytest.mark.parametrize("value", [0, -1, 10**9 + 1, True, "1", 1.0])
def test_a_report_counts_in_whole_numbers(value: Any) -> None:
    if type(value) is int and value == 0:
        assert orderflow.SweepReport().concluded == 0
    else:
        with pytest.raises(ValidationError, match=r"SweepReport\.concluded must be"):
            make(orderflow.SweepReport, concluded=value)
