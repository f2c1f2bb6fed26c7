"""Links and networks: latency, bytes over bandwidth, chance, and a bottleneck; by hand and by their laws."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim.network import Link, Network, Transfer, Trip
from sim.streams import Streams

HOME = Link(latency_us=20_000, up_bytes_per_s=1.25e6, down_bytes_per_s=6.25e6)
# A byte a microsecond up, two down; every fourth packet is lost.
LOSSY = Link(10_000, 1e6, 2e6, jitter_us=1_000, loss=0.25, packet_bytes=1_000, retry_us=5_000)

LINKS = st.builds(
    Link,
    st.integers(0, 1000),
    st.sampled_from([0.5e6, 1e6, 3.7e6]),
    st.just(1e6),
    jitter_us=st.sampled_from([0, 700]),
    loss=st.sampled_from([0.0, 0.1, 0.6]),
    packet_bytes=st.sampled_from([1, 10, 1400]),
    retry_us=st.sampled_from([0, 250]),
)
SIZES = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 200)), min_size=1, max_size=8)


def transfers(sizes: list[tuple[int, int]]) -> list[Transfer]:
    return [Transfer(("site", i), sent_us, size) for i, (sent_us, size) in enumerate(sizes)]


def rng(seed: int = 0) -> np.random.Generator:
    return Streams(seed).generator("message")


# Links without chance.


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


@pytest.mark.parametrize(
    ("latency", "up", "down"), [(-1, 1, 1), (0, 0, 1), (0, 1, 0), (0, -1, 1), (0, math.inf, 1), (0, 1, math.nan)]
)
def test_impossible_links_are_refused(latency, up, down):
    with pytest.raises(ValueError, match="a link needs"):
        Link(latency, up, down)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("jitter_us", -1, "jitter_us=-1"),
        ("retry_us", -1, "retry_us=-1"),
        ("loss", -0.1, "loss=-0.1 must be"),
        ("loss", 1.0, "loss=1.0 must be"),
        ("loss", math.nan, "loss=nan must be"),
        ("packet_bytes", 0, "packet_bytes=0 must be"),
    ],
)
def test_impossible_chances_are_refused(field, value, message):
    with pytest.raises(ValueError, match=message):
        replace(HOME, **{field: value})


@given(st.integers(0, 2**32))
@example(123)
def test_a_byte_a_microsecond(size):
    link = Link(5, up_bytes_per_s=1e6, down_bytes_per_s=1e6)

    assert link.up_us(size) == link.down_us(size) == 5 + size


@given(st.integers(0, 2**30), st.integers(0, 2**30), st.floats(1, 1e9))
def test_more_bytes_never_arrive_earlier(size, more, speed):
    link = Link(0, speed, speed)

    assert link.up_us(size) <= link.up_us(size + more)


@given(st.integers(0, 10**8), st.integers(0, 10**9))
def test_without_chance_reliable_messages_and_datagrams_take_the_time_of_the_link(size, sent_us):
    assert HOME.arrival_us(size, sent_us, True, rng()) == sent_us + HOME.up_us(size)
    assert HOME.arrival_us(size, sent_us, False, rng()) == sent_us + HOME.down_us(size)
    assert HOME.delivery_us(size, sent_us, True, rng()) == sent_us + HOME.up_us(size)
    assert HOME.delivery_us(size, sent_us, False, rng()) == sent_us + HOME.down_us(size)


# Links with chance.


def test_a_lost_packet_is_sent_again_after_a_wait():
    streams = Streams(30)

    # 2500 bytes are packets of 1000, 1000 and 500. The stream's first number is 0.4468: -1000 ln(1 - 0.4468) = 592.03
    # us of jitter. The next are 0.1597, 0.8185 and 0.3741: 0.8185 lies between 0.75 and 0.9375, so the second packet
    # is sent twice. 3500 bytes take 3500 us up and 1750 us down, and there is one wait of 5000 us.
    assert LOSSY.trip(2500, streams.generator("network", "a")) == Trip(carried=3500, rounds=2, jitter_us=593)
    assert LOSSY.arrival_us(2500, 0, True, streams.generator("network", "a")) == 3500 + 5000 + 10_000 + 593
    assert LOSSY.arrival_us(2500, 0, False, streams.generator("network", "a")) == 1750 + 5000 + 10_000 + 593
    # A datagram does not come again, and its first 1000 bytes alone would have come through.
    assert LOSSY.delivery_us(2500, 0, True, streams.generator("network", "a")) is None
    assert LOSSY.delivery_us(1000, 70, True, streams.generator("network", "a")) == 70 + 1000 + 10_000 + 593


def test_an_empty_message_is_a_packet_that_can_be_lost():
    arrived = [LOSSY.delivery_us(0, 0, True, rng(seed)) for seed in range(400)]

    # 100 are expected to be lost, with a standard deviation of 8.7.
    assert 65 <= arrived.count(None) <= 135


def test_loss_and_jitter_are_what_the_link_says():
    link = Link(0, 1e6, 1e6, jitter_us=300, loss=0.2, packet_bytes=10)
    draws = [link.trip(10_000, rng(seed)) for seed in range(2000)]

    # Each of two million packets is sent 1 / 0.8 times on average, within 0.0004 (a standard deviation of 0.0004).
    assert np.mean([trip.carried for trip in draws]) / 10_000 == pytest.approx(1.25, abs=0.002)
    # The mean of 2000 exponential numbers has a standard deviation of 6.7; rounding up adds a half.
    jitter = np.array([trip.jitter_us for trip in draws])
    assert jitter.mean() == pytest.approx(300.5, abs=30)
    assert np.mean(jitter > 900) == pytest.approx(math.exp(-3), abs=0.02)


def test_datagrams_of_many_packets_are_lost_more_often():
    link = Link(0, 1e6, 1e6, loss=0.05)

    lost = [sum(link.delivery_us(size, 0, True, rng(seed)) is None for seed in range(1000)) for size in (1400, 14_000)]

    # 50 (7) and 1000 (1 - 0.95^10) = 401 (15) with their standard deviations.
    assert 20 <= lost[0] <= 80
    assert 340 <= lost[1] <= 460


@given(LINKS, st.integers(0, 5000), st.integers(0, 2000), st.integers(0, 9))
def test_a_datagram_that_arrives_is_as_fast_as_a_reliable_message(link, size, sent_us, seed):
    reliable = link.arrival_us(size, sent_us, True, rng(seed))
    datagram = link.delivery_us(size, sent_us, True, rng(seed))

    lost = link.trip(size, rng(seed)).rounds > 1
    assert datagram == (None if lost else reliable)
    assert sent_us + link.up_us(size) <= reliable


@given(LINKS, st.integers(0, 3000), st.integers(0, 3000), st.integers(0, 9))
def test_equal_draws_make_more_bytes_and_more_loss_slower(link, size, more, seed):
    arrival_us = link.arrival_us(size, 0, True, rng(seed))

    assert arrival_us <= link.arrival_us(size + more, 0, True, rng(seed))
    assert arrival_us <= replace(link, loss=link.loss + 0.3).arrival_us(size, 0, True, rng(seed))
    assert arrival_us <= replace(link, jitter_us=link.jitter_us + 5).arrival_us(size, 0, True, rng(seed))


# Networks.


def test_three_messages_share_a_lossy_bottleneck():
    network = Network(LOSSY, shared_up_bytes_per_s=1.2e6)
    messages = [Transfer(("a",), 0, 2500), Transfer(("b",), 1000, 1600), Transfer(("c",), 2000, 2000)]

    arrivals = network.arrivals(messages, up=True, streams=Streams(30))

    # What the streams say (packets of 1000 bytes; from 0.75 on one is lost once, from 0.9375 on twice):
    #   a: 0.160, 0.819, 0.374, so 1000, 1000, 500 are sent 1, 2, 1 times: 3500 bytes in 2 rounds, jitter  593 us.
    #   b: 0.004, 0.927,        so 1000,  600      are sent 1, 2 times:    2200 bytes in 2 rounds, jitter 4414 us.
    #   c: 0.035, 0.128,        so 1000, 1000      are sent 1, 1 times:    2000 bytes in 1 round,  jitter  454 us.
    # Who passes, at most 1 byte a microsecond each and 1.2 together:
    #      0-1000: a alone at 1.0         a has 2500 left
    #   1000-2000: a, b at 0.6            a has 1900 left, b 1600
    #   2000-6000: a, b, c at 0.4         a has  300 left, b is through, c has 400 left
    #   6000-6500: a, c at 0.6            a is through, c has 100 left
    #   6500-6600: c alone at 1.0         c is through
    # Latency 10000 and jitter come after, and one wait of 5000 for a and b.
    assert arrivals == [
        6500 + 10_000 + 593 + 5000,
        6000 + 10_000 + 4414 + 5000,
        6600 + 10_000 + 454,
    ]


def test_the_directions_have_their_own_bottlenecks():
    messages = [Transfer((i,), 0, 1250) for i in range(2)]

    network = Network(HOME, shared_up_bytes_per_s=1.25e6, shared_down_bytes_per_s=None)

    # Up two share what one could use alone: 2000 us instead of 1000. Down there is no bottleneck.
    assert network.arrivals(messages, True, Streams(0)) == [22_000] * 2
    assert network.arrivals(messages, False, Streams(0)) == [20_200] * 2


@given(LINKS, SIZES, st.sampled_from([None, 0.5e6, 2e6, 1e9]), st.booleans(), st.integers(0, 3))
def test_never_earlier_than_without_the_bottleneck(link, sizes, shared, up, seed):
    messages, streams = transfers(sizes), Streams(seed)

    arrivals = Network(link, shared, shared).arrivals(messages, up, streams)

    alone = [link.arrival_us(t.size, t.sent_us, up, streams.generator("network", *t.key)) for t in messages]
    assert all(a <= b for a, b in zip(alone, arrivals, strict=True))
    if shared in (None, 1e9):
        assert arrivals == alone


@given(LINKS, SIZES, st.randoms(use_true_random=False))
def test_the_order_of_the_list_is_nothing(link, sizes, random):
    network = Network(link, shared_up_bytes_per_s=1e6)
    messages = transfers(sizes)
    shuffled = random.sample(messages, len(messages))

    arrivals = dict(zip(messages, network.arrivals(messages, True, Streams(1)), strict=True))

    assert network.arrivals(shuffled, True, Streams(1)) == [arrivals[message] for message in shuffled]


@given(LINKS, SIZES, st.integers(0, 7), st.integers(1, 100))
def test_more_bytes_of_one_message_make_no_message_earlier(link, sizes, which, more):
    network = Network(link, shared_up_bytes_per_s=1e6)
    messages = transfers(sizes)
    longer = list(messages)
    longer[which % len(longer)] = replace(longer[which % len(longer)], size=longer[which % len(longer)].size + more)

    before, after = (network.arrivals(batch, True, Streams(1)) for batch in (messages, longer))

    assert all(a <= b for a, b in zip(before, after, strict=True))


@given(LINKS, SIZES)
def test_without_a_bottleneck_a_message_does_not_depend_on_the_others(link, sizes):
    messages = transfers(sizes)

    arrivals = Network(link).arrivals(messages, True, Streams(1))

    assert Network(link).arrivals(messages[:1], True, Streams(1)) == arrivals[:1]


def test_the_key_is_the_luck():
    network = Network(replace(LOSSY, jitter_us=10**6))
    keys: list[tuple[str | int, ...]] = [("a", 1), ("a", 2), ("b", 1), ("b", "1")]

    arrivals = network.arrivals([Transfer(key, 0, 100) for key in keys], True, Streams(0))

    assert len(set(arrivals)) == len(keys)
    assert network.arrivals([Transfer(keys[2], 0, 100)], True, Streams(0)) == [arrivals[2]]
    assert network.arrivals([Transfer(keys[2], 0, 100)], True, Streams(1)) != [arrivals[2]]
    with pytest.raises(ValueError, match="a key of its own"):
        network.arrivals([Transfer(("a",), 0, 1), Transfer(("a",), 5, 1)], True, Streams(0))


def test_no_transfers_take_no_time():
    assert Network(HOME).arrivals([], True, Streams(0)) == []
    assert Network(HOME, 1e6).arrivals([], True, Streams(0)) == []


@pytest.mark.parametrize("rate", [0, 0.5, -1, math.inf, math.nan])
@pytest.mark.parametrize("name", ["shared_up_bytes_per_s", "shared_down_bytes_per_s"])
def test_impossible_bottlenecks_are_refused(name, rate):
    with pytest.raises(ValueError, match=f"{name}={rate} must be"):
        Network(HOME, **{name: rate})


@pytest.mark.parametrize(("sent_us", "size"), [(-1, 0), (0, -1)])
def test_impossible_transfers_are_refused(sent_us, size):
    with pytest.raises(ValueError, match=f"sent_us={sent_us} and size={size}"):
        Transfer(("a",), sent_us, size)


def test_a_thousand_transfers_take_far_less_than_a_second():
    network = Network(replace(LOSSY, packet_bytes=1400), shared_up_bytes_per_s=1e7)
    messages = [Transfer((i,), 97 * (i % 500), 1000 + 131 * i) for i in range(1000)]

    started = time.process_time()
    network.arrivals(messages, True, Streams(0))

    # 0.07 s on an idle core.
    assert time.process_time() - started < 1
