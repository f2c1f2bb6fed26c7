"""Label shift: the confidence of each class goes to another (in the spirit of FDLA, arXiv 2401.03685)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedkd.aggregate import Table, Votes
from fedkd.attacks.rolling import rolled


@dataclass(frozen=True)
class LabelShift:
    """What the attacker knows about class c it says about class c + `by`, modulo C.

    The attacker stays uncertain where it is uncertain, so no row by itself looks wrong.

    Attributes:
        by: Not 0. A multiple of C changes nothing and is refused at the first use.
    """

    by: int = 1

    def __post_init__(self) -> None:
        if self.by == 0:
            raise ValueError("by=0 shifts nothing; give a number of classes other than 0")

    def __call__(self, honest: Votes, own: Table, round_: int, rng: np.random.Generator) -> Table:
        """Probabilities [A, N, C] with the classes rolled.

        Raises:
            OutOfRangeError: `by` is a multiple of the number of classes.
        """
        return rolled(own, self.by)
