"""The geometric median: cases whose answer geometry knows."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.aggregate import GeometricMedian

from .cases import votes


def test_of_points_on_a_line_it_is_the_middle_one():
    line = votes([[[1, 0]], [[0.6, 0.4]], [[0, 1]]])

    np.testing.assert_allclose(GeometricMedian(iterations=100)(line), [[0.6, 0.4]], atol=2e-3)


def test_of_a_symmetric_triangle_it_is_the_centre():
    np.testing.assert_allclose(GeometricMedian()(votes(np.eye(3)[:, None])), [[1 / 3] * 3], rtol=1e-5)


def test_a_majority_at_one_point_wins():
    # Three of five weights at one point: more than half, so the sum of distances is least there.
    held = votes([[[1, 0]], [[0, 1]]], weights=[3, 2])

    np.testing.assert_allclose(GeometricMedian(iterations=200)(held), [[1, 0]], atol=5e-3)


def test_it_works_on_logits():
    far = votes([[[1, -1]], [[1, -1]], [[1, -1]], [[1000, 1000]]])

    np.testing.assert_allclose(GeometricMedian(iterations=50)(far), [[1, -1]], atol=0.05)


def test_impossible_settings_are_refused():
    with pytest.raises(ValueError, match="smoothing=0"):
        GeometricMedian(smoothing=0)
    with pytest.raises(ValueError, match="iterations=0"):
        GeometricMedian(iterations=0)
