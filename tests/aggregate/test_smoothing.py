"""The moving average: three rounds by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.aggregate import MovingAverage

ONE, OTHER = np.array([[1, 0]], np.float32), np.array([[0, 1]], np.float32)


def test_three_rounds():
    smooth = MovingAverage(decay=0.75)

    first = smooth(None, ONE)
    second = smooth(first, OTHER)
    third = smooth(second, OTHER)

    np.testing.assert_allclose([first[0], second[0], third[0]], [[1, 0], [0.75, 0.25], [0.5625, 0.4375]])
    assert third.dtype == np.float32


def test_a_decay_of_zero_forgets_at_once():
    np.testing.assert_array_equal(MovingAverage()(ONE, OTHER), OTHER)


@pytest.mark.parametrize("decay", [-0.1, 1.0])
def test_impossible_decays_are_refused(decay):
    with pytest.raises(ValueError, match=r"must be in \[0, 1\)"):
        MovingAverage(decay=decay)
