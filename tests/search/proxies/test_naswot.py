"""NASWOT."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.models import ArchSpec, initial_arrays
from fedkd.search.proxies import Naswot
from fedkd.search.proxies.naswot import log_determinant, naswot

from ..cases import CLASSES, FEATURES, mlp
from .cases import inputs, measured


def test_the_kernel_counts_agreeing_units():
    # Codes 110 and 100 and 011 differ in 1, 2 and 3 of 3 units: K = [[3, 2, 1], [2, 3, 0], [1, 0, 3]], det K = 12.
    codes = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1]], np.float64)

    assert log_determinant(codes) == pytest.approx(np.log(12))


def test_samples_of_one_code_score_far_less_but_not_minus_infinity():
    codes = np.array([[1, 1, 0], [1, 1, 0], [0, 1, 1]], np.float64)

    assert np.isfinite(log_determinant(codes))
    assert log_determinant(codes) < -30


def test_the_code_is_the_sign_of_every_hidden_unit():
    samples = inputs(count=5)
    w1, b1, w2, b2, _, _ = initial_arrays(mlp(7, 6), (FEATURES,), CLASSES, 5).values()
    first = np.maximum(samples @ w1.T + b1, 0)
    second = np.maximum(first @ w2.T + b2, 0)
    codes = np.concatenate([first > 0, second > 0], axis=1).astype(np.float64)

    assert naswot(mlp(7, 6), samples, CLASSES, 5) == pytest.approx(log_determinant(codes))


def test_networks_without_relus_have_no_code():
    window = inputs((6, 30))

    scores = Naswot()([measured(ArchSpec.of("gru"), (6, 30)), measured(mlp(20), (6, 30))], window, CLASSES, 5)

    assert np.isnan(scores).tolist() == [True, False]
