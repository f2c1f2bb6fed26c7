"""Estimates of the time left, by hand."""

import pytest

from fedkd.comparison.plan import Trial
from fedkd.comparison.remaining import Timed, UnderWay, seconds_left


def trial(arm, panel="", seed=0):
    return Trial(panel, arm, seed, ())


def test_nothing_is_known_before_the_first_round_is_over():
    assert seconds_left([], [UnderWay(trial("a"), 5.0, 0, 0, 10)], [trial("b")], 1) is None


def test_a_run_under_way_goes_on_at_its_speed():
    # Two of ten rounds in 6 s: 24 s are left.
    assert seconds_left([], [UnderWay(trial("a"), 6.0, 2, 0, 10)], [], 1) == pytest.approx(24.0)
    # Resumed after 5 rounds, one more took 3 s: four are left.
    assert seconds_left([], [UnderWay(trial("a"), 3.0, 6, 5, 10)], [], 1) == pytest.approx(12.0)


def test_waiting_runs_take_as_long_as_their_likes():
    ended = [Timed(trial("a", "p"), 10.0), Timed(trial("a", "q"), 30.0), Timed(trial("b", "p"), 100.0)]

    assert seconds_left(ended, [], [trial("a", "p", 1)], 1) == pytest.approx(10.0)
    assert seconds_left(ended, [], [trial("a", "r")], 1) == pytest.approx(20.0)
    assert seconds_left(ended, [], [trial("c", "p")], 1) == pytest.approx(140 / 3)


def test_lanes_share_the_work_and_the_last_one_counts():
    ended = [Timed(trial("a"), 10.0), Timed(trial("b"), 4.0)]
    waiting = [trial("a", seed=1), trial("b", seed=1), trial("b", seed=2), trial("b", seed=3)]

    # One lane has 10, the other 4 + 4 + 4.
    assert seconds_left(ended, [], waiting, 2) == pytest.approx(12.0)
    # A run that has just begun takes 10 less the 3 s that are over; then one lane has 7 + 4, the other 10 + 4.
    running = [UnderWay(trial("a", seed=5), 3.0, 0, 0, 10)]
    assert seconds_left(ended, running, waiting[:3], 2) == pytest.approx(14.0)
    assert seconds_left(ended, [], [], 2) == 0.0
