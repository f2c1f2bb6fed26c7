"""Gradient norm."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from fedkd.models import initial_arrays
from fedkd.search.proxies.gradient_norm import gradient_norm

from ..cases import CLASSES, FEATURES, mlp
from .cases import inputs


def test_logistic_regression_by_hand():
    # Without a hidden layer the gradient of the mean cross entropy is (p - y)^T x / n for the weights and the mean of
    # p - y for the biases. Six samples of three classes get the pseudo labels 0, 1, 2, 0, 1, 2.
    samples = inputs(count=6)
    weight, bias = initial_arrays(mlp(), (FEATURES,), CLASSES, 5).values()
    error = softmax(samples @ weight.T + bias, axis=1) - np.eye(3)[[0, 1, 2, 0, 1, 2]]
    gradient = np.concatenate([(error.T @ samples / 6).ravel(), error.mean(axis=0)])

    assert gradient_norm(mlp(), samples, CLASSES, 5) == pytest.approx(np.linalg.norm(gradient), rel=1e-5)


def test_larger_inputs_pull_more():
    assert gradient_norm(mlp(8), 10 * inputs(), CLASSES, 5) > gradient_norm(mlp(8), inputs(), CLASSES, 5)
