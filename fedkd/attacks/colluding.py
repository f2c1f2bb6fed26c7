"""Collusion: all attackers send one false table that looks like the truth with other names for the classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedkd.aggregate import Entropy, Table, Votes
from fedkd.attacks.rolling import rolled


@dataclass(frozen=True)
class Colluding:
    """The honest consensus (weighted by certainty, as the server would reckon it), sharpened, class c called c + `by`.

    In the spirit of the class-permuting attacks of Roux et al. (ICLR 2025): attackers confirm one another, and the
    lie is as consistent over samples and rounds as the truth.

    Attributes:
        by: Distance of the cyclic permutation of classes, not 0.
        sharpness: The consensus is raised to this power and divided by its sum; 1 leaves it as it is.
    """

    by: int = 1
    sharpness: float = 4.0

    def __post_init__(self) -> None:
        if self.by == 0:
            raise ValueError("by=0 permutes nothing; give a number of classes other than 0")
        if self.sharpness <= 0:
            raise ValueError(f"sharpness={self.sharpness} must be positive")

    def __call__(self, honest: Votes, own: Table, round_: int, rng: np.random.Generator) -> Table:
        """The same probabilities [N, C] for each of the A attackers.

        Raises:
            OutOfRangeError: `by` is a multiple of the number of classes.
        """
        agreed = Entropy()(honest)
        sharp = (agreed / np.maximum(agreed.max(-1, keepdims=True), 1e-30)) ** np.float32(self.sharpness)
        # A sample that no honest site speaks of is uniform.
        sharp = np.where(agreed.any(-1, keepdims=True), sharp, np.float32(1))
        false = rolled(sharp / sharp.sum(-1, keepdims=True), self.by)
        return np.broadcast_to(false, own.shape).copy()
