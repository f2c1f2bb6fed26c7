"""What was seen of a workload: everybody's runs, and how ours compare with those of rivals."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass

from fedkd.bench.breakdown import Share
from fedkd.bench.watch import Watched
from fedkd.bench.workload import OURS, Workload


@dataclass(frozen=True)
class ArmRuns:
    """All runs of one framework on one workload.

    Attributes:
        name: A method of ours, or a rival.
        turns: Place of each run in the order of all.
        runs: What they looked like.
        failure: Why there is no further run, where one failed.
    """

    name: str
    turns: tuple[int, ...] = ()
    runs: tuple[Watched, ...] = ()
    failure: str | None = None

    def median(self, figure: Callable[[Watched], float]) -> float:
        """Median of a figure over the runs."""
        return statistics.median(map(figure, self.runs))


@dataclass(frozen=True)
class Cell:
    """One workload and everybody's runs of it.

    Attributes:
        workload: The work.
        arms: Everybody who ran.
        shares: Where a round of our FedAvg goes, from a run of its own.
    """

    workload: Workload
    arms: tuple[ArmRuns, ...]
    shares: tuple[Share, ...] = ()

    def arm(self, name: str) -> ArmRuns:
        """The runs of one framework; none where it did not run."""
        return next((arm for arm in self.arms if arm.name == name), ArmRuns(name))

    def ratios(self, rival: str, figure: Callable[[Watched], float], ours: str = OURS[0]) -> tuple[float, ...]:
        """How many times as long each run of a rival took as the nearest runs of ours before and after it."""
        mine, theirs = self.arm(ours), self.arm(rival)
        found = []
        for turn, run in zip(theirs.turns, theirs.runs, strict=True):
            near = sorted(zip(mine.turns, mine.runs, strict=True), key=lambda pair: abs(pair[0] - turn))[:2]
            found += [figure(run) / figure(own) for _, own in near]
        return tuple(found)
