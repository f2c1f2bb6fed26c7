"""Votes in order of size, coordinate by coordinate: what medians and trimmed means have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fedkd.aggregate.votes import Table, Votes


def sorted_votes(votes: Votes) -> tuple[Table, NDArray[np.float64]]:
    """Values [K, N, C] in ascending order over sites, and the cumulative weight [K, N, C] up to and with each.

    Weights are shares of the row's whole weight, so the last is 1 (0 in rows without votes).
    """
    weights = votes.site_weights.astype(np.float64)
    shares = weights / np.maximum(weights.sum(0), 1e-30)
    order = votes.values.argsort(0, kind="stable")
    spread = np.broadcast_to(shares[:, :, None], votes.values.shape)
    cumulative = np.take_along_axis(spread, order, 0).cumsum(0)
    return np.take_along_axis(votes.values, order, 0), cumulative
