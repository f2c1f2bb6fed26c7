"""Budgets: what a device cannot carry, and what exactly it objects to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fedkd.models import Cost
from fedkd.search.budget import Candidate, excess, objections

from .cases import candidate, device, mlp

# At batch 8 training takes 4 bytes x 4 x 100 parameters, 8 x 3 x 50 bytes of activations, 8 x 2 x 10 bytes of samples
# and 16,384 bytes for the kernels.
NETWORK = Candidate(mlp(4), Cost(parameters=100, macs=3000, activation_bytes=50, layers=5), input_bytes=10)


def test_a_device_without_limits_carries_everything():
    assert objections(NETWORK, device(), batch=8) == ()


@pytest.mark.parametrize(
    ("limit", "figure"),
    [("parameters", 100), ("macs", 3000), ("memory_bytes", 19344), ("latency_us", 3000), ("hand_down_bytes", 100)],
)
def test_a_limit_holds_up_to_its_value(limit, figure):
    assert objections(NETWORK, device(**{limit: figure}), batch=8) == ()
    assert objections(NETWORK, device(**{limit: figure - 1}), batch=8) == (f"{limit}: {figure} > {figure - 1}",)


def test_latency_follows_from_the_speed_of_the_device():
    assert objections(NETWORK, device(speed=3e6, latency_us=1000), batch=8) == ()
    assert objections(NETWORK, device(speed=1e6, latency_us=1000), batch=8) == ("latency_us: 3000 > 1000",)
    # Five layers, each of which takes 10 us to start.
    slow = replace(device(speed=3e6, latency_us=1000), layer_us=10.0)
    assert objections(NETWORK, slow, batch=8) == ("latency_us: 1050 > 1000",)


def test_memory_follows_from_the_batch():
    assert objections(NETWORK, device(memory_bytes=19344), batch=9) == ("memory_bytes: 19514 > 19344",)


def test_every_objection_is_told():
    tight = device(parameters=1, macs=2, memory_bytes=3, latency_us=4, hand_down_bytes=5)

    assert objections(NETWORK, tight, batch=8) == (
        "parameters: 100 > 1",
        "macs: 3000 > 2",
        "memory_bytes: 19344 > 3",
        "latency_us: 3000 > 4",
        "hand_down_bytes: 100 > 5",
    )


def test_excess_is_the_sum_of_the_shares_beyond_each_limit():
    assert excess(NETWORK, device(parameters=100, macs=3000), batch=8) == 0
    assert excess(NETWORK, device(parameters=80, macs=2000), batch=8) == pytest.approx(0.25 + 0.5)
    # A limit that holds makes up for none that breaks.
    assert excess(NETWORK, device(parameters=80, macs=9000), batch=8) == pytest.approx(0.25)


@pytest.mark.parametrize("limit", [1, 99, 100, 101])
def test_excess_and_objections_agree(limit):
    tight = device(parameters=limit)

    assert (excess(NETWORK, tight, batch=8) > 0) == bool(objections(NETWORK, tight, batch=8))


def test_costs_are_those_of_the_network():
    # 4 features to 5 units to 3 classes: 4*5 + 5*3 products, and as many weights with 8 biases.
    cost = candidate(mlp(5)).cost

    assert (cost.macs, cost.parameters) == (35, 43)
