"""The MAD filter: distances and bound by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.aggregate import MadFilter, Votes, site_distances

from .cases import votes


def filtered(several: Votes, bound: float = 2.5) -> Votes:
    """The votes after a filter that remembers nothing."""
    after, memory = MadFilter(bound=bound)(several, {})
    assert memory == {}
    return after


# One class column, three rows; the mean of all five sites is 2 in every row.
FIVE = [[[1]] * 3, [[1]] * 3, [[1.5]] * 3, [[0.5]] * 3, [[6]] * 3]


def test_distances_are_means_of_l1_to_the_mean_of_all():
    np.testing.assert_allclose(site_distances(votes(FIVE)), [1, 1, 0.5, 1.5, 4])


def test_distances_skip_what_was_not_said():
    # Row 1 is a's alone, so its mean is a's vote; row 0 has mean 2.
    some = votes([[[1], [7]], [[3], [99]]], valid=[[True, True], [True, False]])

    np.testing.assert_allclose(site_distances(some), [0.5, 1])


def test_a_site_far_from_everyone_is_put_aside():
    # Median distance 1, deviations 0, 0, 0.5, 0.5, 3 with median 0.5: the bound is 1 + 2.5 * 1.4826 * 0.5 = 2.85.
    kept = filtered(votes(FIVE, weights=[1, 2, 1, 1, 1]))

    assert kept.weights.tolist() == [1, 2, 1, 1, 0]


def test_the_bound_decides():
    # 4 is within 1 + 4.1 * 0.7413 = 4.04, and not within 1 + 4.0 * 0.7413 = 3.97.
    assert filtered(votes(FIVE), bound=4.1).weights.tolist() == [1] * 5
    assert filtered(votes(FIVE), bound=4.0).weights.tolist() == [1, 1, 1, 1, 0]


@pytest.mark.parametrize("sites", [1, 2, 3])
def test_fewer_than_four_sites_are_never_filtered(sites):
    few = votes([[[0]], [[0]], [[100]]][:sites])

    assert filtered(few).weights.tolist() == [1] * sites


def test_sites_that_all_agree_stay():
    agreed = votes([[[0.5, 0.5]] * 3] * 4)

    assert filtered(agreed).weights.tolist() == [1] * 4


def test_an_honest_minority_at_strong_skew_stays():
    # Eight sites that each know two of eight classes well and guess else: all are equally far from the mean.
    rows = np.eye(8)
    sites = [np.where((rows @ np.arange(8) // 2 == k % 4)[:, None], rows, 1 / 8) for k in range(8)]

    assert filtered(votes(np.array(sites))).weights.tolist() == [1] * 8


def test_a_site_that_said_nothing_does_not_upset_the_others():
    valid = np.ones((5, 3), bool)
    valid[0] = False

    kept = filtered(votes(FIVE, valid=valid))

    assert kept.weights[1:4].tolist() == [1, 1, 1]


@pytest.mark.parametrize("bound", [0, -1])
def test_a_bound_must_be_positive(bound):
    with pytest.raises(ValueError, match="bound="):
        MadFilter(bound=bound)
