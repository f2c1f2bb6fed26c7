"""What a proof is: arms that are measured under the same seeds, and claims about their paired differences."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Measured = Mapping[str, Mapping[str, float]]
"""Figures by name, of each arm by name."""


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds and its standard error."""

    mean: float
    error: float

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Estimate:
        """From one value a seed, [S] with S of at least 2."""
        return cls(float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values)))


@dataclass(frozen=True)
class Results:
    """What the arms of a proof came to.

    Attributes:
        seeds: [S] at least two.
        measured: What each seed gave.
    """

    seeds: tuple[int, ...]
    measured: tuple[Measured, ...]

    def __post_init__(self) -> None:
        if len(self.seeds) < 2 or len(self.seeds) != len(self.measured):
            raise ValueError(f"{len(self.measured)} measurements of seeds={self.seeds} give no standard error")

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms, in the order in which they ran."""
        return tuple(self.measured[0])

    @property
    def figures(self) -> tuple[str, ...]:
        """Names of the figures that any arm has, the one that is compared first."""
        return tuple(dict.fromkeys(name for arm in self.measured[0].values() for name in arm))

    def values(self, arm: str, figure: str) -> NDArray[np.float64]:
        """[S] one value a seed."""
        return np.array([measured[arm][figure] for measured in self.measured])

    def difference(self, arm: str, other: str, figure: str) -> Estimate:
        """How far `arm` lies above `other`, seed by seed: what both share (data, teacher, first weights) cancels."""
        return Estimate.of(self.values(arm, figure) - self.values(other, figure))


@dataclass(frozen=True)
class Claim:
    """What was claimed, and what the measurement says of it.

    Attributes:
        sentence: One sentence with the figures.
        holds: Whether it was shown; None where nothing was claimed and the figures are only reported.
    """

    sentence: str
    holds: bool | None


class Proof(Protocol):
    """An experiment that anyone can repeat in a minute."""

    @property
    def title(self) -> str:
        """What it shows, for the head of its table."""
        ...

    @property
    def compared(self) -> Mapping[str, str]:
        """The arm that each arm is compared with; arms that are not named stand alone."""
        ...

    def measure(self, seed: int) -> Measured:
        """Run every arm under one seed."""
        ...

    def claims(self, results: Results) -> tuple[Claim, ...]:
        """Hold the claims against the results."""
        ...


def run(proof: Proof, seeds: Sequence[int], told: Callable[[int], None]) -> Results:
    """Measure a proof under each seed.

    Args:
        proof: Which.
        seeds: At least two.
        told: Called with the number of seeds that are done.
    """
    measured = []
    for done, seed in enumerate(seeds, start=1):
        measured.append(proof.measure(seed))
        told(done)
    return Results(tuple(seeds), tuple(measured))


def better(results: Results, figure: str, arm: str, other: str, least: float) -> Claim:
    """The claim that `arm` lies at least `least` above `other` on average.

    The sentence tells a claim that holds on average from one whose margin is over two standard errors.
    """
    found = results.difference(arm, other, figure)
    margin = found.mean - least
    clear = "" if margin > 2 * found.error else ", but by less than two standard errors"
    verdict = f"holds{clear}" if margin >= 0 else "does not hold"
    sentence = f"{_compared(results, figure, arm, other)}, at least {least:+.2f} was claimed: {verdict}."
    return Claim(sentence, margin >= 0)


def reported(results: Results, figure: str, arm: str, other: str) -> Claim:
    """How far `arm` lies above `other`, whatever that is."""
    return Claim(f"{_compared(results, figure, arm, other)}, nothing was claimed.", None)


def _compared(results: Results, figure: str, arm: str, other: str) -> str:
    found = results.difference(arm, other, figure)
    return f"{arm} against {other}, {figure}: {found.mean:+.2f} ± {found.error:.2f} over {len(results.seeds)} seeds"
