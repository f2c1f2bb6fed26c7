"""Zero-cost proxies: finite, repeatable, and better for what is plainly better."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fedkd.models import ArchSpec, initial_arrays, is_forest, measure
from fedkd.search import StandardSpace
from fedkd.search.budget import Candidate
from fedkd.search.proxies import activation_overlap, synflow, vote

from .cases import CLASSES, candidate, mlp

SHAPES = [(1, 8, 8), (6, 30), (4,)]


def inputs(shape: tuple[int, ...], count: int = 12) -> np.ndarray:
    return np.random.Generator(np.random.PCG64(3)).standard_normal((count, *shape)).astype(np.float32)


def some(shape: tuple[int, ...]) -> list[ArchSpec]:
    """Every seventh candidate, and so some of each family."""
    return [*StandardSpace().candidates(shape)[::7]]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_proxies_are_finite_and_repeatable(shape):
    def figures() -> list[float]:
        flows = [synflow(spec, shape, CLASSES, 5) for spec in some(shape)]
        return [*flows, *(activation_overlap(spec, inputs(shape), CLASSES, 5) for spec in some(shape))]

    first = figures()

    assert all(map(math.isfinite, first))
    assert figures() == first


def test_synflow_of_one_hidden_layer_by_hand():
    # All weights made positive and all inputs one: h = W1 1 + b1, R = sum(W2 h + b2). Every weight's share of R is
    # counted: W1 and b1 carry sum(W2 h) together, W2 carries it once more, b2 its own sum.
    arrays = initial_arrays(mlp(3), (4,), CLASSES, 5)
    w1, b1, w2, b2 = (np.abs(array.astype(np.float64)) for array in arrays.values())

    flow = math.exp(synflow(mlp(3), (4,), CLASSES, 5))

    assert flow == pytest.approx(2 * (w2 @ (w1.sum(1) + b1)).sum() + b2.sum())


def test_wider_networks_let_more_flow():
    flows = [synflow(mlp(width), (4,), CLASSES, 5) for width in (4, 16, 64)]

    assert flows == sorted(flows)


def test_a_network_that_tells_samples_apart_scores_more_than_one_that_sees_them_alike():
    different = inputs((4,))
    alike = np.repeat(different[:1], 12, axis=0)

    assert activation_overlap(mlp(16), different, CLASSES, 5) > activation_overlap(mlp(16), alike, CLASSES, 5)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_votes_are_mean_ranks(shape):
    candidates = [Candidate(spec, measure(spec, shape, CLASSES)) for spec in some(shape)]

    votes = vote(candidates, inputs(shape), CLASSES, 5)

    assert votes.shape == (len(candidates),)
    assert ((votes > 0) & (votes <= 1)).all()
    # Three proxies, each of which deals ranks with the mean (n + 1) / 2n.
    assert votes.mean() == pytest.approx((len(candidates) + 1) / 2 / len(candidates))
    np.testing.assert_array_equal(votes, vote(candidates, inputs(shape), CLASSES, 5))


def test_trees_take_part_in_a_vote():
    forest = ArchSpec.of("forest", trees=5, depth=3)

    votes = vote([candidate(mlp(4)), Candidate(forest, measure(forest, (4,), CLASSES))], inputs((4,)), CLASSES, 5)

    assert is_forest(forest)
    assert np.isfinite(votes).all()


def test_one_candidate_alone_is_the_best():
    assert vote([candidate(mlp(4))], inputs((4,)), CLASSES, 5).tolist() == [1.0]
