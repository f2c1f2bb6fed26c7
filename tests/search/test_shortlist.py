"""The shortlist: few networks, and one for everybody."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fedkd.search.shortlist import shortlist

from .cases import mlp

A, B, C, D = mlp(1), mlp(2), mlp(3), mlp(4)
EQUAL = dict.fromkeys((A, B, C, D), 100)


def test_the_network_that_is_best_for_most_comes_first():
    scores = {"phone": {A: 0.5, B: 0.9}, "board": {A: 0.5, B: 0.1}}

    # Seven phones gain 7 x 1.9 from B, boards 3 x 1.1; A gives 10 x 1.5.
    assert shortlist(scores, {"phone": 7, "board": 3}, EQUAL, 1) == (B,)
    assert shortlist(scores, {"phone": 3, "board": 7}, EQUAL, 1) == (A,)


def test_more_are_picked_while_they_improve_some_class():
    scores = {"phone": {A: 0.5, B: 0.9, C: 0.2}, "board": {A: 0.5, B: 0.1}}

    assert shortlist(scores, {"phone": 7, "board": 3}, EQUAL, 2) == (B, A)
    assert set(shortlist(scores, {"phone": 7, "board": 3}, EQUAL, 9)) == {A, B}


def test_the_limit_is_kept():
    same = dict.fromkeys(EQUAL, 0.5)
    scores = {name: same | {best: 1.0} for name, best in zip("abcd", EQUAL, strict=True)}

    for limit in range(1, 5):
        assert len(shortlist(scores, dict.fromkeys("abcd", 1), EQUAL, limit)) == limit


def test_places_that_are_left_go_to_networks_at_most_half_as_costly():
    scores = {"phone": {A: 0.3, B: 0.6, C: 0.5, D: 0.9}}
    macs = {A: 20, B: 51, C: 50, D: 100}

    assert shortlist(scores, {"phone": 1}, macs, 2) == (D, C)
    assert B not in shortlist(scores, {"phone": 1}, macs, 4)


def test_a_lone_site_of_a_rare_class_is_not_left_out():
    # Twenty phones and twenty boards gain more from a better network than one sensor from its first.
    scores = {"phone": {A: 0.5, B: 0.9}, "board": {A: 0.5, C: 0.9}, "sensor": {D: 0.1}}

    listed = shortlist(scores, {"phone": 20, "board": 20, "sensor": 1}, EQUAL, 3)

    assert D in listed


SCORES = st.dictionaries(
    st.sampled_from("abc"),
    st.dictionaries(st.sampled_from([A, B, C, D]), st.floats(0.01, 1), min_size=1),
    min_size=1,
)


@given(SCORES, st.lists(st.integers(1, 30), min_size=3, max_size=3), st.integers(0, 3))
def test_every_class_has_a_network_if_there_is_a_place_for_each(scores, sites, more):
    shares = dict(zip("abc", map(float, sites), strict=True))
    limit = len(scores) + more

    listed = shortlist(scores, shares, EQUAL, limit)

    assert len(listed) == len(set(listed)) <= limit
    assert all(set(ranked) & set(listed) for ranked in scores.values())
