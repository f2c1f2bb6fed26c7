"""Lining contributions up by row, and their weighted mean."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedkd.aggregate import (
    ContradictionFilter,
    CountVote,
    Cronus,
    EnhancedEra,
    Entropy,
    Era,
    ExpWeights,
    Fusion,
    GeometricMedian,
    Guard,
    MadFilter,
    Majority,
    Mean,
    Median,
    PriorCorrected,
    TrimmedMean,
    gather,
    weighted_mean,
)

from .cases import knowledge, votes

ROWS = np.array([30, 10, 20], np.int64)


def test_contributions_line_up_by_row_id():
    first = knowledge([[1, 1], [2, 2], [3, 3]], [10, 20, 30], "a")
    second = knowledge([[6, 6], [4, 4]], [30, 10], "b")

    aligned = gather([first, second], ROWS)

    assert aligned.senders == ("a", "b")
    np.testing.assert_array_equal(aligned.values[0], [[3, 3], [1, 1], [2, 2]])
    np.testing.assert_array_equal(aligned.values[1], [[6, 6], [4, 4], [0, 0]])
    np.testing.assert_array_equal(aligned.valid, [[True, True, True], [True, True, False]])
    assert aligned.weights.tolist() == [1, 1]
    assert len(aligned) == 2


def test_a_contribution_without_rows_is_no_vote():
    aligned = gather([knowledge([[1, 1]], [10]), knowledge(np.zeros((0, 2)), [], "b")], ROWS)

    assert aligned.valid.sum(1).tolist() == [1, 0]


def test_private_samples_travel_with_the_votes():
    contributions = [knowledge([[1, 1]], [10], name) for name in "ab"]

    assert gather(contributions, ROWS, {"a": 3, "b": 7}).samples.tolist() == [3, 7]
    assert gather(contributions, ROWS).samples.tolist() == [1, 1]


def test_other_weights_leave_everything_else():
    before = votes([[[1, 2]], [[3, 4]]], samples=[5, 6])

    after = before.reweighted(np.array([0, 2]))

    assert after.weights.tolist() == [0, 2]
    assert before.weights.tolist() == [1, 1]
    assert after.values is before.values
    assert after.samples.tolist() == [5, 6]


def test_the_weighted_mean_counts_site_weight_times_row_weight_over_valid_votes():
    # Row 0: (1*1*0 + 2*3*7) / (1 + 6) = 6. Row 1: the second vote is not valid.
    several = votes([[[0], [4]], [[7], [99]]], valid=[[True, True], [True, False]], weights=[1, 2])

    mean = weighted_mean(several, np.array([[1, 1], [3, 3]], np.float32))

    np.testing.assert_allclose(mean, [[6], [4]])
    assert mean.dtype == np.float32


def test_a_row_without_weight_is_the_plain_mean_of_its_valid_votes():
    several = votes([[[2], [2]], [[4], [4]], [[90], [90]]], valid=[[True] * 2, [True] * 2, [False] * 2])

    mean = weighted_mean(several, np.array([[0, 1], [0, 0], [5, 0]], np.float32))

    np.testing.assert_allclose(mean, [[3], [2]])


def test_a_row_without_any_vote_is_zero():
    nobody = votes([[[5]], [[7]]], valid=[[False], [False]])

    assert weighted_mean(nobody, np.ones((2, 1), np.float32)).tolist() == [[0]]


def test_class_counts_travel_with_the_votes_where_they_are_shared():
    contributions = [knowledge([[1, 1]], [10], name) for name in "ab"]
    counts = {"b": np.array([3, 4]), "a": np.array([1, 2])}

    assert gather(contributions, ROWS, counts=counts).counts.tolist() == [[1, 2], [3, 4]]
    assert gather(contributions, ROWS).counts is None


def test_trusted_votes_are_those_that_no_guard_put_aside_if_there_are_any():
    # Row 0: b is put aside. Row 1: nobody but b speaks. Row 2: nobody speaks.
    several = votes(
        np.zeros((3, 3, 1)),
        valid=[[True, False, False], [True, True, False], [True, False, False]],
        weights=[0.25, 0, 2],
    )

    assert several.trusted.tolist() == [[True, False, False], [False, True, False], [True, False, False]]
    assert several.site_weights.tolist() == [[0.25, 0, 0], [0, 1, 0], [2, 0, 0]]


FUSIONS = [
    Mean(),
    Mean(by_samples=True),
    Entropy(),
    Entropy(power=0),
    Entropy(largest_share=0.5),
    EnhancedEra(sharpness=1),
    Median(),
    TrimmedMean(),
    GeometricMedian(),
    Cronus(),
]
SHARP = [Era(), EnhancedEra(), Majority(), CountVote(), PriorCorrected()]


@pytest.mark.parametrize("fusion", FUSIONS, ids=repr)
def test_one_site_alone_is_its_own_ensemble(fusion):
    alone = votes([[[0.9, 0.1], [0.5, 0.5], [0, 1]]])

    assert isinstance(fusion, Fusion)
    np.testing.assert_allclose(fusion(alone), alone.values[0], rtol=1e-6)


@pytest.mark.parametrize("guard", [MadFilter(), ExpWeights(), ContradictionFilter()], ids=repr)
def test_one_site_alone_is_never_put_aside(guard):
    alone = votes([[[0.9, 0.1], [0.5, 0.5]]])

    assert isinstance(guard, Guard)
    first, memory = guard(alone, {})
    second, _ = guard(alone, memory)
    assert first.weights.tolist() == second.weights.tolist() == [1]


@pytest.mark.parametrize("fusion", FUSIONS + SHARP, ids=repr)
def test_a_site_that_was_put_aside_changes_nothing(fusion):
    rng = np.random.Generator(np.random.PCG64(1))
    values, counts = rng.dirichlet([0.5] * 4, (6, 20)), rng.integers(1, 9, (6, 4))
    valid = rng.random((6, 20)) < 0.8
    others = values.copy()
    others[2] = rng.dirichlet([0.5] * 4, 20)
    valid[:2] = True
    weights = [1, 0.5, 0, 2, 1, 1]

    one = fusion(votes(values, valid, weights, counts=counts))

    np.testing.assert_array_equal(one, fusion(votes(others, valid, weights, counts=counts)))


@pytest.mark.parametrize("fusion", FUSIONS + SHARP, ids=repr)
@given(seed=st.integers(0, 10**6), sites=st.integers(1, 7))
@settings(max_examples=20, deadline=None)
def test_fusions_make_distributions_whoever_speaks(fusion, seed, sites):
    rng = np.random.Generator(np.random.PCG64(seed))
    values = rng.dirichlet([0.3] * 4, (sites, 9))
    valid = rng.random((sites, 9)) < 0.7
    weights = rng.integers(0, 3, sites)
    several = votes(values, valid, weights, counts=rng.integers(0, 5, (sites, 4)))

    fused = fusion(several)

    assert fused.dtype == np.float32
    assert fused.min() >= 0
    np.testing.assert_allclose(fused.sum(1), valid.any(0), atol=1e-5)


@pytest.mark.parametrize("fusion", [f for f in FUSIONS + SHARP if not isinstance(f, Majority)], ids=repr)
@given(seed=st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_the_order_of_the_sites_does_not_matter(fusion, seed):
    rng = np.random.Generator(np.random.PCG64(seed))
    values, counts = rng.dirichlet([0.5] * 3, (5, 8)), rng.integers(1, 5, (5, 3))
    order = rng.permutation(5)

    one = fusion(votes(values, samples=[1, 2, 3, 4, 5], counts=counts))
    other = fusion(votes(values[order], samples=order + 1, counts=counts[order]))

    np.testing.assert_allclose(one, other, atol=1e-5)
