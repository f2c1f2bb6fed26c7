"""The controls beside the search: fixed, smallest, largest, random."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from fedkd.search import Fixed, Largest, ListedSpace, Nsga2, OnDevice, RandomChoice, SearchStrategy, Smallest
from sim.streams import Streams

from .cases import CLASSES, FEATURES, candidate, contest, mlp, no_trials

OPTIONS = [candidate(mlp(width)) for width in (2, 5, 9)]
PROBE = np.zeros((4, FEATURES), np.float32)


def chosen(strategy, count=1):
    contests = [contest(OPTIONS, f"site-{i}") for i in range(count)]
    return [choice.spec for choice in strategy.choose(contests, no_trials, Streams(0))]


@pytest.mark.parametrize("strategy", [Fixed(), Smallest(), Largest(), RandomChoice(), OnDevice(), Nsga2()], ids=repr)
def test_scores_are_positive_one_each(strategy):
    scores = strategy.score(OPTIONS, PROBE, CLASSES, Streams(0))

    assert isinstance(strategy, SearchStrategy)
    assert scores.shape == (3,)
    assert (scores > 0).all()


def test_smallest_and_largest_take_the_ends():
    assert chosen(Smallest()) == [mlp(2)]
    assert chosen(Largest()) == [mlp(9)]


def test_smallest_and_largest_rank_by_work():
    small = Smallest().score(OPTIONS, PROBE, CLASSES, Streams(0))
    large = Largest().score(OPTIONS, PROBE, CLASSES, Streams(0))

    np.testing.assert_allclose(small, [1, 2 / 3, 1 / 3])
    np.testing.assert_allclose(large, [1 / 3, 2 / 3, 1])


def test_random_choices_are_fair_and_repeatable():
    first, again = chosen(RandomChoice(), 300), chosen(RandomChoice(), 300)

    assert first == again
    # 300 draws of three: 100 each, with a standard deviation of 8.
    assert all(abs(count - 100) < 35 for count in Counter(first).values())
    assert len(set(first)) == 3


def test_random_scores_are_a_permutation():
    scores = RandomChoice().score(OPTIONS, PROBE, CLASSES, Streams(1))

    np.testing.assert_allclose(sorted(scores), [1 / 3, 2 / 3, 1])


def test_fixed_is_the_network_that_it_names():
    fixed = Fixed("{family: mlp, hidden: [5]}")

    assert fixed.space == ListedSpace((fixed.network,))
    assert fixed.space.candidates((FEATURES,)) == (mlp(5),)
    assert fixed.limit == 1
    only = fixed.choose([contest(OPTIONS[1:2])], no_trials, Streams(0))
    assert [choice.spec for choice in only] == [mlp(5)]
