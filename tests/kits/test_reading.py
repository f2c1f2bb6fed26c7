"""Scales, and what classes are called."""

from __future__ import annotations

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fedkd.construct import construct
from fedkd.data.scaling import fit_scaling
from fedkd.errors import OutOfRangeError
from fedkd.kits import Reading, Scale

TABLES = arrays(np.float32, st.tuples(st.integers(2, 6), st.integers(1, 4)), elements=st.floats(-1e6, 1e6, width=32))


def test_a_scale_by_hand():
    scaled = Scale((1.0, 10.0), (2.0, 5.0)).apply(np.array([[3, 20], [1, 5]], np.float32))

    # (3 - 1) / 2 and (20 - 10) / 5; (1 - 1) / 2 and (5 - 10) / 5.
    assert scaled.tolist() == [[1.0, 2.0], [0.0, -1.0]]


@given(TABLES)
def test_a_fitted_scaling_is_the_same_after_a_file(table):
    scaling = fit_scaling(table)

    text = yaml.safe_dump({"mean": list(Scale.of(scaling).mean), "std": list(Scale.of(scaling).std)})
    read = construct(yaml.safe_load(text), Scale)

    np.testing.assert_array_equal(read.apply(table), scaling.apply(table))


def test_features_are_counted():
    with pytest.raises(OutOfRangeError, match="2 entries, but there are 3 features"):
        Scale((0.0, 0.0), (1.0, 1.0)).apply(np.zeros((1, 3), np.float32))


def test_classes_are_called_by_their_numbers_unless_named():
    assert Reading().named(3) == ("0", "1", "2")
    assert Reading(labels=("well", "ill")).named(2) == ("well", "ill")
