"""Links: latency, and bytes over bandwidth."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim.network import Link

HOME = Link(latency_us=20_000, up_bytes_per_s=1.25e6, down_bytes_per_s=6.25e6)


def test_up_and_down_have_their_own_bandwidth():
    # 1250 bytes: 1000 us at 1.25 MB/s, 200 us at 6.25 MB/s.
    assert HOME.up_us(1250) == 21_000
    assert HOME.down_us(1250) == 20_200


def test_nothing_takes_the_latency_alone():
    assert HOME.up_us(0) == HOME.down_us(0) == 20_000


def test_time_is_rounded_up_to_whole_microseconds():
    link = Link(0, up_bytes_per_s=3e6, down_bytes_per_s=7e6)

    assert [link.up_us(size) for size in (1, 2, 3, 4)] == [1, 1, 1, 2]
    assert [link.down_us(size) for size in (7, 8)] == [1, 2]


@pytest.mark.parametrize(("latency", "up", "down"), [(-1, 1, 1), (0, 0, 1), (0, 1, 0), (0, -1, 1)])
def test_impossible_links_are_refused(latency, up, down):
    with pytest.raises(ValueError, match="a link needs"):
        Link(latency, up, down)


@given(st.integers(0, 2**32))
@example(123)
def test_a_byte_a_microsecond(size):
    link = Link(5, up_bytes_per_s=1e6, down_bytes_per_s=1e6)

    assert link.up_us(size) == link.down_us(size) == 5 + size


@given(st.integers(0, 2**30), st.integers(0, 2**30), st.floats(1, 1e9))
def test_more_bytes_never_arrive_earlier(size, more, speed):
    link = Link(0, speed, speed)

    assert link.up_us(size) <= link.up_us(size + more)
