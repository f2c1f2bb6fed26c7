"""A data set and a partition."""

from dataclasses import dataclass

import numpy as np

from fedkd.data.build import Labelled, build_corpus
from fedkd.data.partition import Partition


@dataclass(frozen=True)
class Blobs:
    """Points around three centres in the plane."""

    samples: int

    def load(self):
        """The points, the same in every run."""
        rng = np.random.Generator(np.random.PCG64(5))
        blob = np.arange(self.samples) % 3
        points = np.array([(0, 0), (3, 0), (0, 3)])[blob] + rng.normal(size=(self.samples, 2))
        return build_corpus("blobs", Labelled(points, blob), None, classes=3)


@dataclass(frozen=True)
class Turns(Partition):
    """Sites take samples in turns."""

    def deal(self, targets, sites, owners, rng):
        """See Partition."""
        return tuple(np.arange(site, len(targets), sites) for site in range(sites))
