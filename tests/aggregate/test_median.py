"""Coordinate-wise median and trimmed mean: by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.aggregate import Mean, Median, TrimmedMean

from .cases import votes


def distributions(*firsts: float) -> list[list[list[float]]]:
    """One row of two classes a site, from the probability of the first."""
    return [[[p, 1 - p]] for p in firsts]


def test_the_median_is_the_site_in_the_middle():
    np.testing.assert_allclose(Median()(votes(distributions(0.1, 0.9, 0.2))), [[0.2, 0.8]], rtol=1e-6)


def test_of_an_even_number_it_is_the_mean_of_the_two_in_the_middle():
    np.testing.assert_allclose(Median()(votes(distributions(0.1, 0.9, 0.2, 0.4))), [[0.3, 0.7]], rtol=1e-6)


def test_medians_of_classes_are_made_a_distribution():
    # Medians 0.2, 0.2 and 0.1 sum to a half.
    three = [[[0.7, 0.2, 0.1]], [[0.2, 0.8, 0.0]], [[0.1, 0.1, 0.8]]]

    np.testing.assert_allclose(Median()(votes(three)), [[0.4, 0.4, 0.2]], rtol=1e-6)


def test_a_site_of_double_weight_is_two_sites():
    once = votes(distributions(0.1, 0.9, 0.2), weights=[1, 2, 1])
    twice = votes(distributions(0.1, 0.9, 0.9, 0.2))

    np.testing.assert_allclose(Median()(once), Median()(twice))
    np.testing.assert_allclose(TrimmedMean(share=0.3)(once), TrimmedMean(share=0.3)(twice), rtol=1e-6)


def test_the_median_destroys_minorities_that_alone_know_a_class():
    # Three sites, each sure of its own class: every class has the median 0, and nothing is left.
    np.testing.assert_allclose(Median()(votes(np.eye(3)[:, None])), [[1 / 3] * 3])


def test_the_trimmed_mean_leaves_out_the_ends():
    # A fifth of five sites at either end is one site: the mean of 0.2, 0.3 and 0.4.
    five = votes(distributions(0.2, 1.0, 0.4, 0.0, 0.3))

    np.testing.assert_allclose(TrimmedMean(share=0.2)(five), [[0.3, 0.7]], rtol=1e-6)


def test_a_vote_on_the_edge_counts_in_part():
    # A quarter of three sites at either end is 3/4 of a site: 0.1 and 0.9 count a quarter each, 0.2 counts whole.
    three = votes(distributions(0.1, 0.9, 0.2))

    first = (0.25 * 0.1 + 0.2 + 0.25 * 0.9) / 1.5
    np.testing.assert_allclose(TrimmedMean(share=0.25)(three), [[first, 1 - first]], rtol=1e-6)


def test_nothing_trimmed_is_the_mean():
    some = votes(distributions(0.1, 0.9, 0.3), weights=[1, 2, 3])

    np.testing.assert_allclose(TrimmedMean(share=0)(some), Mean()(some), rtol=1e-6)


def test_votes_that_are_not_valid_do_not_count():
    # Without the last site in row 0 the median lies between 0.2 and 0.6.
    values = np.array([[[0.2, 0.8]] * 2, [[0.6, 0.4]] * 2, [[1, 0]] * 2])
    some = votes(values, valid=[[True, True], [True, True], [False, True]])

    np.testing.assert_allclose(Median()(some), [[0.4, 0.6], [0.6, 0.4]], rtol=1e-6)


@pytest.mark.parametrize("share", [-0.1, 0.5])
def test_impossible_shares_are_refused(share):
    with pytest.raises(ValueError, match="share="):
        TrimmedMean(share=share)
