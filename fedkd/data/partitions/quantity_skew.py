"""Quantity skew: sites of unlike size and like distribution.

Li et al., "Federated Learning on Non-IID Data Silos", ICDE 2022: sizes follow a Dirichlet draw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedkd.data.checks import require_at_least, require_positive
from fedkd.data.examples import Integers
from fedkd.data.partition import Partition, require_room


@dataclass(frozen=True)
class QuantitySkew(Partition):
    """Unlike sizes.

    Attributes:
        alpha: Concentration of the sizes: 0.5 is very unequal, 100 nearly equal.
        min_samples: What every site gets before the rest is dealt by the draw.
    """

    alpha: float = 0.5
    min_samples: int = 10

    def __post_init__(self) -> None:
        require_positive("partition.alpha", self.alpha)
        require_at_least("partition.min_samples", self.min_samples, 1)

    def deal(
        self, targets: Integers, sites: int, owners: Integers | None, rng: np.random.Generator
    ) -> tuple[Integers, ...]:
        """See Partition."""
        require_room(len(targets), sites, self.min_samples)
        spare = len(targets) - sites * self.min_samples
        shares = np.cumsum(rng.dirichlet(np.full(sites, self.alpha)))
        extra = np.diff(np.rint(shares / shares[-1] * spare).astype(np.int64), prepend=0)
        ends = np.cumsum(self.min_samples + extra)[:-1]
        return tuple(np.sort(part) for part in np.split(rng.permutation(len(targets)), ends))
