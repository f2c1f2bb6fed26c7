"""How raw data become what networks read: agreed by all, carried by every kit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedkd.data import Floats
from fedkd.data.images import require_pixel_scale
from fedkd.data.scaling import Scaling
from fedkd.errors import OutOfRangeError


@dataclass(frozen=True)
class Scale:
    """(value - mean) / std, one entry for all features or one a feature (column, sensor, channel).

    Attributes:
        mean: Of pixels in 0..1, or of raw features.
        std: As `mean`, above 0.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        require_pixel_scale("scale", self.mean, self.std)

    @classmethod
    def of(cls, scaling: Scaling) -> Scale:
        """The same map, in plain numbers."""
        return cls(tuple(scaling.mean.ravel().tolist()), tuple(scaling.std.ravel().tolist()))

    def apply(self, inputs: Floats) -> Floats:
        """Raw inputs [N, F, ...] of F features, scaled.

        Raises:
            OutOfRangeError: There are neither one nor F entries.
        """
        features = inputs.shape[1]
        if len(self.mean) not in (1, features):
            what = f"reading.scale.mean has {len(self.mean)} entries, but there are {features} features"
            raise OutOfRangeError(what, "give one, or one a feature")
        shape = (1, -1, *(1,) * (inputs.ndim - 2))
        mean, std = (np.asarray(values, np.float32).reshape(shape) for values in (self.mean, self.std))
        return Scaling(mean, std).apply(inputs)


@dataclass(frozen=True)
class Reading:
    """How files of raw data are read.

    Attributes:
        labels: What classes are called in folders of images and in tables, in their order; their numbers if None.
        columns: Columns of a CSV file that networks read, in that order; all but the label's if None.
        scale: Of pixels or features. None leaves features as they are, and knows nothing of pixels.
    """

    labels: tuple[str, ...] | None = None
    columns: tuple[str, ...] | None = None
    scale: Scale | None = None

    def named(self, classes: int) -> tuple[str, ...]:
        """What so many classes are called."""
        return self.labels or tuple(map(str, range(classes)))
