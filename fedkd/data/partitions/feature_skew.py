"""Feature skew: the same classes look unlike at each site.

In the spirit of Li et al., "Federated Learning on Non-IID Data Silos", ICDE 2022 (noise that grows from
site to site), and of rotated MNIST (Ghifary et al., 2015).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fedkd.data.checks import require_not_negative
from fedkd.data.examples import Floats, Integers
from fedkd.data.images import rotate
from fedkd.data.partition import Partition
from fedkd.data.partitions.iid import Iid
from fedkd.errors import OutOfRangeError


@dataclass(frozen=True)
class FeatureSkew(Partition):
    """Turned or noisy inputs on top of another partition. The public set and the test set stay as they are.

    Attributes:
        base: Who owns which sample.
        rotation_degrees: Site k of K sees its images turned by an angle that runs evenly from
            -rotation_degrees (k = 0) to rotation_degrees (k = K - 1).
        noise: Standard deviation of Gaussian noise at the last site, in units of the inputs; site k has
            (k + 1) / K of it.
    """

    base: Partition = field(default_factory=Iid)
    rotation_degrees: float = 0.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        require_not_negative("partition.rotation_degrees", self.rotation_degrees)
        require_not_negative("partition.noise", self.noise)
        if self.rotation_degrees == 0 and self.noise == 0:
            raise OutOfRangeError("a feature skew without rotation and noise is none", "set one of them")

    def deal(
        self, targets: Integers, sites: int, owners: Integers | None, rng: np.random.Generator
    ) -> tuple[Integers, ...]:
        """As `base` deals."""
        return self.base.deal(targets, sites, owners, rng)

    def transform(self, inputs: Floats, site: int, sites: int, rng: np.random.Generator) -> Floats:
        """What site `site` sees: first what `base` makes of `inputs` [N, ...], then turned, then with noise.

        Raises:
            InvalidValuesError: A rotation is asked for and `inputs` are not images.
        """
        seen = self.base.transform(inputs, site, sites, rng)
        if self.rotation_degrees > 0:
            place = 2 * site / (sites - 1) - 1 if sites > 1 else 0.0
            seen = rotate(seen, place * self.rotation_degrees)
        if self.noise > 0:
            std = np.float32(self.noise * (site + 1) / sites)
            seen = seen + std * rng.standard_normal(seen.shape, dtype=np.float32)
        return seen
