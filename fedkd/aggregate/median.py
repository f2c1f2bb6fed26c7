"""Coordinate-wise median (Yin et al., ICML 2018), made a distribution again.

Measured: at Dirichlet 0.1 it fails without any attacker, because few sites know a class and the median of the others is
nearly zero for every class (MNIST-5k, seed 10, four rounds: accuracy 0.52 where `Entropy` has 0.94).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedkd.aggregate.sorting import sorted_votes
from fedkd.aggregate.votes import Table, Votes, normalised

_AT_A_TIME = 2**22
"""Numbers of all sites that are sorted together."""

EVEN = 1e-9
"""Cumulative weights that are this close to a half count as a half."""


@dataclass(frozen=True)
class Median:
    """Weighted median of each class over the sites, divided by the sum over classes.

    Where exactly half of the weight lies on either side, as with an even number of equal sites, it is the mean of the
    two values in the middle.
    """

    def __call__(self, votes: Votes) -> Table:
        """Probabilities [N, C] for probabilities [K, N, C]; uniform where every median is zero, zero without votes."""
        # Some samples at a time: sorting takes several times the memory of the votes.
        step = max(_AT_A_TIME // max(len(votes) * votes.values.shape[2], 1), 1)
        parts = [self._middle(votes.at(slice(i, i + step))) for i in range(0, votes.values.shape[1], step)]
        return normalised(np.concatenate(parts) if parts else votes.values[0], votes)

    def _middle(self, votes: Votes) -> Table:
        values, cumulative = sorted_votes(votes)
        lower = _first(values, cumulative >= 0.5 - EVEN)
        upper = _first(values, cumulative > 0.5 + EVEN)
        return np.asarray((lower + upper) / 2, np.float32)


def _first(values: Table, reached: NDArray[np.bool_]) -> Table:
    return np.asarray(np.take_along_axis(values, reached.argmax(0)[None], 0)[0], np.float32)
