"""When rounds end: by hand, and for all numbers of sites."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedkd.runtime.deploy.rules import Rules
from fedkd.runtime.deploy.timekeeper import Due, Timekeeper


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now_s = 50.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock():
    return Hand()


def keeper(clock, **rules):
    return Timekeeper(Rules(**{"quorum": 2 / 3, "round_s": 10, "gather_s": 40, "extensions": 2, **rules}), clock)


def test_sites_have_their_time_to_gather(clock):
    time = keeper(clock)

    assert time.deadline_s == 90
    clock.now_s = 89.9
    assert not time.late
    clock.now_s = 90
    assert time.late
    time.gather()
    assert (time.late, time.deadline_s) == (False, 130)


def test_a_round_ends_when_all_who_are_there_have_spoken_and_the_quorum_has(clock):
    time = keeper(clock)
    time.open()

    # Of three sites two are a quorum.
    assert time.due(said=0, enrolled=3, awaited=3) is Due.WAIT
    assert time.due(said=2, enrolled=3, awaited=1) is Due.WAIT
    assert time.due(said=3, enrolled=3, awaited=0) is Due.CLOSE
    assert time.due(said=2, enrolled=3, awaited=0) is Due.CLOSE
    # One site is none, whoever else is gone.
    assert time.due(said=1, enrolled=3, awaited=0) is Due.WAIT


def test_at_its_deadline_a_round_ends_if_the_quorum_has_spoken(clock):
    time = keeper(clock)
    time.open()
    clock.now_s += 10

    assert time.due(said=2, enrolled=3, awaited=1) is Due.CLOSE
    assert time.due(said=1, enrolled=3, awaited=2) is Due.EXTEND


def test_below_the_quorum_a_round_is_extended_and_then_the_run_is_aborted(clock):
    time = keeper(clock)
    time.open()
    for _ in range(2):
        clock.now_s += 9.9
        assert time.due(1, 3, 2) is Due.WAIT
        clock.now_s += 0.1
        assert time.due(1, 3, 2) is Due.EXTEND
        # Asking alone extends nothing.
        assert time.due(1, 3, 2) is Due.EXTEND
        time.extend()
        assert time.deadline_s == clock.now_s + 10
    clock.now_s += 10

    assert time.due(1, 3, 2) is Due.ABORT
    assert time.due(1, 3, 0) is Due.ABORT
    # Whoever comes in the last moment saves it.
    assert time.due(2, 3, 1) is Due.CLOSE


def test_each_round_has_its_own_extensions(clock):
    time = keeper(clock, extensions=1)
    for _ in range(3):
        time.open()
        clock.now_s += 10
        assert time.due(0, 3, 3) is Due.EXTEND
        time.extend()
        clock.now_s += 10
        assert time.due(0, 3, 3) is Due.ABORT


def test_without_extensions_the_first_deadline_is_the_last(clock):
    time = keeper(clock, extensions=0)
    time.open()
    clock.now_s += 10

    assert time.due(0, 3, 3) is Due.ABORT


@pytest.mark.parametrize(
    ("quorum", "enrolled", "needed"),
    [
        (2 / 3, 3, 2),
        (2 / 3, 4, 3),
        (2 / 3, 6, 4),
        (2 / 3, 1, 1),
        (1.0, 4, 4),
        (0.5, 5, 3),
        (0.01, 5, 1),
        (0.07, 100, 7),
    ],
)
def test_quorums_by_hand(quorum, enrolled, needed):
    assert Rules(quorum=quorum).needed(enrolled) == needed


@given(st.floats(0.001, 1), st.integers(1, 1000))
def test_a_quorum_can_be_met_and_is_no_less_than_its_share(quorum, enrolled):
    needed = Rules(quorum=quorum).needed(enrolled)

    assert 1 <= needed <= enrolled
    assert needed >= math.floor(quorum * enrolled)
    assert needed - 1 < quorum * enrolled


@given(st.integers(0, 9), st.integers(0, 9), st.booleans(), st.integers(0, 3))
def test_a_run_is_never_ended_while_it_can_go_on(said, awaited, late, extended):
    clock = Hand()
    time = keeper(clock)
    time.open()
    for _ in range(extended):
        time.extend()
    clock.now_s += 10 * late

    due = time.due(said, 9, awaited)

    enough = said >= 6
    if enough:
        assert due is (Due.CLOSE if late or not awaited else Due.WAIT)
    elif not late:
        assert due is Due.WAIT
    else:
        assert due is (Due.EXTEND if extended < 2 else Due.ABORT)


@pytest.mark.parametrize(
    "wrong",
    [
        {"quorum": 0},
        {"quorum": 1.01},
        {"quorum": -0.5},
        {"round_s": 0},
        {"gather_s": -1},
        {"lease_s": 0},
        {"extensions": -1},
        {"max_bytes": 0},
    ],
)
def test_rules_that_make_no_sense(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=f"{name}={value}"):
        Rules(**wrong)
