"""The plain mean: three rows by hand."""

from __future__ import annotations

import numpy as np

from fedkd.aggregate import Mean

from .cases import votes

LOGITS = [[[3, 0], [1, 1], [2, -2]], [[0, 6], [2, 4], [4, 8]]]


def test_every_valid_vote_counts_alike():
    missing = [[True, True, False], [True, True, True]]

    mean = Mean()(votes(LOGITS, valid=missing, samples=[1, 9]))

    np.testing.assert_allclose(mean, [[1.5, 3], [1.5, 2.5], [4, 8]])


def test_votes_may_count_by_private_samples():
    mean = Mean(by_samples=True)(votes(LOGITS, samples=[1, 3]))

    np.testing.assert_allclose(mean, [[0.75, 4.5], [1.75, 3.25], [3.5, 5.5]])


def test_a_site_that_was_put_aside_does_not_count():
    mean = Mean()(votes(LOGITS, weights=[0, 1]))

    np.testing.assert_allclose(mean, LOGITS[1])
