"""Public sets (extension point): the unlabelled samples on which sites and aggregator meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from fedkd.data.checks import require_not_negative
from fedkd.data.examples import Examples, Floats
from fedkd.data.images import match_images, rotate
from fedkd.data.source import Source
from fedkd.errors import InvalidValuesError, NotEnoughSamplesError, OutOfRangeError

UNLABELLED = -1


@runtime_checkable
class PublicSet(Protocol):
    """A way to come by a public set.

    Implementations inherit from this protocol, so that those which leave inputs alone need no second method.
    """

    def choose(self, candidates: Examples, size: int, first_id: int, rng: np.random.Generator) -> Examples:
        """Chooses the samples.

        Args:
            candidates: Up to `size` samples of the corpus that no site owns, in random order. Fewer where the
                corpus has no more.
            size: Number of samples wanted.
            first_id: The first id that no sample of the corpus has. Samples from elsewhere count from there.
            rng: Source of every draw.

        Returns:
            `size` samples of the shape of the candidates. Their targets are the hidden labels, -1 where there
            are none in the classes of the corpus; `split` takes them off.

        Raises:
            NotEnoughSamplesError: There are fewer than `size`.
            InvalidValuesError: The samples cannot be brought to the shape of the corpus.
        """
        ...

    def transform(self, inputs: Floats, rng: np.random.Generator) -> Floats:
        """What everybody sees in place of the chosen `inputs` [N, ...]. Most public sets change nothing."""
        return inputs


@dataclass(frozen=True)
class InDomain(PublicSet):
    """Samples of the same draw as those of the sites: the best case."""

    def choose(self, candidates: Examples, size: int, first_id: int, rng: np.random.Generator) -> Examples:
        """See PublicSet."""
        _require_size("the corpus has", len(candidates), size, "left for the public set")
        return candidates


@dataclass(frozen=True)
class Shifted(PublicSet):
    """In-domain samples that look unlike those of the sites.

    Attributes:
        rotation_degrees: All images are turned by this angle, counter-clockwise as seen.
        noise: Standard deviation of Gaussian noise, in units of the (normalised or standardised) inputs.
        invert: Whether the smallest value of the set becomes the largest and so on (dark becomes bright).
    """

    rotation_degrees: float = 0.0
    noise: float = 0.0
    invert: bool = False

    def __post_init__(self) -> None:
        require_not_negative("public.noise", self.noise)
        if not np.isfinite(self.rotation_degrees):
            raise OutOfRangeError(f"public.rotation_degrees is {self.rotation_degrees}", "give an angle in degrees")
        if self.rotation_degrees == 0 and self.noise == 0 and not self.invert:
            raise OutOfRangeError("a shifted public set without any shift is in-domain", "set one of its fields")

    def choose(self, candidates: Examples, size: int, first_id: int, rng: np.random.Generator) -> Examples:
        """See PublicSet."""
        return InDomain().choose(candidates, size, first_id, rng)

    def transform(self, inputs: Floats, rng: np.random.Generator) -> Floats:
        """Turned, then inverted, then with noise.

        Raises:
            InvalidValuesError: A rotation is asked for and `inputs` are not images.
        """
        seen = rotate(inputs, self.rotation_degrees) if self.rotation_degrees else inputs
        if self.invert:
            seen = seen.min() + seen.max() - seen
        if self.noise > 0:
            seen = seen + np.float32(self.noise) * rng.standard_normal(seen.shape, dtype=np.float32)
        return seen


@dataclass(frozen=True)
class OtherSource(PublicSet):
    """Samples of another data set, whose classes mean nothing here: hidden labels are -1 throughout.

    Attributes:
        source: The other data set. Images are brought to the channels and size of the corpus; other inputs
            must have its shape already.
    """

    source: Source

    def choose(self, candidates: Examples, size: int, first_id: int, rng: np.random.Generator) -> Examples:
        """See PublicSet."""
        other = self.source.load()
        _require_size(f"{other.name} has", len(other.train), size, "for the public set")
        chosen = other.train.take(rng.permutation(len(other.train))[:size])
        inputs = _match(chosen.inputs, candidates.inputs.shape[1:])
        return Examples(inputs, np.full(size, UNLABELLED, np.int64), chosen.ids + first_id)


def _match(inputs: Floats, shape: tuple[int, ...]) -> Floats:
    if inputs.shape[1:] == shape:
        return inputs
    if inputs.ndim != 4:
        raise InvalidValuesError(
            f"the public source has samples of shape {inputs.shape[1:]}, the private data {shape}",
            "choose a public source with samples of that shape",
        )
    return match_images(inputs, shape)


def _require_size(who: str, found: int, size: int, purpose: str) -> None:
    if found < size:
        raise NotEnoughSamplesError(
            f"{who} {found} samples {purpose}, but split.public asks for {size}",
            "lower split.public, split.private or split.test",
        )
