"""The clock: events come in the order of time, priority and announcement."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.clock import EventQueue


def drained(queue: EventQueue[str]) -> list[str]:
    return [queue.pop().what for _ in range(len(queue))]


def test_time_goes_before_priority_and_priority_before_announcement():
    queue = EventQueue[str]()
    queue.push(20, "late but urgent", priority=-1)
    queue.push(10, "second")
    queue.push(10, "third")
    queue.push(10, "first", priority=-1)

    order = drained(queue)

    assert order == ["first", "second", "third", "late but urgent"]


def test_the_clock_is_at_the_latest_event_taken():
    queue = EventQueue[str]()
    assert queue.now_us == 0

    event = queue.push(70, "upload", priority=2)

    assert (event.at_us, event.priority, event.sequence, event.what) == (70, 2, 0, "upload")
    assert queue.peek() is event
    assert (queue.now_us, len(queue)) == (0, 1)
    assert queue.pop() is event
    assert (queue.now_us, len(queue)) == (70, 0)


def test_what_happens_now_may_be_announced_and_the_past_may_not():
    queue = EventQueue[str]()
    queue.push(5, "a")
    queue.pop()

    queue.push(5, "b")

    with pytest.raises(ValueError, match="an event at 4 us comes too late, it is 5 us already"):
        queue.push(4, "c")
    assert drained(queue) == ["b"]


def test_an_empty_queue_has_nothing_to_give():
    queue = EventQueue[str]()

    with pytest.raises(IndexError):
        queue.peek()
    with pytest.raises(IndexError):
        queue.pop()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-2, 2))))
def test_events_come_sorted_and_are_never_compared_by_what_they_are(entries):
    queue = EventQueue[object]()
    for at_us, priority in entries:
        queue.push(at_us, object(), priority)

    taken = [queue.pop() for _ in entries]

    assert [(e.at_us, e.priority, e.sequence) for e in taken] == sorted(
        (at_us, priority, i) for i, (at_us, priority) in enumerate(entries)
    )
