"""Multiplicative weights: two rounds by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.aggregate import ExpWeights

from .cases import votes

# The mean is 1/2 in each class. L1 distances 1, 1, 0, halved 1/2, 1/2, 0.
ROUND = [[[1, 0]], [[0, 1]], [[0.5, 0.5]]]


def test_weights_fall_with_the_sum_of_distances():
    guard = ExpWeights(eta=2)

    first, memory = guard(votes(ROUND), {})
    second, _ = guard(votes(ROUND), memory)

    np.testing.assert_allclose(first.weights, np.exp([-1, -1, 0]), rtol=1e-6)
    np.testing.assert_allclose(second.weights, np.exp([-2, -2, 0]), rtol=1e-6)


def test_who_does_not_take_part_keeps_what_it_has_lost():
    guard = ExpWeights(eta=2)
    _, memory = guard(votes(ROUND), {})

    _, later = guard(votes(ROUND[2:]), memory)

    # The third site of the first round is called c, the only one of the second round a: its sum stays 1/2.
    assert {name: float(value) for name, value in later.items()} == {"loss/a": 0.5, "loss/b": 0.5, "loss/c": 0}


def test_weights_of_before_are_kept():
    after, _ = ExpWeights(eta=2)(votes(ROUND, weights=[0, 1, 3]), {})

    np.testing.assert_allclose(after.weights, [0, np.exp(-1), 3], rtol=1e-6)


def test_eta_must_be_positive():
    with pytest.raises(ValueError, match="eta=0"):
        ExpWeights(eta=0)
