"""Equal parts at random: the control against which every skew is read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedkd.data.examples import Integers
from fedkd.data.partition import Partition, require_room


@dataclass(frozen=True)
class Iid(Partition):
    """Every site draws from the same distribution; sizes differ by at most one sample."""

    def deal(
        self, targets: Integers, sites: int, owners: Integers | None, rng: np.random.Generator
    ) -> tuple[Integers, ...]:
        """See Partition."""
        require_room(len(targets), sites, 1)
        order = rng.permutation(len(targets))
        return tuple(np.sort(part) for part in np.array_split(order, sites))
