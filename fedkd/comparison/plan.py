"""What to compare: arms, panels and seeds, and the runs that follow from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

TAKEN = ("plots",)
"""Names of folders that a comparison writes beside its arms."""


@dataclass(frozen=True)
class Trial:
    """One run of a comparison.

    Attributes:
        panel: Its panel, or "" where there is only one.
        arm: Its arm.
        seed: Its seed.
        overrides: All that make its scenario.
    """

    panel: str
    arm: str
    seed: int
    overrides: tuple[str, ...]

    @property
    def name(self) -> str:
        """PANEL/ARM/seed-N, its place below the comparison's folder."""
        return "/".join(filter(None, (self.panel, self.arm, f"seed-{self.seed}")))

    def path(self, folder: Path) -> Path:
        """Its run directory."""
        return folder / self.name


@dataclass(frozen=True)
class Comparison:
    """What to run and how to look at it.

    Attributes:
        arms: Overrides of each arm by its name.
        base: Overrides of all arms; a panel's go after them, an arm's own after these.
        grid: Keys and the values that each is to take, crossed with one another and with the arms.
        panels: Overrides of each panel by its name, crossed with the arms; each panel has tables of its own.
        seeds: Seeds of each arm.
        reference: The arm that others are subtracted from and scores are relative to; the first where left out.
        bounds: Arms that are no rivals, such as pooled training, whose data nobody counts: they stand in tables and
            plots, and take no part in the Pareto front and the scores.
        target: Accuracy up to which bytes are counted, in (0, 1].
    """

    arms: Mapping[str, tuple[str, ...]]
    base: tuple[str, ...] = ()
    grid: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    panels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seeds: tuple[int, ...] = (0, 1, 2)
    reference: str | None = None
    bounds: tuple[str, ...] = ()
    target: float | None = None

    def __post_init__(self) -> None:
        if not self.arms or not self.seeds:
            raise ValueError("a comparison needs at least one arm and one seed")
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds={list(self.seeds)} names a seed twice")
        if self.target is not None and not 0 < self.target <= 1:
            raise ValueError(f"target={self.target} is no accuracy in (0, 1]")
        for name in (*self.names(), *self.panels):
            if not name or "/" in name or name.startswith(".") or name in TAKEN:
                raise ValueError(f"the name '{name}' of an arm or a panel must be one that a folder can have")
        for name in (*self.bounds, *([self.reference] if self.reference is not None else [])):
            if name not in self.names():
                raise ValueError(f"reference and bounds name '{name}', but the arms are {', '.join(self.names())}")

    def names(self) -> tuple[str, ...]:
        """Names of the arms, the grid's values included: `fedavg-steps=20`."""
        return tuple(name for name, _ in self._points())

    def against(self) -> str:
        """The arm that others are subtracted from."""
        return self.reference if self.reference is not None else self.names()[0]

    def trials(self) -> tuple[Trial, ...]:
        """Every run, one seed of all arms after the other, so that whoever stops early has whole seeds."""
        return tuple(
            Trial(panel, arm, seed, (*self.base, *around, *own, f"seed={seed}", "runtime.processes=1"))
            for seed in self.seeds
            for panel, around in (self.panels or {"": ()}).items()
            for arm, own in self._points()
        )

    def _points(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Every arm at every point of the grid: its name and its own overrides."""
        for (arm, own), values in product(self.arms.items(), product(*self.grid.values())):
            point = dict(zip(self.grid, values, strict=True))
            name = "-".join([arm, *(f"{key.rpartition('.')[2]}={value}" for key, value in point.items())])
            yield name, (*own, *(f"{key}={value}" for key, value in point.items()))
