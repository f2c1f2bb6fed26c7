"""Geometric median of the votes on each sample, by the smoothed Weiszfeld algorithm (RFA; Pillutla et al., 2022)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedkd.aggregate.votes import Table, Votes


@dataclass(frozen=True)
class GeometricMedian:
    """The point z with the least weighted sum of distances to the votes: z = sum b_k p_k / sum b_k.

    b_k = w_k / max(`smoothing`, |z - p_k|), from the weighted mean on, for `iterations` rounds. As a convex combination
    of distributions it is one.

    Attributes:
        smoothing: Distances below this count as this.
        iterations: Of Weiszfeld's algorithm.
    """

    smoothing: float = 1e-3
    iterations: int = 20

    def __post_init__(self) -> None:
        if self.smoothing <= 0:
            raise ValueError(f"smoothing={self.smoothing} must be positive")
        if self.iterations < 1:
            raise ValueError(f"iterations={self.iterations} must be at least 1")

    def __call__(self, votes: Votes) -> Table:
        """Targets [N, C] for votes [K, N, C], probabilities or logits; zero where nobody voted."""
        weights = votes.site_weights
        point = _mean(votes.values, weights)
        for _ in range(self.iterations):
            distance = np.linalg.norm(votes.values - point[None], axis=-1)
            point = _mean(votes.values, weights / np.maximum(distance, np.float32(self.smoothing)))
        return point


def _mean(values: Table, weights: Table) -> Table:
    norm = np.maximum(weights.sum(0), 1e-30)
    return np.asarray(np.einsum("kn,knc->nc", weights, values) / norm[:, None], np.float32)
