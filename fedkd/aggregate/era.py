"""Entropy reduction aggregation: the mean of the sites' probabilities, sharpened (DS-FL; Itahara et al., 2020)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from fedkd.aggregate.mean import Mean
from fedkd.aggregate.votes import Table, Votes, normalised


@dataclass(frozen=True)
class Era:
    """softmax(p / T), where p is the plain mean of the probabilities (arXiv 2008.06180, ERA).

    The softmax is taken of the probabilities themselves, as in the paper, not of their logarithms: that would be
    `EnhancedEra` with sharpness 1 / T. A mean of 1 against 0 thus becomes exp(1 / T) to 1.

    Attributes:
        temperature: T; the paper's 0.1 makes nearly one-hot rows.
    """

    temperature: float = 0.1

    def __post_init__(self) -> None:
        if self.temperature <= 0:
            raise ValueError(f"temperature={self.temperature} must be positive")

    def __call__(self, votes: Votes) -> Table:
        """Probabilities [N, C] for probabilities [K, N, C]; zero where nobody voted."""
        return normalised(softmax(Mean()(votes) / np.float32(self.temperature), axis=-1), votes)
