"""Label skew: each class is spread over the sites by its own Dirichlet draw.

Hsu, Qi, Brown, "Measuring the Effects of Non-Identical Data Distribution for Federated Visual
Classification", 2019, in the variant of PFLlib: sites that already hold their fair share get no more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedkd.data.checks import require_at_least, require_positive
from fedkd.data.examples import Integers
from fedkd.data.partition import Partition, require_room
from fedkd.errors import PartitionError

# A try draws counts only, so all of them together take a second or two.
_TRIES = 10_000


@dataclass(frozen=True)
class Dirichlet(Partition):
    """Label skew of strength `alpha`.

    Attributes:
        alpha: Concentration: 0.1 gives sites of one or two classes, 100 is nearly iid.
        min_samples: Draws in which a site has fewer samples are thrown away.
    """

    alpha: float = 0.1
    min_samples: int = 10

    def __post_init__(self) -> None:
        require_positive("partition.alpha", self.alpha)
        require_at_least("partition.min_samples", self.min_samples, 1)

    def deal(
        self, targets: Integers, sites: int, owners: Integers | None, rng: np.random.Generator
    ) -> tuple[Integers, ...]:
        """See Partition."""
        require_room(len(targets), sites, self.min_samples)
        counts = self._acceptable_counts(np.bincount(targets), sites, rng)
        parts: list[list[Integers]] = [[] for _ in range(sites)]
        for label in range(counts.shape[1]):
            positions = rng.permutation(np.flatnonzero(targets == label))
            for part, piece in zip(parts, np.split(positions, np.cumsum(counts[:-1, label])), strict=True):
                part.append(piece)
        return tuple(np.sort(np.concatenate(part)) for part in parts)

    def _acceptable_counts(self, class_sizes: Integers, sites: int, rng: np.random.Generator) -> Integers:
        for _ in range(_TRIES):
            counts = self._draw_counts(class_sizes, sites, rng)
            if counts is not None and counts.sum(axis=1).min() >= self.min_samples:
                return counts
        raise PartitionError(
            f"in {_TRIES} Dirichlet({self.alpha}) draws, a site had fewer than {self.min_samples} samples",
            "use fewer sites, more private samples, a larger alpha or a smaller min_samples",
        )

    def _draw_counts(self, class_sizes: Integers, sites: int, rng: np.random.Generator) -> Integers | None:
        """[K, C] samples of each class for each site, or None if a draw left nobody with a share."""
        counts = np.zeros((sites, len(class_sizes)), np.int64)
        fair_share = class_sizes.sum() / sites
        for label in np.flatnonzero(class_sizes):
            shares = rng.dirichlet(np.full(sites, self.alpha)) * (counts.sum(axis=1) < fair_share)
            if shares.sum() == 0:  # a tiny alpha puts everything on one site, which may be full
                return None
            ends = np.rint(np.cumsum(shares) / shares.sum() * class_sizes[label]).astype(np.int64)
            counts[:, label] = np.diff(ends, prepend=0)
        return counts
