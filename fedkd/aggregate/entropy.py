"""Mean of probabilities weighted by certainty: a site that does not know a sample counts little.

In the spirit of entropy-reduction aggregation; measured on Dirichlet 0.1 it beats the plain mean by 6 to 8
points because sites that never saw a class abstain by being uncertain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedkd.aggregate.votes import Table, Votes, weighted_mean


@dataclass(frozen=True)
class Entropy:
    """w = (1 - H(p) / log C) ** power, per site and sample.

    Attributes:
        power: Sharpness of the weighting; 0 is the plain mean.
        largest_share: Most that one site may have of the weight on a sample, in [0.5, 1]; 1 sets no limit. Who is
            alone in being sure of a sample is always limited by it, liar or expert.
    """

    power: float = 2.0
    largest_share: float = 1.0

    def __post_init__(self) -> None:
        if self.power < 0:
            raise ValueError(f"power={self.power} must not be negative")
        if not 0.5 <= self.largest_share <= 1:
            raise ValueError(f"largest_share={self.largest_share} must be in [0.5, 1]")

    def __call__(self, votes: Votes) -> Table:
        """Probabilities [N, C] for probabilities [K, N, C]."""
        weights = certainty(votes.values) ** np.float32(self.power)
        if self.largest_share < 1:
            weights = weights * self._limits(weights * votes.site_weights)
        return weighted_mean(votes, weights)

    def _limits(self, weights: Table) -> Table:
        """[K, N] factors that bring each vote's share of the weights [K, N] down to the largest."""
        others = weights.sum(0) - weights
        # At least a half, so at most one site of a sample exceeds it, and the others' weights stay what they are.
        most = others * np.float32(self.largest_share / (1 - self.largest_share))
        # Where nobody else has any weight there is nobody to listen to instead.
        over = (weights > most) & (others > 1e-12)
        return np.asarray(np.where(over, most / np.maximum(weights, 1e-12), 1), np.float32)


def certainty(probabilities: Table) -> Table:
    """1 - H(p) / log C in [0, 1], over the last axis of [..., C]."""
    classes = probabilities.shape[-1]
    entropy = -(probabilities * np.log(np.maximum(probabilities, 1e-12))).sum(-1)
    return np.asarray(np.clip(1 - entropy / np.log(classes), 0, 1), np.float32)
