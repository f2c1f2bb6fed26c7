"""Standardising with statistics of the public set, the only inputs that nobody owns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Scaling:
    """A linear map for each feature (axis 1 of the inputs: columns of a table, sensors, channels).

    Attributes:
        mean: [1, F, 1 ...] float32.
        std: As `mean`, above 0.
    """

    mean: Floats
    std: Floats

    def apply(self, inputs: Floats) -> Floats:
        """Inputs [N, F, ...] of the same features, scaled."""
        scaled: Floats = (inputs - self.mean) / self.std
        return scaled


def fit_scaling(inputs: Floats) -> Scaling:
    """The map that gives each feature of `inputs` [N, F, ...] mean 0 and standard deviation 1.

    A feature that is constant in `inputs` is only centred: its spread is unknown, not zero.
    """
    axes = (0, *range(2, inputs.ndim))
    # Tables mix magnitudes (areas of 2000, smoothness of 0.1), so the sums are made in float64.
    wide = inputs.astype(np.float64)
    mean = wide.mean(axis=axes, keepdims=True)
    std = wide.std(axis=axes, keepdims=True)
    constant = wide.max(axis=axes, keepdims=True) == wide.min(axis=axes, keepdims=True)
    return Scaling(mean.astype(np.float32), np.where(constant, 1.0, std).astype(np.float32))
