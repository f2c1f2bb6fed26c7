"""What a proxy is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from fedkd.search.budget import Candidate


@runtime_checkable
class Proxy(Protocol):
    """Scores fresh networks."""

    def __call__(
        self, candidates: Sequence[Candidate], inputs: NDArray[np.float32], classes: int, seed: int
    ) -> NDArray[np.float64]:
        """One score a candidate, higher is better, NaN where the proxy has nothing to say.

        Trees have neither gradients nor activations, so all proxies but `Parameters` are silent on them.

        Args:
            candidates: Networks and tree learners.
            inputs: [B, ...] unlabelled samples.
            classes: Number of classes.
            seed: Seed of the initial weights, in [0, 2**63).
        """
        ...
