"""The partition that the data bring along: homes, writers, hospitals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedkd.data.examples import Integers
from fedkd.data.partition import Partition
from fedkd.errors import MissingIdentityError, PartitionError


@dataclass(frozen=True)
class NaturalId(Partition):
    """Owners stay whole.

    With as many sites as owners, site k is the k-th owner. With fewer, owners are dealt in turn (owner j to
    site j mod K), so some sites stand for several owners.
    """

    def deal(
        self, targets: Integers, sites: int, owners: Integers | None, rng: np.random.Generator
    ) -> tuple[Integers, ...]:
        """See Partition."""
        if owners is None:
            raise MissingIdentityError(
                "the data do not say who owns a sample", "choose another partition, or a source with owners"
            )
        names, rank = np.unique(owners, return_inverse=True)
        if len(names) < sites:
            raise PartitionError(
                f"the data have {len(names)} owners for {sites} sites", f"use at most {len(names)} sites"
            )
        return tuple(np.flatnonzero(rank % sites == site) for site in range(sites))
