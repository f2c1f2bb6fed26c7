"""Activation overlap."""

from __future__ import annotations

import numpy as np

from fedkd.search.proxies.activation_overlap import activation_overlap

from ..cases import CLASSES, mlp
from .cases import inputs


def test_a_network_that_tells_samples_apart_scores_more_than_one_that_sees_them_alike():
    different = inputs()
    alike = np.repeat(different[:1], 12, axis=0)

    assert activation_overlap(mlp(16), different, CLASSES, 5) > activation_overlap(mlp(16), alike, CLASSES, 5)


def test_samples_that_are_all_alike_have_the_determinant_of_one_plus_a_constant_matrix():
    # No feature is above its median, so any two of the n samples agree in all 16: det(I + 16 J) = 1 + 16 n.
    alike = np.repeat(inputs()[:1], 12, axis=0)

    assert np.isclose(activation_overlap(mlp(16), alike, CLASSES, 5), np.log(1 + 16 * 12))
