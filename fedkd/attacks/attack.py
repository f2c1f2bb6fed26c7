"""What an attack is."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from fedkd.aggregate import Table, Votes


@runtime_checkable
class Attack(Protocol):
    """Distorts tables of predictions.

    Attackers know everything: what the honest sites say in this round, before the server does, and one another.
    """

    def __call__(self, honest: Votes, own: Table, round_: int, rng: np.random.Generator) -> Table:
        """What the attackers send.

        Args:
            honest: The honest sites' probabilities [K, N, C] in this round.
            own: [A, N, C] probabilities that the attackers' own networks say.
            round_: Number of the round, from 1.
            rng: The only source of chance.

        Returns:
            [A, N, C] probabilities.
        """
        ...


@runtime_checkable
class ArrayAttack(Protocol):
    """An attack that also knows what to do with arrays that are no predictions: weights and updates."""

    def distort_array(self, array: NDArray[Any]) -> NDArray[Any]:
        """What is sent instead of one floating-point array of weights or of an update; same shape and dtype."""
        ...
