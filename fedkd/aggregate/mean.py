"""Plain means: of probabilities (FedKDNAS's default reading) or of logits (FedMD, Li and Wang, 2019)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedkd.aggregate.votes import Table, Votes, weighted_mean


@dataclass(frozen=True)
class Mean:
    """Every valid vote counts alike, or in proportion to the site's private samples.

    Attributes:
        by_samples: Weigh by the number of private samples.
    """

    by_samples: bool = False

    def __call__(self, votes: Votes) -> Table:
        """Targets [N, C] for votes [K, N, C]."""
        per_site = votes.samples if self.by_samples else np.ones(len(votes), np.float32)
        return weighted_mean(votes, np.broadcast_to(per_site[:, None], votes.valid.shape))
