"""The vote of several proxies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fedkd.search.budget import Candidate
from fedkd.search.proxies.proxy import Proxy


def vote(
    proxies: Sequence[Proxy], candidates: Sequence[Candidate], inputs: NDArray[np.float32], classes: int, seed: int
) -> NDArray[np.float64]:
    """Mean rank in (0, 1] of each candidate over the proxies that have something to say about it; 1 is best.

    A candidate that all are silent on (trees, where `Parameters` does not vote) is put in the middle, at 0.5.

    Args:
        proxies: The voters, at least one.
        candidates: Networks to compare.
        inputs: [B, ...] unlabelled samples.
        classes: Number of classes.
        seed: Seed of the initial weights.
    """
    ranks = np.stack([_ranks(proxy(candidates, inputs, classes, seed)) for proxy in proxies])
    spoken = ~np.isnan(ranks)
    total = np.where(spoken, ranks, 0.0).sum(axis=0)
    return np.asarray(np.where(spoken.any(axis=0), total / np.maximum(spoken.sum(axis=0), 1), 0.5))


def _ranks(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    # Imported here: scipy.stats takes a second of CPU, which a federation that searches nothing need not spend.
    from scipy.stats import rankdata

    ranks, spoken = np.full(len(scores), np.nan), ~np.isnan(scores)
    ranks[spoken] = rankdata(scores[spoken]) / max(spoken.sum(), 1)
    return ranks
