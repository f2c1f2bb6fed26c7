"""Partitions (extension point): which site owns which private sample."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from fedkd.data.examples import Floats, Integers
from fedkd.errors import OverlapError, PartitionError


@runtime_checkable
class Partition(Protocol):
    """A way to deal samples to sites, and to make the inputs of sites unlike.

    Implementations inherit from this protocol, so that those which leave inputs alone need no second method.
    """

    def deal(
        self, targets: Integers, sites: int, owners: Integers | None, rng: np.random.Generator
    ) -> tuple[Integers, ...]:
        """Deals N samples to K sites.

        Args:
            targets: [N] int64 class ids.
            sites: Number of sites K.
            owners: [N] int64 natural owner of each sample, or None where the data name none.
            rng: Source of every draw.

        Returns:
            For each site the positions of its samples, ascending. Every position is dealt exactly once and
            every site has at least one.

        Raises:
            PartitionError: The samples cannot be dealt like this.
            MissingIdentityError: The partition needs owners.
        """
        ...

    def transform(self, inputs: Floats, site: int, sites: int, rng: np.random.Generator) -> Floats:
        """What site `site` of `sites` sees in place of `inputs` [N, ...]. Most partitions change nothing."""
        return inputs


def require_room(samples: int, sites: int, per_site: int) -> None:
    """Raises PartitionError unless every site can have `per_site` samples."""
    if samples < sites * per_site:
        raise PartitionError(
            f"{samples} private samples cannot give each of {sites} sites {per_site}",
            "use fewer sites, more private samples or a smaller minimum",
        )


def check_deal(parts: tuple[Integers, ...], samples: int, sites: int) -> None:
    """Checks what a partition returned: ours are tested, those of third parties may not be.

    Raises:
        PartitionError: Another number of sites, a site without samples, a sample without a site, or a
            position that does not exist.
        OverlapError: A sample with two sites.
    """
    empty = [site for site, part in enumerate(parts) if len(part) == 0]
    if len(parts) != sites or empty:
        raise PartitionError(
            f"the partition served {len(parts)} of {sites} sites and left {len(empty)} without samples",
            "use fewer sites, more private samples or another partition",
        )
    dealt = np.concatenate(parts)
    if dealt.min() < 0 or dealt.max() >= samples:
        raise PartitionError("the partition dealt positions that do not exist", "correct its deal()")
    times = np.bincount(dealt, minlength=samples)
    if times.max() > 1:
        raise OverlapError(
            f"the partition dealt sample {int(times.argmax())} to more than one site", "correct its deal()"
        )
    if times.min() == 0:
        raise PartitionError(f"the partition dealt sample {int(times.argmin())} to no site", "correct its deal()")
