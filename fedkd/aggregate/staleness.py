"""Old votes: what a site said some rounds ago counts for less, and after a while for nothing.

When only a part of the sites delivers in a round, those that alone know a class may be missing. Predictions age
slowly, and the server has them already, so the last votes of absent sites still take part, discounted by their age as
FedBuff discounts updates (Nguyen et al., AISTATS 2022).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedkd.aggregate.votes import Votes


@dataclass(frozen=True)
class Staleness:
    """weight = (1 + age) ** -power, with the age in rounds.

    Attributes:
        rounds: Greatest age at which votes still count; 0 forgets them at the end of their round.
        power: How fast they lose weight; 0 not at all.
    """

    rounds: int = 0
    power: float = 0.5

    def __post_init__(self) -> None:
        if self.rounds < 0 or self.power < 0:
            raise ValueError(f"staleness needs rounds={self.rounds} and power={self.power} of at least 0")

    def __call__(self, votes: Votes, ages: NDArray[np.int64]) -> Votes:
        """The same votes, those of age 0 unchanged.

        Args:
            votes: Of K sites.
            ages: [K] rounds since each site said so.
        """
        return votes.reweighted(votes.weights * (1.0 + ages) ** -self.power)
