"""Entropy weights: three rows by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.aggregate import Entropy, certainty

from .cases import votes

# H(1/4, 3/4) = ln 4 - 3/4 ln 3, so the certainty is 1 - H / ln 2 = 0.188722.
SKEWED = 1 - (np.log(4) - 0.75 * np.log(3)) / np.log(2)


def test_certainty_is_one_minus_the_normalised_entropy():
    rows = np.array([[1, 0], [0.5, 0.5], [0.25, 0.75]], np.float32)

    np.testing.assert_allclose(certainty(rows), [1, 0, SKEWED], atol=1e-6)


def test_certainty_of_many_classes():
    # Two of four classes alike: H = ln 2, half of ln 4.
    assert certainty(np.array([0.5, 0.5, 0, 0], np.float32)) == pytest.approx(0.5, abs=1e-6)


def test_the_unsure_abstain_and_the_sure_decide():
    several = votes([[[1, 0], [0.5, 0.5], [1, 0]], [[0.5, 0.5], [0.5, 0.5], [0.25, 0.75]]])
    weight = SKEWED**2

    fused = Entropy(power=2)(several)

    # Row 0: the second site abstains. Row 1: all abstain, so the plain mean. Row 2: weights 1 and 0.1887 squared.
    mixed = (1 + weight * 0.25) / (1 + weight)
    np.testing.assert_allclose(fused, [[1, 0], [0.5, 0.5], [mixed, 1 - mixed]], atol=1e-6)


def test_power_zero_is_the_plain_mean():
    several = votes([[[1, 0]], [[0.5, 0.5]]])

    np.testing.assert_allclose(Entropy(power=0)(several), [[0.75, 0.25]])


def test_a_site_that_is_not_valid_or_put_aside_does_not_count():
    values = [[[1, 0], [1, 0]], [[0, 1], [0, 1]], [[0, 1], [0, 1]]]
    some = votes(values, valid=[[True, True], [True, False], [True, False]], weights=[1, 0, 0])

    np.testing.assert_allclose(Entropy()(some), [[1, 0], [1, 0]])


def test_fused_rows_are_distributions():
    rng = np.random.Generator(np.random.PCG64(0))
    several = votes(rng.dirichlet([0.2] * 5, (4, 30)))

    fused = Entropy()(several)

    np.testing.assert_allclose(fused.sum(1), 1, rtol=1e-5)
    assert fused.min() >= 0


def test_a_negative_power_is_refused():
    with pytest.raises(ValueError, match="power=-1"):
        Entropy(power=-1)


def test_nobody_has_more_than_the_largest_share_of_a_sample():
    # Certainties 1, SKEWED, SKEWED: with power 1 the others weigh 2 x SKEWED, and so may the first, at a share of half.
    several = votes([[[1, 0]], [[0.25, 0.75]], [[0.25, 0.75]]])

    free = Entropy(power=1)(several)
    limited = Entropy(power=1, largest_share=0.5)(several)

    np.testing.assert_allclose(free[0, 0], (1 + 2 * SKEWED * 0.25) / (1 + 2 * SKEWED), atol=1e-6)
    np.testing.assert_allclose(limited[0, 0], 0.5 * 1 + 0.5 * 0.25, atol=1e-6)


def test_the_largest_share_limits_nobody_who_is_sure_among_the_wholly_unsure():
    alone = votes([[[1, 0]], [[0.5, 0.5]]])

    np.testing.assert_allclose(Entropy(largest_share=0.5)(alone), [[1, 0]])


@pytest.mark.parametrize("share", [0.4, 1.1])
def test_impossible_largest_shares_are_refused(share):
    with pytest.raises(ValueError, match="largest_share="):
        Entropy(largest_share=share)
