"""Who is asked, and when a round ends."""

from __future__ import annotations

import pytest

from fedkd.federation import Buffered, Closing, Synchronous
from sim.streams import Streams

NAMES = tuple("abcdef")
ARRIVALS = {"a": 300, "b": 100, "c": 200, "d": 900}


def test_everyone_is_asked_and_waited_for():
    schedule = Synchronous()

    assert schedule.ask(NAMES, 6, 1, Streams(0)) == NAMES
    assert schedule.close(ARRIVALS, (), 50) == Closing(900, ("b", "c", "a", "d"), ())


def test_a_part_is_drawn_anew_each_round():
    schedule = Synchronous(participation=0.5)

    drawn = {schedule.ask(NAMES, 6, round_, Streams(0)) for round_ in range(1, 30)}

    assert {len(names) for names in drawn} == {3}
    assert len(drawn) > 5
    assert schedule.ask(NAMES, 6, 7, Streams(0)) == schedule.ask(NAMES, 6, 7, Streams(0))
    # Half of six sites, of whom only two are there.
    assert schedule.ask(("b", "f"), 6, 7, Streams(0)) == ("b", "f")


@pytest.mark.parametrize(
    ("deadline_us", "quorum", "silent", "at_us", "taken", "missing"),
    [
        # At 50 + 400 us three of four are there.
        (400, 0.5, (), 450, "bca", "d"),
        # Half of four are wanted, and the second comes at 200.
        (60, 0.5, (), 200, "bc", "ad"),
        # All are wanted.
        (60, 1.0, (), 900, "bcad", ""),
        # All were there before the deadline.
        (5000, 0.5, (), 900, "bcad", ""),
        # The aggregator does not know that two will never come, so it waits for them.
        (5000, 0.5, ("e", "f"), 5050, "bcad", "ef"),
        # Six were asked and all are wanted, but four are all there will be.
        (60, 1.0, ("e", "f"), 900, "bcad", "ef"),
        # Five of nine are wanted.
        (400, 0.5, tuple("vwxyz"), 900, "bcad", "vwxyz"),
    ],
)
def test_a_deadline_closes_a_round_if_there_is_a_quorum(deadline_us, quorum, silent, at_us, taken, missing):
    closing = Synchronous(deadline_us=deadline_us, quorum=quorum).close(ARRIVALS, silent, 50)

    assert closing == Closing(at_us, tuple(taken), tuple(missing))


def test_nobody_comes():
    assert Synchronous(deadline_us=10).close({}, ("a",), 50) == Closing(60, (), ("a",))
    assert Buffered().close({}, (), 50) == Closing(50, (), ())


def test_a_buffer_closes_when_it_is_full():
    assert Buffered(2).close(ARRIVALS, ("e",), 50) == Closing(200, ("b", "c"), ())
    assert Buffered(9).close(ARRIVALS, (), 50) == Closing(900, ("b", "c", "a", "d"), ())
    # What came while the last round was still open counts at once.
    assert Buffered(1).close(ARRIVALS, (), 150) == Closing(150, ("b",), ())


def test_only_who_has_a_deadline_or_a_buffer_is_impatient():
    assert [s.patient for s in (Synchronous(), Synchronous(deadline_us=5), Buffered())] == [True, False, False]


@pytest.mark.parametrize(
    "settings", [{"participation": 0}, {"participation": 1.5}, {"quorum": 0}, {"quorum": 2}, {"deadline_us": 0}]
)
def test_bounds(settings):
    with pytest.raises(ValueError, match="must be"):
        Synchronous(**settings)


def test_an_empty_buffer_never_fills():
    with pytest.raises(ValueError, match="never fills"):
        Buffered(0)
