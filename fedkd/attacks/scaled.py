"""Scaling: an attacker that shouts (model replacement by scaled updates: Bagdasaryan et al., AISTATS 2020)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedkd.aggregate import Table, Votes


@dataclass(frozen=True)
class Scaled:
    """Predictions are sharpened to p ** factor / sum, which multiplies logits; weights and updates by -factor.

    Attributes:
        factor: Positive; 1 leaves predictions alone and only turns updates round.
    """

    factor: float = 10.0

    def __post_init__(self) -> None:
        if self.factor <= 0:
            raise ValueError(f"factor={self.factor} must be positive")

    def __call__(self, honest: Votes, own: Table, round_: int, rng: np.random.Generator) -> Table:
        """Probabilities [A, N, C] of `factor` times the logits."""
        # Divided by the largest first, so that no row underflows to zero altogether.
        peak = own.max(-1, keepdims=True).astype(np.float64)
        sharp = (own / np.maximum(peak, 1e-30)) ** self.factor
        return np.asarray(sharp / sharp.sum(-1, keepdims=True), np.float32)

    def distort_array(self, array: NDArray[Any]) -> NDArray[Any]:
        """-factor x array, in its dtype."""
        return np.asarray(-self.factor * array, array.dtype)
