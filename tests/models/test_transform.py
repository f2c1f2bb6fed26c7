"""Int8 rounding by hand."""

import numpy as np

from fedkd.models.transform import Int8Weights, Transform
from fedkd.models.weights import to_arrays

from .cases import CASES, network

NONE = np.zeros((0, 1), np.float32)


def test_rows_are_rounded_each_on_its_scale():
    weights = np.array([[127, -1.4, 0.6], [1.27, 0.013, 0], [0, 0, 0]], np.float32)
    transform: Transform = Int8Weights()
    spec, arrays = transform.apply(CASES["mlp"][0], {"w": weights, "b": weights[0]}, NONE)
    assert spec == CASES["mlp"][0]
    np.testing.assert_allclose(arrays["w"], [[127, -1, 1], [1.27, 0.01, 0], [0, 0, 0]], rtol=1e-6)
    np.testing.assert_array_equal(arrays["b"], weights[0])
    report = transform.report()
    assert report["rounded_weights"] == 9
    np.testing.assert_allclose(report["largest_error"], 0.4, rtol=1e-5)


def test_a_network_keeps_its_layout_and_at_most_255_levels_a_row():
    before = to_arrays(network("irnet-batch"))
    copies = {name: array.copy() for name, array in before.items()}
    _, after = Int8Weights().apply(CASES["irnet-batch"][0], before, NONE)
    for name, array in before.items():
        np.testing.assert_array_equal(array, copies[name])
        assert after[name].shape == array.shape
        assert after[name].dtype == array.dtype
    rows = after["head.weight"]
    scale = np.abs(rows).max(1, keepdims=True) / 127
    np.testing.assert_allclose(rows / scale, np.rint(rows / scale), atol=1e-3)


def test_rounding_twice_changes_nothing_more():
    spec, once = Int8Weights().apply(CASES["cnn"][0], to_arrays(network("cnn")), NONE)
    _, twice = Int8Weights().apply(spec, once, NONE)
    for name, array in once.items():
        np.testing.assert_allclose(twice[name], array, atol=1e-7)
