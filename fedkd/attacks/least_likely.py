"""Loss maximisation: one-hot on the class that honest sites hold least likely (LMA; Roux et al., ICLR 2025)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedkd.aggregate import Mean, Table, Votes


@dataclass(frozen=True)
class LeastLikely:
    """Every attacker puts all its weight, on every sample, on the least likely class under the mean honest vote."""

    def __call__(self, honest: Votes, own: Table, round_: int, rng: np.random.Generator) -> Table:
        """One-hot rows [A, N, C]; of equally unlikely classes the first."""
        table = np.eye(own.shape[-1], dtype=np.float32)[Mean()(honest).argmin(-1)]
        return np.broadcast_to(table, own.shape).copy()
