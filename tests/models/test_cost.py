"""Costs counted by hand."""

import pytest

from fedkd.errors import ArchitectureError
from fedkd.models.arch import ArchSpec
from fedkd.models.cost import Cost, measure, step_bytes
from sim.device import Effort


def test_tiny_cnn_by_hand():
    # [1, 4, 4] -conv 3x3 /2-> [2, 2, 2] -> 8 -> 3
    parameters = (9 * 2 + 2) + (8 * 3 + 3)
    macs = 8 * 9 + 8 * 3
    activation_bytes = 4 * (8 + 8 + 3)
    expected = Cost(parameters, macs, activation_bytes, layers=3)
    assert measure(ArchSpec.of("cnn", channels=(2,)), (1, 4, 4), 3) == expected
    assert step_bytes(expected, 64, 10) == 16 * parameters + 10 * (3 * activation_bytes + 2 * 64) + 16384


def test_a_step_starts_every_layer_three_times():
    cost = Cost(parameters=1, macs=100, activation_bytes=1, layers=5)
    assert cost.training(samples=64, steps=2) == Effort(3 * 100 * 64, 3 * 5 * 2)
    assert cost.asking(7) == Effort(100 * 7, 5)
    assert cost.asking(0) == Effort()


def test_gru_by_hand():
    cost = measure(ArchSpec.of("gru", hidden=3), (2, 5), 4)
    assert cost.macs == 5 * 3 * 3 * (2 + 3) + 3 * 4
    assert cost.activation_bytes == 4 * (5 * 3 * 4 + 4)


def test_deepconvlstm_by_hand():
    spec = ArchSpec.of("deepconvlstm", maps=2, convolutions=1, kernel=3, hidden=3, layers=2)
    # Two features, five steps: two maps of three steps a feature, then LSTMs with 4 and 3 inputs.
    macs = (2 * 2 * 3) * 3 + 3 * 4 * 3 * (4 + 3) + 3 * 4 * 3 * (3 + 3) + 3 * 4
    cost = measure(spec, (2, 5), 4)
    assert cost.macs == macs
    assert cost.activation_bytes == 4 * (12 + 12 + 3 * 2 * 3 * 6 + 4)


def test_known_cost_of_resnet18():
    # 555.4 million convolutions and 5,120 in the head, the usual figure for CIFAR
    assert measure(ArchSpec.of("resnet18"), (3, 32, 32), 10).macs == 555_422_720


def test_trees_cost_what_they_may_become():
    cost = measure(ArchSpec.of("forest", trees=2, depth=1), (5,), 3)
    # Three nodes a tree, each with four numbers and three probabilities, and a root's position
    assert cost == Cost(2 * (1 + 3 * 7), 2, 0, 1)
    boosting = measure(ArchSpec.of("boosting", stages=2, depth=1), (5,), 3)
    assert boosting.parameters == 2 * 3 + 6 * (1 + 3 * 5)


def test_wrong_shapes_are_refused():
    for family in ("cnn", "forest"):
        with pytest.raises(ArchitectureError):
            measure(ArchSpec.of(family), (), 3)
