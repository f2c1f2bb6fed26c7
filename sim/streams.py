"""Named, seeded random streams. There is no other randomness in the project.

A stream is named by the run's seed, an entity and a purpose, for example `("site-3", "batches", 7)`.
Streams are independent of one another and of the order in which they are asked for, so adding a site,
skipping a round or resuming a run leaves every other draw as it was. Nothing needs to be saved for a
resume: the name of a stream is its state.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

Name = str | int


@dataclass(frozen=True)
class Streams:
    """All random streams of one run.

    Attributes:
        seed: The run's seed, any integer.
    """

    seed: int

    def _digest(self, name: tuple[Name, ...]) -> bytes:
        # repr() keeps 1 and "1" apart, and the tuple keeps ("ab",) and ("a", "b") apart.
        return hashlib.sha256(repr((self.seed, *name)).encode()).digest()

    def generator(self, *name: Name) -> np.random.Generator:
        """A fresh numpy generator at the start of the stream `name`."""
        entropy = int.from_bytes(self._digest(name)[:16], "little")
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))

    def integer(self, *name: Name) -> int:
        """A seed in [0, 2**63) for generators that are not numpy's (torch, scikit-learn)."""
        return int.from_bytes(self._digest(name)[16:24], "little") >> 1
