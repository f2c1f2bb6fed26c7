"""Multiplicative weights with history: a site that lies apart loses weight round after round.

In the spirit of ExpGuard and its ExpWeights (Roux, Zimmer and Pokutta, ICLR 2025, arXiv 2402.12265), written from a
description: w_k <- w_k exp(-eta * outlier score_k).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedkd.aggregate.mad import site_distances
from fedkd.aggregate.votes import Memory, Votes

LOSS = "loss/"
"""Prefix of the names of what is remembered: one number a site."""


@dataclass(frozen=True)
class ExpWeights:
    """w_k = exp(-eta * (sum of the outlier scores of k - the least such sum)).

    The outlier score of a round is the mean L1 distance to the mean of all sites, halved, so that it is in [0, 1] for
    probabilities. A site that says nothing in a round keeps what it has lost.

    Attributes:
        eta: How fast weight is lost.
    """

    eta: float = 1.0

    def __post_init__(self) -> None:
        if self.eta <= 0:
            raise ValueError(f"eta={self.eta} must be positive")

    def __call__(self, votes: Votes, memory: Memory) -> tuple[Votes, Memory]:
        """Weights in (0, 1], the best site's 1; remembers the sum of the scores of each site."""
        before = np.array([float(memory.get(LOSS + sender, 0.0)) for sender in votes.senders])
        loss = before + site_distances(votes) / 2
        weights = np.exp(-self.eta * (loss - loss.min()))
        now = {LOSS + sender: np.array(value) for sender, value in zip(votes.senders, loss, strict=True)}
        return votes.reweighted(votes.weights * weights), {**memory, **now}
