"""Standardising."""

from __future__ import annotations

import numpy as np

from fedkd.data import Examples
from fedkd.data.scaling import fit_scaling


def examples(inputs):
    rows = np.arange(len(inputs))
    return Examples(inputs, rows, rows)


def test_table_by_hand():
    scaling = fit_scaling(np.array([[0, 5], [2, 5]], np.float32))

    scaled = examples(np.array([[4, 6]], np.float32)).scaled(scaling)

    # Column 0: (4 - 1) / 1. Column 1 is constant, so it is only centred: 6 - 5.
    assert scaled.inputs.tolist() == [[3.0, 1.0]]
    assert scaled.inputs.dtype == np.float32


def test_sensor_windows_share_a_scale_over_time(rng):
    windows = rng.normal(3, 2, (50, 4, 10)).astype(np.float32)

    scaled = fit_scaling(windows).apply(windows)

    np.testing.assert_allclose(scaled.mean(axis=(0, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=(0, 2)), 1, rtol=1e-5)
