"""Enhanced entropy reduction aggregation: the mean raised to a power (SCARLET, arXiv 2504.19602)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedkd.aggregate.mean import Mean
from fedkd.aggregate.votes import Table, Votes, normalised


@dataclass(frozen=True)
class EnhancedEra:
    """p ** b / sum over classes of p ** b, where p is the plain mean of the probabilities.

    Attributes:
        sharpness: b; 1 leaves the mean as it is, the paper uses 1 to 2.
    """

    sharpness: float = 1.5

    def __post_init__(self) -> None:
        if self.sharpness <= 0:
            raise ValueError(f"sharpness={self.sharpness} must be positive")

    def __call__(self, votes: Votes) -> Table:
        """Probabilities [N, C] for probabilities [K, N, C]; zero where nobody voted."""
        mean = Mean()(votes)
        # By the largest, so that no power underflows to a row of zeros.
        relative = mean / np.maximum(mean.max(-1, keepdims=True), 1e-30)
        return normalised(relative ** np.float32(self.sharpness), votes)
