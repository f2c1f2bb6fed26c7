"""Virtual time: whole microseconds since the start of the run, and events in their order."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, order=True)
class Event(Generic[T]):
    """Something that happens at a moment.

    Attributes:
        at_us: When, in microseconds of virtual time.
        priority: Of events at the same moment, the lower goes first.
        sequence: Of these, the one that was announced first goes first.
        what: What happens. It is never compared, so it may be of any type.
    """

    at_us: int
    priority: int
    sequence: int
    what: T = field(compare=False)


class EventQueue(Generic[T]):
    """Events that are still to come, ordered by (time, priority, sequence).

    Attributes:
        now_us: Time of the latest event that was taken, 0 before the first.
    """

    def __init__(self) -> None:
        self.now_us = 0
        self._events: list[Event[T]] = []
        self._announced = 0

    def __len__(self) -> int:
        return len(self._events)

    def push(self, at_us: int, what: T, priority: int = 0) -> Event[T]:
        """Announce an event.

        Raises:
            ValueError: Its moment has passed.
        """
        if at_us < self.now_us:
            raise ValueError(f"an event at {at_us} us comes too late, it is {self.now_us} us already")
        event = Event(at_us, priority, self._announced, what)
        self._announced += 1
        heapq.heappush(self._events, event)
        return event

    def peek(self) -> Event[T]:
        """The next event, left in its place.

        Raises:
            IndexError: There is none.
        """
        return self._events[0]

    def pop(self) -> Event[T]:
        """Take the next event, and move the clock to it.

        Raises:
            IndexError: There is none.
        """
        event = heapq.heappop(self._events)
        self.now_us = event.at_us
        return event
