"""Median-absolute-deviation filter: puts a site aside whose votes lie far from everyone's.

Distances are those of whole sites, not of single samples, because at strong label skew an honest minority
is an outlier on most samples; a coordinate median destroys it (measured, no attacker needed).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedkd.aggregate.votes import Memory, Table, Votes


@dataclass(frozen=True)
class MadFilter:
    """Drops sites whose distance exceeds median + `bound` x MAD.

    Attributes:
        bound: In robust standard deviations (1.4826 x MAD).
    """

    bound: float = 2.5

    def __post_init__(self) -> None:
        if self.bound <= 0:
            raise ValueError(f"bound={self.bound} must be positive")

    def __call__(self, votes: Votes, memory: Memory) -> tuple[Votes, Memory]:
        """Votes with weight 0 for the sites put aside. Fewer than four sites are never filtered."""
        if len(votes) < 4:
            return votes, memory
        distance = site_distances(votes)
        centre = np.median(distance)
        spread = 1.4826 * np.median(np.abs(distance - centre))
        keep = distance <= centre + self.bound * max(float(spread), 1e-6)
        return votes.reweighted(votes.weights * keep), memory


def site_distances(votes: Votes) -> Table:
    """[K] mean over valid samples of the L1 distance to the mean of all sites."""
    total = np.maximum(votes.valid.sum(0), 1)
    mean = np.einsum("kn,knc->nc", votes.valid.astype(np.float32), votes.values) / total[:, None]
    # One site at a time: the differences of all would take as much memory as the votes.
    distance = np.stack([np.abs(values - mean).sum(-1) for values in votes.values]) * votes.valid
    return np.asarray(distance.sum(1) / np.maximum(votes.valid.sum(1), 1), np.float32)
