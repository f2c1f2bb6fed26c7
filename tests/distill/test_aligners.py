"""Maps of classes: mass goes where the map says, and rows stay distributions."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.distill import Aligner, LabelMap

FINE = np.array([[0.1, 0.2, 0.7]], np.float32)


def test_fine_classes_add_up_to_their_coarse_one():
    coarse = LabelMap(((0, 1), (1, 1), (2, 0)), classes=2)

    assert isinstance(coarse, Aligner)
    np.testing.assert_allclose(coarse(FINE), [[0.7, 0.3]], rtol=1e-6)


def test_a_coarse_class_shares_its_mass_evenly():
    fine = LabelMap(((0, 0), (0, 1), (1, 2)), classes=3)

    np.testing.assert_allclose(fine(np.array([[0.6, 0.4]], np.float32)), [[0.3, 0.3, 0.4]], rtol=1e-6)


def test_mass_without_a_partner_is_shared_in_proportion():
    some = LabelMap(((0, 0), (1, 1)), classes=2)

    np.testing.assert_allclose(some(FINE), [[1 / 3, 2 / 3]], rtol=1e-6)


@pytest.mark.parametrize("pairs", [(), ((0, 0), (0, 0)), ((-1, 0),), ((0, 2),)])
def test_impossible_maps_are_refused(pairs):
    with pytest.raises(ValueError, match="label map"):
        LabelMap(pairs, classes=2)
