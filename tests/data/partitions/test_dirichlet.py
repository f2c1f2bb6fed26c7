"""Label skew by Dirichlet draws."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.data.partitions import Dirichlet
from fedkd.errors import OutOfRangeError, PartitionError

TARGETS = np.repeat(np.arange(10), 100)


def histograms(alpha, seed=0):
    parts = Dirichlet(alpha).deal(TARGETS, 10, None, np.random.default_rng(seed))
    return np.stack([np.bincount(TARGETS[part], minlength=10) for part in parts])


def test_every_site_gets_its_minimum():
    for seed in range(5):
        assert histograms(0.1, seed).sum(axis=1).min() >= 10


def test_alpha_rules_the_skew():
    """The share of a site's commonest class falls from nearly one to nearly a tenth."""
    strong, weak = (
        np.mean([(h.max(axis=1) / h.sum(axis=1)).mean() for h in (histograms(alpha, seed) for seed in range(3))])
        for alpha in (0.1, 1000)
    )
    assert strong > 0.45
    assert weak < 0.15


def test_a_site_with_its_fair_share_gets_no_further_class():
    """Two classes, two sites: who holds half of all after class 0 gets nothing of class 1."""
    targets = np.repeat([0, 1], 50)
    for seed in range(30):
        parts = Dirichlet(0.05, min_samples=1).deal(targets, 2, None, np.random.default_rng(seed))
        for part in parts:
            first, second = np.bincount(targets[part], minlength=2)
            assert first < 50 or second == 0


def test_absent_classes_are_passed_over(rng):
    parts = Dirichlet(1.0, min_samples=1).deal(np.repeat([0, 7], 30), 3, None, rng)
    assert sum(map(len, parts)) == 60


def test_impossible_draws_end(rng):
    with pytest.raises(PartitionError, match="a site had fewer than 250"):
        Dirichlet(0.01, min_samples=250).deal(np.zeros(1000, np.int64), 4, None, rng)
    with pytest.raises(PartitionError, match="cannot give each of 101 sites 10"):
        Dirichlet(1.0).deal(TARGETS, 101, None, rng)


@pytest.mark.parametrize("alpha", [0.0, -1.0, float("nan"), float("inf")])
def test_alpha_must_be_positive(alpha):
    with pytest.raises(OutOfRangeError, match=r"partition\.alpha"):
        Dirichlet(alpha)


def test_minimum_must_be_positive():
    with pytest.raises(OutOfRangeError, match=r"partition\.min_samples"):
        Dirichlet(0.1, min_samples=0)
