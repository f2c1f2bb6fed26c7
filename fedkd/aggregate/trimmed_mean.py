"""Coordinate-wise trimmed mean (Yin et al., ICML 2018), made a distribution again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedkd.aggregate.sorting import sorted_votes
from fedkd.aggregate.votes import Table, Votes, normalised


@dataclass(frozen=True)
class TrimmedMean:
    """Mean of each class over what is left when `share` of the weight is cut off at either end.

    A vote on the edge counts with the part of its weight that is inside.

    Attributes:
        share: In [0, 0.5).
    """

    share: float = 0.2

    def __post_init__(self) -> None:
        if not 0 <= self.share < 0.5:
            raise ValueError(f"share={self.share} cut off at either end must be in [0, 0.5)")

    def __call__(self, votes: Votes) -> Table:
        """Probabilities [N, C] for probabilities [K, N, C]; uniform where nothing is left, zero without votes."""
        values, cumulative = sorted_votes(votes)
        inside = np.clip(cumulative, self.share, 1 - self.share)
        weights = np.diff(inside, axis=0, prepend=self.share)
        mean = (weights * values).sum(0) / (1 - 2 * self.share)
        return normalised(np.asarray(mean, np.float32), votes)
