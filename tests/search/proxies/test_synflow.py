"""Synaptic flow."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fedkd.models import initial_arrays
from fedkd.search.proxies import SynFlow
from fedkd.search.proxies.synflow import synflow

from ..cases import CLASSES, mlp
from .cases import inputs, measured


def test_one_hidden_layer_by_hand():
    # All weights made positive and all inputs one: h = W1 1 + b1, R = sum(W2 h + b2). Every weight's share of R is
    # counted: W1 and b1 carry sum(W2 h) together, W2 carries it once more, b2 its own sum.
    arrays = initial_arrays(mlp(3), (4,), CLASSES, 5)
    w1, b1, w2, b2 = (np.abs(array.astype(np.float64)) for array in arrays.values())

    flow = math.exp(synflow(mlp(3), (4,), CLASSES, 5))

    assert flow == pytest.approx(2 * (w2 @ (w1.sum(1) + b1)).sum() + b2.sum())


def test_wider_networks_let_more_flow():
    flows = SynFlow()([measured(mlp(width)) for width in (4, 16, 64)], inputs(), CLASSES, 5)

    assert list(flows) == sorted(flows)


def test_samples_do_not_matter():
    one, other = inputs(count=3), inputs(count=5) * 100

    assert SynFlow()([measured(mlp(4))], one, CLASSES, 5) == SynFlow()([measured(mlp(4))], other, CLASSES, 5)


def test_a_network_is_scored_once_however_often_it_is_asked_for():
    synflow.cache_clear()
    candidates = [measured(mlp(4)), measured(mlp(8))]

    for _ in range(3):
        SynFlow()(candidates, inputs(), CLASSES, 5)

    assert synflow.cache_info().misses == 2
