"""Budgets: what a device cannot carry, and what exactly it objects to."""

from __future__ import annotations

import pytest

from fedkd.models import Cost, training_bytes
from fedkd.search.budget import Candidate, objections

from .cases import candidate, device, mlp

# At batch 8 training takes 4 bytes x 4 x 100 parameters + 8 x 50 bytes of activations.
NETWORK = Candidate(mlp(4), Cost(parameters=100, macs=3000, activation_bytes=50, peak_bytes=0))


def test_a_device_without_limits_carries_everything():
    assert objections(NETWORK, device(), batch=8) == ()


@pytest.mark.parametrize(
    ("limit", "figure"),
    [("parameters", 100), ("macs", 3000), ("memory_bytes", 2000), ("latency_us", 3000), ("hand_down_bytes", 100)],
)
def test_a_limit_holds_up_to_its_value(limit, figure):
    assert objections(NETWORK, device(**{limit: figure}), batch=8) == ()
    assert objections(NETWORK, device(**{limit: figure - 1}), batch=8) == (f"{limit}: {figure} > {figure - 1}",)


def test_latency_follows_from_the_speed_of_the_device():
    assert objections(NETWORK, device(speed=3e6, latency_us=1000), batch=8) == ()
    assert objections(NETWORK, device(speed=1e6, latency_us=1000), batch=8) == ("latency_us: 3000 > 1000",)


def test_memory_follows_from_the_batch():
    assert objections(NETWORK, device(memory_bytes=2000), batch=9) == ("memory_bytes: 2050 > 2000",)
    assert training_bytes(NETWORK.cost, 9) == 2050


def test_every_objection_is_told():
    tight = device(parameters=1, macs=2, memory_bytes=3, latency_us=4, hand_down_bytes=5)

    assert objections(NETWORK, tight, batch=8) == (
        "parameters: 100 > 1",
        "macs: 3000 > 2",
        "memory_bytes: 2000 > 3",
        "latency_us: 3000 > 4",
        "hand_down_bytes: 100 > 5",
    )


def test_costs_are_those_of_the_network():
    # 4 features to 5 units to 3 classes: 4*5 + 5*3 products, and as many weights with 8 biases.
    cost = candidate(mlp(5)).cost

    assert (cost.macs, cost.parameters) == (35, 43)
