"""Prior correction, then a vote by counts: what a site would say had it seen all classes alike."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import softmax

from fedkd.aggregate.count_vote import CountVote, shared_counts
from fedkd.aggregate.votes import Table, Votes


@dataclass(frozen=True)
class PriorCorrected:
    """softmax(z - log prior_k) of each site, then `CountVote`.

    In the spirit of logit adjustment (Menon et al., ICLR 2021). Without the vote by counts it fails: classes that a
    site never saw win by their tiny prior, which is right as an abstention and wrong as a vote.

    Attributes:
        smoothing: Samples added to each class before the prior is taken.
    """

    smoothing: float = 1.0

    def __post_init__(self) -> None:
        if self.smoothing <= 0:
            raise ValueError(f"smoothing={self.smoothing} must be positive")

    def __call__(self, votes: Votes) -> Table:
        """Probabilities [N, C] for probabilities [K, N, C].

        Raises:
            ConfigError: The sites do not share their class counts.
        """
        counts = shared_counts(votes, "PriorCorrected") + np.float32(self.smoothing)
        prior = counts / counts.sum(-1, keepdims=True)
        logits = np.log(np.maximum(votes.values, 1e-12)) - np.log(prior)[:, None, :]
        return CountVote()(replace(votes, values=softmax(logits, axis=-1).astype(np.float32)))
