"""Input views (extension point): other looks at the same samples, whose labels or targets stay the same.

A client may train on views of its own samples; the aggregator's student trains on views of the public set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from fedkd.data.checks import require_at_least, require_not_negative, require_share
from fedkd.data.examples import Floats
from fedkd.data.images import move, require_images


@runtime_checkable
class View(Protocol):
    """A random change of inputs that leaves their meaning."""

    def views(self, inputs: Floats, rng: np.random.Generator) -> Floats:
        """One new look at each sample.

        Args:
            inputs: [N, ...] float32, left as they are.
            rng: Source of every draw.

        Returns:
            [N, ...] float32 of the same shape. Identity may return `inputs` itself.
        """
        ...


@dataclass(frozen=True)
class Identity:
    """The samples as they are."""

    def views(self, inputs: Floats, rng: np.random.Generator) -> Floats:
        """See View."""
        return inputs


@dataclass(frozen=True)
class ImageJitter:
    """Small random turns, scalings, shifts and flips of images [N, C, H, W].

    All draws are uniform and each image has its own. What comes in from outside has the value of the image's
    corners (`fedkd.data.images.move`).

    Attributes:
        rotation_degrees: Turns lie in [-rotation_degrees, rotation_degrees].
        scale: Scales lie in [1 - scale, 1 + scale].
        shift_pixels: Shifts lie in [-shift_pixels, shift_pixels] on each axis.
        flip: Whether half of the images are mirrored left to right. Wrong for digits and letters.
    """

    rotation_degrees: float = 15.0
    scale: float = 0.1
    shift_pixels: float = 2.0
    flip: bool = False

    def __post_init__(self) -> None:
        require_not_negative("view.rotation_degrees", self.rotation_degrees)
        require_share("view.scale", self.scale)
        require_not_negative("view.shift_pixels", self.shift_pixels)

    def views(self, inputs: Floats, rng: np.random.Generator) -> Floats:
        """See View.

        Raises:
            InvalidValuesError: `inputs` are not images.
        """
        require_images("ImageJitter", inputs)
        count = len(inputs)
        degrees = rng.uniform(-self.rotation_degrees, self.rotation_degrees, count)
        scales = rng.uniform(1 - self.scale, 1 + self.scale, count)
        shifts = rng.uniform(-self.shift_pixels, self.shift_pixels, (count, 2))
        flips = (rng.random(count) < 0.5) & self.flip
        return move(inputs, degrees, scales, shifts, flips)


@dataclass(frozen=True)
class Noise:
    """Gaussian noise, for tables and sensors.

    Attributes:
        std: Standard deviation, in the units of the inputs (of standardised inputs: standard deviations).
    """

    std: float = 0.1

    def __post_init__(self) -> None:
        require_not_negative("view.std", self.std)

    def views(self, inputs: Floats, rng: np.random.Generator) -> Floats:
        """See View."""
        return inputs + np.float32(self.std) * rng.standard_normal(inputs.shape, dtype=np.float32)


def pool(view: View, inputs: Floats, versions: int, rng: np.random.Generator) -> Floats:
    """Several looks at the same samples.

    Args:
        view: How they are made.
        inputs: [N, ...] float32.
        versions: Number of looks V.
        rng: Source of every draw.

    Returns:
        [V, N, ...] float32.

    Raises:
        OutOfRangeError: `versions` is below 1.
    """
    require_at_least("versions", versions, 1)
    return np.stack([view.views(inputs, rng) for _ in range(versions)])
