"""Entropy reduction aggregation, plain and enhanced: by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.aggregate import EnhancedEra, Era

from .cases import votes

# Means over the two sites: (0.75, 0.25) and (0.5, 0.5).
TWO = [[[1, 0], [0.25, 0.75]], [[0.5, 0.5], [0.75, 0.25]]]


def test_era_is_the_softmax_of_the_mean_probabilities():
    fused = Era(temperature=0.5)(votes(TWO))

    # (0.75 - 0.25) / 0.5 = 1, so the odds are e to 1.
    np.testing.assert_allclose(fused, [[np.e / (np.e + 1), 1 / (np.e + 1)], [0.5, 0.5]], rtol=1e-6)


def test_enhanced_era_is_the_mean_to_a_power():
    fused = EnhancedEra(sharpness=2)(votes(TWO))

    # 9/16 against 1/16.
    np.testing.assert_allclose(fused, [[0.9, 0.1], [0.5, 0.5]], rtol=1e-6)


def test_the_weights_of_sites_count():
    np.testing.assert_allclose(
        EnhancedEra(sharpness=2)(votes(TWO, weights=[3, 1])), [[49 / 50, 1 / 50], [9 / 34, 25 / 34]], rtol=1e-5
    )


@pytest.mark.parametrize("fusion", [Era(), EnhancedEra(sharpness=50)])
def test_sharp_rows_stay_distributions(fusion):
    tiny = votes([[[1e-20, 0.6, 0.4]]])

    assert fusion(tiny).sum() == pytest.approx(1)
    assert fusion(tiny)[0].argmax() == 1


@pytest.mark.parametrize("fusion", [Era(), EnhancedEra()])
def test_a_row_without_votes_is_zero(fusion):
    assert fusion(votes([[[1, 0]]], valid=[[False]])).tolist() == [[0, 0]]


def test_impossible_settings_are_refused():
    with pytest.raises(ValueError, match="temperature=0"):
        Era(temperature=0)
    with pytest.raises(ValueError, match="sharpness=0"):
        EnhancedEra(sharpness=0)
