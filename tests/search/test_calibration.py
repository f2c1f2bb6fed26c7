"""The speed of a device profile, fitted to what was measured."""

from __future__ import annotations

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fedkd.construct import construct
from fedkd.scenario import Fleet
from fedkd.search.calibration import Measured, device_yaml, fit_overhead, fit_speed, representatives, time_networks
from fedkd.search.timing import forward_us

from .cases import CLASSES, FEATURES, candidate, mlp


def measured(macs: int, latency_us: float, layers: int = 3) -> Measured:
    return Measured(candidate(mlp(1), macs=macs), layers, latency_us)


def test_the_slowest_network_for_its_macs_sets_the_speed():
    # 10, 5 and 20 MACs a microsecond.
    fit = fit_speed([measured(1000, 100), measured(1000, 200), measured(4000, 200)])

    assert fit.macs_per_s == pytest.approx(5e6)
    np.testing.assert_allclose(fit.slack, [2, 1, 4])


def test_an_overhead_of_layers_is_found():
    # 7 us a layer and 20 MACs a microsecond.
    rows = [(1000, 3), (2000, 5), (500, 2), (4000, 9)]

    fit = fit_overhead([measured(macs, 7 * layers + macs / 20, layers) for macs, layers in rows])

    assert fit.overhead_us == pytest.approx(7)
    assert fit.macs_per_s == pytest.approx(20e6)
    np.testing.assert_allclose(fit.slack, 1)


ROWS = st.lists(st.tuples(st.integers(1, 10**7), st.floats(1, 1e5), st.integers(1, 40)), min_size=1, max_size=8)


@given(ROWS)
def test_no_network_is_slower_than_a_fit_says(rows):
    everything = [measured(macs, latency, layers) for macs, latency, layers in rows]

    for fit in (fit_speed(everything), fit_overhead(everything)):
        for m, slack in zip(everything, fit.slack, strict=True):
            model_us = m.layers * fit.overhead_us + m.candidate.cost.macs / fit.macs_per_s * 1e6
            assert model_us == pytest.approx(slack * m.latency_us, rel=1e-5)
            assert slack >= 1 - 1e-9


def test_this_machine_keeps_to_its_own_table():
    candidates = [candidate(mlp(*hidden)) for hidden in ((4,), (64,), (32, 16), (64, 32, 16))]
    told = []

    timed = time_networks(candidates, (FEATURES,), CLASSES, lambda: told.append(1))

    speed = fit_speed(timed).macs_per_s
    assert [m.layers for m in timed] == [3, 3, 5, 7]
    assert len(told) == 4
    for m in timed:
        # The quickest of five tries: what other programs take is not this network's.
        again_us = min(forward_us(m.candidate.spec, (FEATURES,), CLASSES, repeats=15) for _ in range(5))
        assert again_us <= 1.2 * m.candidate.cost.macs / speed * 1e6


def test_representatives_span_each_family():
    candidates = [candidate(mlp(width), macs=width) for width in (5, 1, 4, 2, 3)]

    assert [c.cost.macs for c in representatives(candidates, 3)] == [1, 3, 5]
    assert [c.cost.macs for c in representatives(candidates, 1)] == [1]
    assert [c.cost.macs for c in representatives(candidates, 9)] == [1, 2, 3, 4, 5]
    assert [c.cost.macs for c in representatives(candidates, 0)] == [1, 2, 3, 4, 5]


def test_the_file_is_a_fleet_of_one_class():
    text = device_yaml("desk", 123456789.0, 32, "Measured.")

    fleet = construct(yaml.safe_load(text), Fleet)

    assert text.startswith("# Measured.\n")
    assert fleet.batch == 32
    assert [(p.name, p.macs_per_s, p.share) for p in fleet.profiles] == [("desk", 123500000.0, 1.0)]
    assert all(limit is None for limit in vars(fleet.profiles[0].budget).values())
