"""Availability: who delivers, and who is there; the same answers whatever was asked before."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.availability import Availability
from sim.streams import Streams

MINUTE_US = 60_000_000
SESSIONS = Availability(on_us=2 * MINUTE_US, off_us=MINUTE_US)
AVAILABILITIES = st.builds(Availability, st.just(0.0), st.sampled_from([1, 50, 3000]), st.sampled_from([1, 20, 10**6]))
MOMENTS = st.integers(0, 10**12)


def periods(availability: Availability, name: str, until_us: int) -> tuple[list[int], list[int]]:
    """Lengths of the whole periods on and off before `until_us`, looked at from second to second."""
    step_us, streams = 1_000_000, Streams(5)
    on = [availability.next_on_us(name, at_us, streams) == at_us for at_us in range(0, until_us, step_us)]
    edges = [i for i in range(1, len(on)) if on[i] != on[i - 1]]
    lengths = [(on[a], (b - a) * step_us) for a, b in itertools.pairwise(edges)]
    return [length for state, length in lengths if state], [length for state, length in lengths if not state]


# Dropping out.


def test_nobody_drops_out_by_default():
    assert not any(Availability().drops_out(f"site-{i}", i, Streams(0)) for i in range(200))


def test_as_many_drop_out_as_the_probability_says():
    availability, streams = Availability(dropout=0.3), Streams(0)

    dropped = np.array([[availability.drops_out(f"s{i}", r, streams) for r in range(50)] for i in range(40)])

    # 600 of 2000, with a standard deviation of 20; each of 40 sites 15 of 50, with one of 3.2.
    assert 520 <= dropped.sum() <= 680
    assert dropped.sum(axis=1).min() >= 2
    assert dropped.sum(axis=1).max() <= 28


@given(st.floats(0, 0.9), st.floats(0, 0.09), st.integers(0, 50))
def test_a_higher_probability_loses_the_same_sites_and_more(dropout, more, round_):
    before = Availability(dropout).drops_out("site", round_, Streams(1))
    after = Availability(dropout + more).drops_out("site", round_, Streams(1))

    assert after >= before


# Coming and going.


@given(MOMENTS)
def test_always_on_by_default(at_us):
    assert Availability(dropout=0.5).next_on_us("site", at_us, Streams(0)) == at_us


@given(AVAILABILITIES, MOMENTS)
def test_a_site_that_came_back_is_there(availability, at_us):
    back_us = availability.next_on_us("site", at_us, Streams(0))

    assert back_us >= at_us
    assert availability.next_on_us("site", back_us, Streams(0)) == back_us


@given(AVAILABILITIES, MOMENTS, st.floats(0, 1))
def test_until_it_is_back_a_site_is_away(availability, at_us, part):
    back_us = availability.next_on_us("site", at_us, Streams(0))

    between_us = at_us + int(part * (back_us - at_us))

    assert availability.next_on_us("site", between_us, Streams(0)) == back_us


@given(AVAILABILITIES, st.lists(MOMENTS, max_size=5), MOMENTS)
def test_what_was_asked_before_is_nothing(availability, before, at_us):
    alone = availability.next_on_us("site", at_us, Streams(2))
    streams = Streams(2)

    for other_us in before:
        availability.next_on_us("site", other_us, streams)
        availability.next_on_us("other", other_us, streams)

    assert availability.next_on_us("site", at_us, streams) == alone


def test_periods_are_exponential_with_the_means_of_the_configuration():
    on, off = periods(SESSIONS, "site", until_us=25_000 * 1_000_000)

    # 25,000 s hold about 139 pairs of 120 s and 60 s: standard deviations of the means are 10 s and 5 s.
    assert np.mean(on) == pytest.approx(2 * MINUTE_US, rel=0.3)
    assert np.mean(off) == pytest.approx(MINUTE_US, rel=0.3)
    # Of an exponential length the standard deviation is the mean, and a share of exp(-2) is beyond twice the mean.
    assert np.std(on) == pytest.approx(np.mean(on), rel=0.4)
    assert np.mean(np.array(off) > 2 * np.mean(off)) == pytest.approx(np.exp(-2), abs=0.1)


@pytest.mark.parametrize("at_us", [0, 10 * MINUTE_US + 1, 10**15])
def test_the_share_of_sites_that_are_there_is_the_same_at_all_times(at_us):
    streams = Streams(0)

    there = sum(SESSIONS.next_on_us(f"site-{i}", at_us, streams) == at_us for i in range(600))

    # 400 of 600, with a standard deviation of 11.5.
    assert 354 <= there <= 446


def test_the_time_until_a_site_is_back_has_the_mean_of_a_whole_period():
    # Windows of both kinds of calls begin here, where a wrong number of calls in them would show most.
    streams, at_us = Streams(0), 160 * MINUTE_US

    waits = np.array([SESSIONS.next_on_us(f"site-{i}", at_us, streams) - at_us for i in range(4000)])
    waits = waits[waits > 0] / MINUTE_US

    # A period off that is under way is as long again as a new one: that is what exponential means. Of about 1333
    # waits, the mean has a standard deviation of 0.027, and the shares beyond one and three have 0.013 and 0.006.
    assert waits.mean() == pytest.approx(1, abs=0.1)
    assert np.mean(waits > 1) == pytest.approx(np.exp(-1), abs=0.05)
    assert np.mean(waits > 3) == pytest.approx(np.exp(-3), abs=0.018)


def test_sites_come_and_go_on_their_own():
    streams = Streams(0)
    moments = range(0, 400 * MINUTE_US, 2 * MINUTE_US)

    there = np.array([[SESSIONS.next_on_us(f"s{i}", t, streams) == t for t in moments] for i in range(6)])

    # 15 pairs of 200 moments: a correlation has a standard deviation of about 0.08.
    assert np.abs(np.corrcoef(there) - np.eye(6)).max() < 0.35


@pytest.mark.parametrize(("on_us", "off_us"), [(1, 10**9), (10**9, 1), (MINUTE_US, MINUTE_US)])
def test_late_times_and_lopsided_sites_cost_no_more(on_us, off_us):
    availability, streams = Availability(on_us=on_us, off_us=off_us), Streams(0)

    started = time.process_time()
    for i in range(100):
        availability.next_on_us("site", 10**17 + i * 10**9, streams)

    # 0.02 s on an idle core.
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"dropout": -0.1}, "dropout=-0.1 must be"),
        ({"dropout": 1.0}, "dropout=1.0 must be"),
        ({"on_us": 5}, "on_us=5 and off_us=None must be given together"),
        ({"off_us": 5}, "on_us=None and off_us=5 must be given together"),
        ({"on_us": 0, "off_us": 5}, "on_us=0 and off_us=5 must be at least 1"),
        ({"on_us": 5, "off_us": -1}, "on_us=5 and off_us=-1 must be at least 1"),
    ],
)
def test_impossible_configurations_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        Availability(**fields)
