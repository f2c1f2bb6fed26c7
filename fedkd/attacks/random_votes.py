"""Noise: random distributions, confident or not, that have nothing to do with the samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedkd.aggregate import Table, Votes


@dataclass(frozen=True)
class RandomVotes:
    """Each row is drawn from a symmetric Dirichlet distribution, anew in each round and for each attacker.

    Attributes:
        concentration: Of the Dirichlet distribution; small values give confident rows, 1 is uniform on the simplex.
    """

    concentration: float = 0.1

    def __post_init__(self) -> None:
        if self.concentration <= 0:
            raise ValueError(f"concentration={self.concentration} must be positive")

    def __call__(self, honest: Votes, own: Table, round_: int, rng: np.random.Generator) -> Table:
        """Probabilities [A, N, C]."""
        attackers, rows, classes = own.shape
        drawn = rng.dirichlet(np.full(classes, self.concentration), (attackers, rows))
        return np.asarray(drawn, np.float32)
