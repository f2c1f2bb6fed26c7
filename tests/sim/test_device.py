"""Devices: their time, their limits, and who gets which."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.device import Budget, DeviceProfile, Effort, assign, individual
from sim.streams import Streams


def device(name: str = "phone", share: float = 1.0, macs_per_s: float = 1e6) -> DeviceProfile:
    return DeviceProfile(name, macs_per_s, share, Budget())


def names(profiles: tuple[DeviceProfile, ...]) -> list[str]:
    return [profile.name for profile in profiles]


@pytest.mark.parametrize(
    ("macs", "macs_per_s", "expected"),
    [(0, 1e6, 0), (1, 1e6, 1), (3_000_000, 1e6, 3_000_000), (1, 3e6, 1), (4, 3e6, 2), (5e9, 5e9, 1_000_000)],
)
def test_compute_time_is_work_over_speed_rounded_up(macs, macs_per_s, expected):
    assert device(macs_per_s=macs_per_s).compute_us(Effort(macs)) == expected


def test_starting_a_layer_takes_its_time():
    slow = replace(device(macs_per_s=1e6), layer_us=2.5)

    assert slow.compute_us(Effort(10, 3) + Effort(5, 1)) == 25
    assert device(macs_per_s=1e6).compute_us(Effort(10, 3)) == 10


@pytest.mark.parametrize("name", ["parameters", "macs", "memory_bytes", "latency_us", "hand_down_bytes"])
def test_a_budget_of_nothing_is_refused(name):
    Budget(**{name: 1})
    with pytest.raises(ValueError, match=f"{name}=0 must be positive"):
        Budget(**{name: 0})


@pytest.mark.parametrize(("macs_per_s", "share"), [(0, 1), (-1, 1), (1, -0.1)])
def test_impossible_devices_are_refused(macs_per_s, share):
    with pytest.raises(ValueError, match="device 'd'"):
        DeviceProfile("d", macs_per_s, share, Budget())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("joules_per_mac", -1e-12),
        ("joules_per_mac", math.inf),
        ("spread", -0.1),
        ("spread", 11.0),
        ("spread", math.nan),
        ("layer_us", -1.0),
        ("layer_us", math.inf),
    ],
)
def test_impossible_figures_are_refused(field, value):
    with pytest.raises(ValueError, match=f"{field}={value} of device 'phone'"):
        replace(device(), **{field: value})


def test_energy_is_work_times_energy_of_one():
    assert replace(device(), joules_per_mac=0.5).joules(10) == 5.0
    assert device().joules(1e12) == 0.0


def test_a_class_without_spread_has_equal_devices():
    profile = device()

    assert individual(profile, "site-00", Streams(0)) is profile


def test_a_device_is_its_class_at_a_speed_of_its_own():
    profile = DeviceProfile("phone", 1e6, 2.0, Budget(macs=7), joules_per_mac=1e-11, spread=0.5)

    one, other = (individual(profile, name, Streams(0)) for name in ("site-00", "site-01"))

    # The stream ("device", "site-00") of seed 0 begins with z = 0.911255, and exp(0.5 z) = 1.577162.
    assert one.macs_per_s == pytest.approx(1577162.46, rel=1e-6)
    assert replace(one, macs_per_s=1e6, spread=0.5) == profile
    assert one.macs_per_s != other.macs_per_s
    assert individual(profile, "site-00", Streams(0)) == one
    assert individual(one, "site-00", Streams(0)) is one


def test_speeds_are_log_normal():
    profile = replace(device(), spread=0.5)

    logs = np.log([individual(profile, f"site-{i}", Streams(0)).macs_per_s / 1e6 for i in range(1000)])

    # Standard deviations of mean and spread of 1000 draws: 0.016 and 0.011.
    assert logs.mean() == pytest.approx(0, abs=0.06)
    assert logs.std() == pytest.approx(0.5, abs=0.045)


def test_no_device_is_slower_than_one_a_second():
    slow = replace(device(macs_per_s=1), spread=10.0)

    assert min(individual(slow, f"site-{i}", Streams(0)).macs_per_s for i in range(20)) == 1.0


def test_shares_are_dealt_with_the_largest_remainder_first():
    profiles = (device("a", 1), device("b", 2), device("c", 4))

    # Exact shares of 5 are 0.71, 1.43, 2.86: whole parts 0, 1, 2; the two left go to c (0.86) and a (0.71).
    dealt = assign(profiles, 5, (0, 1, 2, 3, 4))

    assert names(dealt) == ["a", "b", "c", "c", "c"]


def test_equal_remainders_go_to_the_first():
    dealt = assign((device("a"), device("b"), device("c")), 4, (0, 1, 2, 3))

    assert names(dealt) == ["a", "a", "b", "c"]


def test_the_order_says_who_gets_which():
    dealt = assign((device("a", 1), device("b", 2)), 3, (2, 0, 1))

    # Dealt a, b, b: owner 2 gets the a.
    assert names(dealt) == ["b", "b", "a"]


def test_a_share_of_zero_gets_none():
    assert names(assign((device("a", 0), device("b", 1)), 2, (0, 1))) == ["b", "b"]


@given(
    st.lists(st.floats(0, 10), min_size=1, max_size=5).filter(lambda shares: sum(shares) > 1e-3),
    st.integers(1, 40).flatmap(lambda count: st.permutations(range(count))),
)
def test_everyone_gets_one_within_one_of_the_exact_share(shares, order):
    profiles = tuple(device(f"d{i}", share) for i, share in enumerate(shares))

    dealt = assign(profiles, len(order), tuple(order))

    assert len(dealt) == len(order)
    counts = Counter(names(dealt))
    for i, share in enumerate(shares):
        assert abs(counts[f"d{i}"] - share / sum(shares) * len(order)) < 1 + 1e-6
