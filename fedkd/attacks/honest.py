"""The control: attackers are drawn and marked, and behave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedkd.aggregate import Table, Votes


@dataclass(frozen=True)
class Honest:
    """Changes nothing, so that a run with attackers can be compared with one where the same sites are honest."""

    def __call__(self, honest: Votes, own: Table, round_: int, rng: np.random.Generator) -> Table:
        """The attackers' own probabilities [A, N, C]."""
        return own

    def distort_array(self, array: NDArray[Any]) -> NDArray[Any]:
        """The array as it is."""
        return array
