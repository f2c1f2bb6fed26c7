"""Label skew: every site holds exactly so many classes.

Li et al., "Federated Learning on Non-IID Data Silos", ICDE 2022 ("#C=k"): the samples of a class are shared
equally by the sites that hold it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedkd.data.checks import require_at_least
from fedkd.data.examples import Integers
from fedkd.data.partition import Partition, require_room
from fedkd.errors import PartitionError


@dataclass(frozen=True)
class ClassesPerSite(Partition):
    """Sites of few classes.

    Attributes:
        classes: Classes that a site holds. Which ones is random; the number of holders of two classes differs
            by at most one.
    """

    classes: int = 2

    def __post_init__(self) -> None:
        require_at_least("partition.classes", self.classes, 1)

    def deal(
        self, targets: Integers, sites: int, owners: Integers | None, rng: np.random.Generator
    ) -> tuple[Integers, ...]:
        """See Partition."""
        require_room(len(targets), sites, self.classes)
        labels = np.unique(targets)
        if not len(labels) / sites <= self.classes <= len(labels):
            raise PartitionError(
                f"{sites} sites with {self.classes} classes each do not fit data with {len(labels)} classes",
                "let sites * classes be at least, and classes at most, the number of classes",
            )
        holds = self._holders(sites, len(labels), rng)
        parts: list[list[Integers]] = [[] for _ in range(sites)]
        for column, label in enumerate(labels):
            holders = np.flatnonzero(holds[:, column])
            positions = rng.permutation(np.flatnonzero(targets == label))
            if len(positions) < len(holders):
                raise PartitionError(
                    f"class {label} has {len(positions)} samples for {len(holders)} sites",
                    "use fewer sites or fewer classes a site",
                )
            for holder, piece in zip(holders, np.array_split(positions, len(holders)), strict=True):
                parts[holder].append(piece)
        return tuple(np.sort(np.concatenate(part)) for part in parts)

    def _holders(self, sites: int, labels: int, rng: np.random.Generator) -> NDArray[np.bool_]:
        """[K, C] which site holds which class."""
        holds = np.zeros((sites, labels), dtype=np.bool_)
        for site in range(sites):
            # The classes with the fewest holders so far, ties at random: no class is left without a site.
            order = np.lexsort((rng.random(labels), holds.sum(axis=0)))
            holds[site, order[: self.classes]] = True
        return holds
