"""An attacker that knows the guard: it lies as much as the guard lets it.

In the spirit of attacks on robust aggregation that optimise their deviation against the rule (Fang et al., USENIX
Security 2020; Shejwalkar and Houmansadr, NDSS 2021).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fedkd.aggregate import Guard, MadFilter, Table, Votes
from fedkd.attacks.attack import Attack
from fedkd.attacks.least_likely import LeastLikely


@dataclass(frozen=True)
class Adaptive:
    """Mixes honest votes with those of another attack; bisection finds the largest share that the guard accepts.

    The guard is asked what it would do with the honest votes and the attackers' together, had it seen the same votes
    in the round before too, so that its warm-up and its memory do not hide its verdict. A mixture is accepted when no
    attacker weighs less than `least_weight` of the median honest site.

    Attributes:
        guard: What the attackers believe that the server uses.
        towards: The attack that is mixed in.
        least_weight: In (0, 1].
        steps: Of the bisection; the share is found to 2 ** -steps.
    """

    guard: Guard = field(default_factory=MadFilter)
    towards: Attack = field(default_factory=LeastLikely)
    least_weight: float = 0.5
    steps: int = 7

    def __post_init__(self) -> None:
        if not 0 < self.least_weight <= 1:
            raise ValueError(f"least_weight={self.least_weight} must be in (0, 1]")
        if self.steps < 1:
            raise ValueError(f"steps={self.steps} must be at least 1")

    def __call__(self, honest: Votes, own: Table, round_: int, rng: np.random.Generator) -> Table:
        """Probabilities [A, N, C]; the attackers' own ones where the guard accepts no lie at all."""
        false = self.towards(honest, own, round_, rng)
        if self._accepted(honest, false):
            return false
        low, high = 0.0, 1.0
        for _ in range(self.steps):
            middle = (low + high) / 2
            if self._accepted(honest, _mixed(own, false, middle)):
                low = middle
            else:
                high = middle
        return _mixed(own, false, low)

    def _accepted(self, honest: Votes, lies: Table) -> bool:
        votes = _together(honest, lies)
        _, memory = self.guard(votes, {})
        weights = self.guard(votes, memory)[0].weights
        truthful, lying = weights[: len(honest)], weights[len(honest) :]
        return bool((lying >= self.least_weight * np.median(truthful)).all())


def _mixed(own: Table, false: Table, share: float) -> Table:
    return np.asarray((1 - share) * own + share * false, np.float32)


def _together(honest: Votes, lies: Table) -> Votes:
    """The honest votes, and after them those of the attackers, who speak of every sample."""
    attackers = len(lies)
    ones = np.ones(attackers, np.float32)
    return Votes(
        np.concatenate([honest.values, lies]),
        np.concatenate([honest.valid, np.ones(lies.shape[:2], bool)]),
        (*honest.senders, *(f"attacker {a}" for a in range(attackers))),
        np.concatenate([honest.weights, ones]),
        np.concatenate([honest.samples, ones]),
    )
