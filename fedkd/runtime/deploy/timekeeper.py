"""When to go on: the deadline of what is waited for, and how often it was extended."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from fedkd.runtime.deploy.rules import Rules


class Due(Enum):
    """What is due now."""

    WAIT = "wait"
    CLOSE = "close"
    EXTEND = "extend"
    ABORT = "abort"


class Timekeeper:
    """Keeps one deadline at a time.

    Args:
        rules: When rounds end.
        now_s: A monotonic clock.
    """

    def __init__(self, rules: Rules, now_s: Callable[[], float]) -> None:
        self.rules = rules
        self._now_s = now_s
        self._extended = 0
        self.deadline_s = now_s() + rules.gather_s

    @property
    def late(self) -> bool:
        """Whether the deadline has passed."""
        return self._now_s() >= self.deadline_s

    def gather(self) -> None:
        """Give sites their time to join, or to choose."""
        self.deadline_s = self._now_s() + self.rules.gather_s

    def open(self) -> None:
        """Give a round its time."""
        self._extended = 0
        self.deadline_s = self._now_s() + self.rules.round_s

    def extend(self) -> None:
        """Give it again."""
        self._extended += 1
        self.deadline_s = self._now_s() + self.rules.round_s

    def due(self, said: int, enrolled: int, awaited: int) -> Due:
        """What is due in the open round.

        Args:
            said: Sites that have spoken.
            enrolled: All of them.
            awaited: Sites that have not, and are there.
        """
        if said >= self.rules.needed(enrolled) and (self.late or not awaited):
            return Due.CLOSE
        if not self.late:
            return Due.WAIT
        return Due.EXTEND if self._extended < self.rules.extensions else Due.ABORT
