"""Fair sharing: by hand, against a simulation that goes from microsecond to microsecond, and its laws."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.fair_share import Flow, alone_us, finish_us

MEGABYTE = 1e6  # a byte a microsecond
FLOWS = st.lists(st.builds(Flow, st.integers(0, 40), st.integers(0, 60)), max_size=7)
RATES = st.sampled_from([0.3e6, 0.5e6, 1e6, 1.1e6, 2.5e6, 3.7e6, 333_333.25])


def stepwise(flows: list[Flow], own: float, shared: float) -> list[int]:
    """The model as its docstring states it, one microsecond at a time."""
    left = {i: Fraction(flow.size) for i, flow in enumerate(flows)}
    finish = [0] * len(flows)
    for now_us in itertools.count():
        for i in [i for i in left if flows[i].start_us <= now_us and left[i] <= 0]:
            del left[i]
            finish[i] = now_us
        if not left:
            return finish
        flying = [i for i in left if flows[i].start_us <= now_us]
        for i in flying:
            left[i] -= min(Fraction(own), Fraction(shared) / len(flying)) / 1_000_000
    raise AssertionError


def test_two_share_and_the_rest_of_the_longer_goes_at_its_own_speed():
    flows = [Flow(0, 300), Flow(100, 100)]

    finish = finish_us(flows, own_bytes_per_s=MEGABYTE, shared_bytes_per_s=MEGABYTE)

    # 0-100: the first alone, 200 left. Then half a byte a microsecond each: the second is through at 300, the first
    # has 100 left and goes alone.
    assert finish == [400, 300]


def test_a_share_is_kept_until_the_end_of_the_microsecond():
    flows = [Flow(0, 1), Flow(0, 2)]

    finish = finish_us(flows, own_bytes_per_s=2.5e6, shared_bytes_per_s=3e6)

    # 1.5 bytes a microsecond each: one byte is through after 2/3 us, which is the end of the first. The other then has
    # half a byte left at 2.5 bytes a microsecond, which is the end of the second.
    assert finish == [1, 2]


def test_thirds_are_exact():
    assert finish_us([Flow(0, 300)] * 3, MEGABYTE, MEGABYTE) == [900] * 3
    assert finish_us([Flow(0, 1)] * 3, MEGABYTE, MEGABYTE) == [3] * 3
    # Shared rates whose halves and quarters must stay exact as well.
    assert finish_us([Flow(0, 3)] * 4, MEGABYTE, 0.5 * 1_000_001) == [math.ceil(3 * 4e6 / 500_000.5)] * 4


def test_rates_need_not_be_whole_numbers():
    # Three bytes at one and a half a second.
    assert finish_us([Flow(0, 3)], own_bytes_per_s=MEGABYTE, shared_bytes_per_s=1.5) == [2_000_000]
    assert finish_us([Flow(0, 3)], own_bytes_per_s=1.5, shared_bytes_per_s=MEGABYTE) == [2_000_000]


def test_nothing_is_through_at_once():
    assert finish_us([Flow(7, 0), Flow(7, 10), Flow(0, 3)], MEGABYTE, MEGABYTE) == [7, 17, 3]
    assert finish_us([], MEGABYTE, MEGABYTE) == []


@given(FLOWS, RATES, RATES)
def test_it_is_what_going_from_microsecond_to_microsecond_gives(flows, own, shared):
    assert finish_us(flows, own, shared) == stepwise(flows, own, shared)


@given(FLOWS, RATES, RATES)
def test_no_capacity_is_exceeded_in_any_stretch_of_time(flows, own, shared):
    finish = finish_us(flows, own, shared)

    for flow, end_us in zip(flows, finish, strict=True):
        assert flow.size * 1_000_000 <= Fraction(own) * (end_us - flow.start_us)
    for start_us, end_us in itertools.product({f.start_us for f in flows}, set(finish)):
        within = [f.size for f, end in zip(flows, finish, strict=True) if f.start_us >= start_us and end <= end_us]
        assert sum(within) * 1_000_000 <= Fraction(shared) * max(0, end_us - start_us)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=30))
def test_no_capacity_is_wasted_while_there_is_enough_to_carry(sizes):
    finish = finish_us([Flow(0, size) for size in sizes], own_bytes_per_s=1e9, shared_bytes_per_s=1e5)

    # Each departure may keep its share for less than a microsecond too long.
    total_us = sum(sizes) * 10
    assert total_us <= max(finish) <= total_us + len(sizes)


@given(FLOWS, RATES, RATES, st.integers(0, 6), st.integers(1, 30))
def test_more_bytes_of_one_make_none_faster(flows, own, shared, which, more):
    flows = [*flows, Flow(3, 20)]
    longer = list(flows)
    longer[which % len(flows)] = Flow(flows[which % len(flows)].start_us, flows[which % len(flows)].size + more)

    before, after = finish_us(flows, own, shared), finish_us(longer, own, shared)

    assert all(a <= b for a, b in zip(before, after, strict=True))


@given(FLOWS, RATES, RATES)
def test_never_earlier_than_alone_and_the_same_where_all_fit(flows, own, shared):
    alone = [flow.start_us + alone_us(flow.size, own) for flow in flows]

    assert all(a <= b for a, b in zip(alone, finish_us(flows, own, shared), strict=True))
    assert finish_us(flows, own, own * max(1, len(flows))) == alone


@given(FLOWS.flatmap(lambda flows: st.tuples(st.just(flows), st.permutations(range(len(flows))))), RATES, RATES)
def test_the_order_of_the_list_is_nothing(flows_and_order, own, shared):
    flows, order = flows_and_order

    finish = finish_us(flows, own, shared)

    assert finish_us([flows[i] for i in order], own, shared) == [finish[i] for i in order]


@pytest.mark.parametrize("size", [0, 1, 1399, 10**6, 10**9])
@pytest.mark.parametrize("bytes_per_s", [1, 37500.0, 1e5, 1.25e6, 6.25e6, 1e9])
def test_time_alone_is_the_quotient_rounded_up(size, bytes_per_s):
    assert alone_us(size, bytes_per_s) == math.ceil(size * 1e6 / bytes_per_s)
