"""Spectral filtering: who is dropped, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.aggregate import Cronus

from .cases import votes


def line(*firsts: float) -> list[list[list[float]]]:
    """Votes of two classes lie on a line, so the top direction is that line."""
    return [[[p, 1 - p]] for p in firsts]


def test_the_farthest_votes_go_in_two_passes():
    # Ten votes, a share of 0.2: one a pass. Mean 0.37, so 1.0 goes first; then mean 0.3, and 0.8 goes.
    ten = votes(line(*[0.2] * 4, *[0.275] * 4, 0.8, 1.0))

    np.testing.assert_allclose(Cronus(share=0.2)(ten)[0, 0], (4 * 0.2 + 4 * 0.275) / 8, rtol=1e-5)


def test_a_share_of_zero_is_the_mean():
    np.testing.assert_allclose(Cronus(share=0)(votes(line(0, 0.3, 0.9)))[0, 0], 0.4, rtol=1e-6)


def test_too_few_votes_are_not_filtered():
    # A tenth of two votes a pass is none.
    np.testing.assert_allclose(Cronus(share=0.2)(votes(line(0, 1))), [[0.5, 0.5]])


def test_never_all_votes_go():
    # At a share of 0.49 a quarter of two votes is half a vote, rounded up to one; but that would leave none after two.
    np.testing.assert_allclose(Cronus(share=0.49)(votes(line(0.2, 0.6))), [[0.4, 0.6]], rtol=1e-6)


def test_each_sample_has_its_own_outliers():
    values = np.repeat(np.array(line(*[0.3] * 9, 0.3)), 2, axis=1)
    values[0, 0] = values[9, 1] = [1, 0]

    np.testing.assert_allclose(Cronus(share=0.2)(votes(values)), [[0.3, 0.7]] * 2, rtol=1e-5)


def test_missing_votes_are_neither_dropped_nor_counted():
    values = np.array(line(*[0.3] * 9, 1.0, 0.6))
    valid = np.ones((11, 1), bool)
    valid[10] = False

    np.testing.assert_allclose(Cronus(share=0.2)(votes(values, valid=valid)), [[0.3, 0.7]], rtol=1e-5)


@pytest.mark.parametrize("share", [-0.1, 0.5])
def test_impossible_shares_are_refused(share):
    with pytest.raises(ValueError, match="share="):
        Cronus(share=share)
