"""New ids sort by time and repeat never; derived ids are the same in every try, and differ where anything does."""

from __future__ import annotations

import itertools
import re
from datetime import datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from orderflow import Purpose
from orderflow.ids import message_id, new_id, order_of, payment_key, unique
from values.made import NOW

moments = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(timezone.utc))
#: What ids may hold: no control characters, no lone surrogates, 1 to 200 characters.
idents = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=30)


@given(moments, moments)
@settings(max_examples=100)
def test_new_ids_sort_by_time(one: datetime, other: datetime) -> None:
    earlier, later = sorted((one, other))

    if later - earlier >= timedelta(milliseconds=1):
        assert new_id("ord", earlier) < new_id("ord", later)


def test_new_ids_of_one_moment_are_all_different() -> None:
    made = {new_id("ord", NOW) for _ in range(10_000)}

    assert len(made) == 10_000
    assert all(re.fullmatch(r"ord_[0-9a-hjkmnp-tv-z]{26}", one) for one in made)


def test_new_ids_of_one_moment_differ_by_chance_in_every_place_after_the_time() -> None:
    made = [new_id("ord", NOW).removeprefix("ord_") for _ in range(1_000)]

    assert [len({one[place] for one in made}) > 1 for place in range(26)] == [False] * 10 + [True] * 16


def test_a_clock_before_1970_makes_ids_too() -> None:
    assert new_id("ord", datetime(1969, 1, 1, tzinfo=timezone.utc)).startswith("ord_0000000000")


def test_claims_are_128_bits_of_chance() -> None:
    made = {unique() for _ in range(1_000)}

    assert len(made) == 1_000
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in made)


def test_derived_ids_never_change() -> None:
    """Gateways and inboxes keep them: another derivation in a new release would charge twice, or tell twice."""
    assert payment_key("o-1", Purpose.CHARGE, 1) == "of1_s5mnl3ptluphvrcn6rtq3tlooisxbbkh54rzdxzu"
    assert message_id("o-1", 1, "customer:m-42", "email") == "o-1.lbn5ms652yjjgjhsqh22u3zz"


def test_payment_keys_differ_where_anything_does() -> None:
    made = [payment_key(*parts) for parts in itertools.product(("o-1", "o-11", "o"), Purpose, (1, 2, 11))]

    assert len(set(made)) == len(made) == 36


@given(idents, st.sampled_from(Purpose), st.integers(1, 10**6))
@settings(max_examples=50)
def test_a_payment_key_is_stable_short_and_tells_nothing(order_id: str, purpose: Purpose, number: int) -> None:
    key = payment_key(order_id, purpose, number)

    assert key == payment_key(order_id, purpose, number)
    assert re.fullmatch("of1_[a-z2-7]{40}", key)


@given(st.lists(st.tuples(idents, st.integers(1, 99), idents, idents), min_size=2, max_size=5, unique=True))
@settings(max_examples=100)
def test_message_ids_differ_where_anything_does(parts: list[tuple[str, int, str, str]]) -> None:
    assert len({message_id(*one) for one in parts}) == len(parts)


@given(idents, st.integers(1, 10**9), idents, idents)
@settings(max_examples=50)
def test_a_message_id_tells_its_order(order_id: str, seq: int, recipient: str, route: str) -> None:
    made = message_id(order_id, seq, recipient, route)

    assert order_of(made) == order_id
    assert made == message_id(order_id, seq, recipient, route)


def test_the_longest_order_id_makes_a_message_id_that_fits() -> None:
    assert len(message_id("x" * 200, 1, "r", "email")) <= 230


def test_what_is_no_message_id_tells_no_order() -> None:
    assert order_of("x") == ""
