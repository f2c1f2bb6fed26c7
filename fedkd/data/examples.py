"""Examples: inputs, targets and the identity of each sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedkd.data.scaling import Scaling

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Examples:
    """A set of samples that belong together.

    Attributes:
        inputs: [N, ...] float32, one row a sample, in the shape that networks read
            (images are [N, channels, height, width], sensor windows [N, features, time],
            tables [N, features]).
        targets: [N] int64 class ids.
        ids: [N] int64 identities, unique within one data set. Disjointness is checked on them.
    """

    inputs: Floats
    targets: Integers
    ids: Integers

    def __post_init__(self) -> None:
        if not len(self.inputs) == len(self.targets) == len(self.ids):
            raise ValueError("inputs, targets and ids must have one row a sample")

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Integers) -> Examples:
        """The samples at positions `rows`, in that order."""
        return Examples(self.inputs[rows], self.targets[rows], self.ids[rows])

    def scaled(self, scaling: Scaling) -> Examples:
        """The same samples, scaled."""
        return Examples(scaling.apply(self.inputs), self.targets, self.ids)


@dataclass(frozen=True)
class Corpus:
    """A whole data set as a source gives it, before anything is split.

    Attributes:
        train: Samples for sites and the public set.
        test: The publisher's own test set, or None where there is none (it is then cut from `train`).
        classes: Number of classes C; targets lie in [0, C).
        owners: [N] int64 natural owner of each sample of `train` (home, writer, folder), or None.
        name: What figures call this data set.
    """

    train: Examples
    test: Examples | None
    classes: int
    name: str
    owners: Integers | None = None


@dataclass(frozen=True)
class SiteData:
    """What one site owns. Nobody else sees it.

    Attributes:
        train: Samples that it learns from.
        validation: Samples that it chooses with (architecture, settings); never trained on.
        histogram: [C] int64 labels per class over train and validation together.
    """

    train: Examples
    validation: Examples
    histogram: Integers


@dataclass(frozen=True)
class FederatedData:
    """A data set dealt out: private parts, the public set, the test set. All four are disjoint.

    Attributes:
        sites: One entry a site.
        public: Unlabelled samples that every site and the aggregator hold. `public.targets` is -1 throughout.
        public_labels: [N] int64 hidden labels of the public set, for diagnostics only, never for training.
        test: Balanced test set.
        classes: Number of classes C.
        name: What figures call this data set.
        scaling: How features were standardised; None where they were not.
    """

    sites: tuple[SiteData, ...]
    public: Examples
    public_labels: Integers
    test: Examples
    classes: int
    name: str
    scaling: Scaling | None = None

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one sample, without the batch axis."""
        return tuple(self.test.inputs.shape[1:])
