"""Robust mean of each sample's votes by spectral filtering, twice (Cronus; Chang et al., arXiv 1912.11279).

In the spirit of the form that Roux, Zimmer and Pokutta (ICLR 2025) use, written from a description.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedkd.aggregate.votes import Table, Votes


@dataclass(frozen=True)
class Cronus:
    """Drops the votes that lie farthest out along the direction of most variance, then takes the mean of the rest.

    Twice, each time `share` / 2 of the row's votes (rounded, halves up) with the largest absolute projection of the
    centred votes on the top eigenvector of their covariance. At strong label skew these are the minorities too.

    Attributes:
        share: Largest share of attackers expected, in [0, 0.5).
    """

    share: float = 0.2

    def __post_init__(self) -> None:
        if not 0 <= self.share < 0.5:
            raise ValueError(f"share={self.share} of attackers must be in [0, 0.5)")

    def __call__(self, votes: Votes) -> Table:
        """Targets [N, C] for votes [K, N, C], probabilities or logits; zero where nobody voted."""
        weights = votes.site_weights.astype(np.float64)
        voters = (weights > 0).sum(0)
        # Never all: a single vote is its own mean.
        drop = np.minimum(np.floor(self.share * voters / 2 + 0.5).astype(int), np.maximum(voters - 1, 0) // 2)
        for _ in range(2):
            weights = _filtered(votes.values, weights, drop)
        return np.asarray(_mean(votes.values, weights), np.float32)


def _filtered(values: Table, weights: NDArray[np.float64], drop: NDArray[np.int_]) -> NDArray[np.float64]:
    """Weights [K, N] with 0 for the `drop` [N] farthest votes of each row."""
    centred = (values - _mean(values, weights)[None]) * (weights > 0)[:, :, None]
    covariance = np.einsum("kn,kni,knj->nij", weights, centred, centred)
    top = np.linalg.eigh(covariance)[1][:, :, -1]
    outlying = np.where(weights > 0, np.abs(np.einsum("knc,nc->kn", centred, top)), -1)
    rank = (-outlying).argsort(0, kind="stable").argsort(0, kind="stable")
    return np.asarray(np.where(rank < drop[None], 0, weights), np.float64)


def _mean(values: Table, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    norm = np.maximum(weights.sum(0), 1e-30)
    return np.asarray(np.einsum("kn,knc->nc", weights, values) / norm[:, None], np.float64)
