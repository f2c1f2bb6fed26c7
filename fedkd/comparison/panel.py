"""The arms of one panel side by side: differences, Pareto front, scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fedkd.comparison.arm import CLIENT_CPU, ArmResult, is_finished, read_arm
from fedkd.comparison.composite import Scores, Spent, scores
from fedkd.comparison.front import dominators
from fedkd.comparison.plan import Comparison
from fedkd.comparison.statistics import Estimate, paired
from fedkd.errors import UnknownChoiceError


@dataclass(frozen=True)
class Panel:
    """Arms that ran under the same circumstances.

    Attributes:
        name: Of the panel, or "" where there is only one.
        arms: In the order of the tables.
        seeds: Number of seeds that were asked for.
        reference: Name of the arm that others are subtracted from and scores are relative to.
        bounds: Names of arms that are no rivals: neither on the front nor scored.
        target: Accuracy up to which bytes are counted, or None.
    """

    name: str
    arms: tuple[ArmResult, ...]
    seeds: int
    reference: str
    bounds: tuple[str, ...] = ()
    target: float | None = None

    def has(self, figure: str) -> bool:
        """Whether any arm has such a figure."""
        return any(arm.values(figure) for arm in self.arms)

    def difference(self, arm: ArmResult, figure: str) -> Estimate | None:
        """Mean over seeds of the arm's figure minus the reference's of the same seed; None for the reference itself."""
        if arm.name == self.reference:
            return None
        return paired(arm.values(figure), self._named(self.reference).values(figure))

    def scores(self, arm: ArmResult) -> Scores | None:
        """Composite scores of a rival, where it and the reference have what they are made of."""
        own, reference = spent(arm), spent(self._named(self.reference))
        if own is None or reference is None or arm.name in self.bounds:
            return None
        return scores(own, reference)

    @cached_property
    def dominators(self) -> dict[str, tuple[str, ...]]:
        """Who dominates each rival in accuracy, bytes and clients' CPU; nobody for those on the Pareto front."""
        rivals = {arm.name: found for arm in self.arms if arm.name not in self.bounds and (found := spent(arm))}
        return dominators({name: (-s.accuracy, s.bytes_per_site, s.client_cpu_s) for name, s in rivals.items()})

    def sorted(self, figure: str) -> tuple[ArmResult, ...]:
        """The arms by a figure, greatest first; those without it last.

        Raises:
            UnknownChoiceError: No arm has such a figure.
        """
        if not self.has(figure):
            known = sorted(
                {name for arm in self.arms for s in arm.summaries.values() for name in s if arm.values(name)}
            )
            raise UnknownChoiceError(f"no arm has a figure '{figure}'", f"choose one of {', '.join(known)}")
        means = {arm.name: found.mean for arm in self.arms if (found := arm.figure(figure))}
        return tuple(sorted(self.arms, key=lambda arm: -means.get(arm.name, float("-inf"))))

    def _named(self, name: str) -> ArmResult:
        return next(arm for arm in self.arms if arm.name == name)


def spent(arm: ArmResult) -> Spent | None:
    """What an arm reached and spent; None where no run finished."""
    figures = [arm.figure(name) for name in ("global_accuracy", "bytes_per_site", CLIENT_CPU)]
    means = [figure.mean for figure in figures if figure]
    return Spent(*means) if len(means) == len(figures) else None


def gather(comparison: Comparison, folder: Path, sort: str | None = None) -> tuple[Panel, ...]:
    """Read what has finished.

    Args:
        comparison: What was run.
        folder: Where.
        sort: Figure to sort the arms of each panel by, instead of the order that they were given in.

    Raises:
        UnknownChoiceError: No arm has the figure to sort by.
        DamagedRunError: A record cannot be read.
    """
    return tuple(_panel(name, comparison, folder, sort) for name in comparison.panels or ("",))


def _panel(name: str, comparison: Comparison, folder: Path, sort: str | None) -> Panel:
    trials = [trial for trial in comparison.trials() if trial.panel == name]
    finished = [trial for trial in trials if is_finished(trial.path(folder))]
    arms = [
        read_arm(arm, {trial.seed: trial.path(folder) for trial in finished if trial.arm == arm})
        for arm in comparison.names()
    ]
    made = _of(name, arms, comparison)
    return made if sort is None or not finished else _of(name, made.sorted(sort), comparison)


def _of(name: str, arms: Sequence[ArmResult], comparison: Comparison) -> Panel:
    return Panel(name, tuple(arms), len(comparison.seeds), comparison.against(), comparison.bounds, comparison.target)
