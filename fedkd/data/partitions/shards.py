"""Label skew: samples sorted by class, cut into shards, a few shards for each site.

McMahan et al., "Communication-Efficient Learning of Deep Networks from Decentralized Data", 2017, section 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedkd.data.checks import require_at_least
from fedkd.data.examples import Integers
from fedkd.data.partition import Partition, require_room


@dataclass(frozen=True)
class Shards(Partition):
    """Sites of equal size and few classes.

    Attributes:
        per_site: Shards that a site gets; it then holds about as many classes, at most twice as many.
    """

    per_site: int = 2

    def __post_init__(self) -> None:
        require_at_least("partition.per_site", self.per_site, 1)

    def deal(
        self, targets: Integers, sites: int, owners: Integers | None, rng: np.random.Generator
    ) -> tuple[Integers, ...]:
        """See Partition."""
        require_room(len(targets), sites, self.per_site)
        shuffled = rng.permutation(len(targets))
        by_class = shuffled[np.argsort(targets[shuffled], kind="stable")]
        shards = np.array_split(by_class, sites * self.per_site)
        hands = rng.permutation(len(shards)).reshape(sites, self.per_site)
        return tuple(np.sort(np.concatenate([shards[shard] for shard in hand])) for hand in hands)
