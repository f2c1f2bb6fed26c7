"""How long a comparison will still take, from the runs that are over and those that are under way."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from fedkd.comparison.plan import Trial


@dataclass(frozen=True)
class Timed:
    """A trial and how long it took, in seconds."""

    trial: Trial
    seconds: float


@dataclass(frozen=True)
class UnderWay:
    """A trial that runs.

    Attributes:
        trial: The trial.
        seconds: Since it was started.
        done: Rounds of it that are over; those that were over when it was started count too.
        at_start: Rounds that were over when it was started.
        rounds: Rounds that it has.
    """

    trial: Trial
    seconds: float
    done: int
    at_start: int
    rounds: int

    def whole_s(self) -> float | None:
        """How long all of its rounds take at its present speed, or None before its first is over."""
        new = self.done - self.at_start
        return self.seconds * self.rounds / new if new > 0 else None


def seconds_left(
    ended: Sequence[Timed], running: Sequence[UnderWay], waiting: Sequence[Trial], lanes: int
) -> float | None:
    """Seconds until the last run ends, if runs are started in order, each in the first lane that is free.

    A run is expected to take as long as the mean of its arm in its panel, or else of its arm, or else of all.

    Args:
        ended: Runs that are over.
        running: Runs that are under way, at most one a lane.
        waiting: Runs that have not begun.
        lanes: Runs at a time.

    Returns:
        The seconds, or None while nothing is known.
    """
    begun = [Timed(run.trial, whole) for run in running if (whole := run.whole_s()) is not None]
    known = [*ended, *begun]
    if not known:
        return None
    free = [_rest_s(run, known) for run in running] + [0.0] * (lanes - len(running))
    heapq.heapify(free)
    for trial in waiting:
        heapq.heappush(free, heapq.heappop(free) + _expected_s(trial, known))
    return max(free)


def _rest_s(run: UnderWay, known: Sequence[Timed]) -> float:
    whole = run.whole_s()
    if whole is None:
        return max(_expected_s(run.trial, known) * (1 - run.at_start / run.rounds) - run.seconds, 0.0)
    return whole * (1 - run.done / run.rounds)


def _expected_s(trial: Trial, known: Sequence[Timed]) -> float:
    same = [t.seconds for t in known if (t.trial.arm, t.trial.panel) == (trial.arm, trial.panel)]
    alike = same or [t.seconds for t in known if t.trial.arm == trial.arm] or [t.seconds for t in known]
    return sum(alike) / len(alike)
