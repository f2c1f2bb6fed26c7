"""Majority of the sites' likeliest classes: hard votes (in the spirit of TallyTrain, arXiv 2607.00173)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedkd.aggregate.mean import Mean
from fedkd.aggregate.votes import Table, Votes, normalised


@dataclass(frozen=True)
class Majority:
    """One-hot on the class that most site weight holds likeliest.

    Of classes with equally many votes the one with the larger mean probability wins, and of these the first.
    """

    def __call__(self, votes: Votes) -> Table:
        """One-hot rows [N, C] for probabilities or logits [K, N, C]; zero where nobody voted."""
        classes = votes.values.shape[-1]
        ballots = np.eye(classes, dtype=np.float32)[votes.values.argmax(-1)]
        tally = np.einsum("kn,knc->nc", votes.site_weights, ballots)
        leading = tally >= tally.max(-1, keepdims=True) * np.float32(1 - 1e-6)
        winner = np.where(leading, Mean()(votes), -np.inf).argmax(-1)
        return normalised(np.eye(classes, dtype=np.float32)[winner], votes)
