"""The number of parameters: the proxy that others have to beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedkd.search.budget import Candidate


@dataclass(frozen=True)
class Parameters:
    """Trained numbers of a network; of trees the most numbers that they may store."""

    def __call__(
        self, candidates: Sequence[Candidate], inputs: NDArray[np.float32], classes: int, seed: int
    ) -> NDArray[np.float64]:
        """[K] natural logarithms; see Proxy."""
        return np.log([float(c.cost.parameters) for c in candidates])
