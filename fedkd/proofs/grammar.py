"""A finite-state grammar of radio phrases, and the exact teacher that speaks it.

A phrase is about a subject ("the bus"), which is named before it begins. Most of its words are **gardens**: any of a
few synonyms is as good as another. A few are **bridges**: there the phrase names its subject again, and a wrong word
misleads all that follows, because the next bridge copies the subject that was named last. In the spirit of the
finite-state study of Bridge-Garden hybrid supervision (arXiv 2605.26246).

    named   garden garden garden BRIDGE   garden garden garden BRIDGE   garden garden garden BRIDGE
    bus     near   by     close  bus      beside near   near   bus      close  by     near   bus
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.int64]
Reals = NDArray[np.float64]


@dataclass(frozen=True)
class Grammar:
    """A machine whose state is the position in the phrase and the subject that was named last.

    The words 0 .. subjects - 1 are subjects, the next ones synonyms.

    Attributes:
        subjects: Number of subjects.
        synonyms: Number of synonyms.
        length: Words of a phrase, not counting the subject before it.
        bridges: Positions that name the subject again.
        right: Probability that the teacher names the right one; the others share the rest.
    """

    subjects: int = 4
    synonyms: int = 4
    length: int = 12
    bridges: tuple[int, ...] = (3, 7, 11)
    right: float = 0.85

    def __post_init__(self) -> None:
        if self.subjects < 2 or self.synonyms < 2:
            raise ValueError(f"subjects={self.subjects} and synonyms={self.synonyms} must be at least 2")
        if not self.bridges or not all(0 <= position < self.length for position in self.bridges):
            raise ValueError(f"bridges={self.bridges} must be positions below length={self.length}")
        if not 1 / self.subjects < self.right < 1:
            raise ValueError(f"right={self.right} must be above 1 / subjects and below 1")

    @property
    def words(self) -> int:
        """Size of the vocabulary V."""
        return self.subjects + self.synonyms

    @property
    def gardens(self) -> tuple[int, ...]:
        """Positions that are no bridges."""
        return tuple(position for position in range(self.length) if position not in self.bridges)

    def teacher(self, position: int, named: Words) -> Reals:
        """What the teacher says at `position` when `named` [N] are the subjects named last: probabilities [N, V]."""
        said = np.zeros((len(named), self.words))
        if position in self.bridges:
            said[:, : self.subjects] = (1 - self.right) / (self.subjects - 1)
            said[np.arange(len(named)), named] = self.right
        else:
            said[:, self.subjects :] = 1 / self.synonyms
        return said

    def follow(self, named: Words, said: Words) -> Words:
        """The subjects named last [N] after the words `said` [N]."""
        return np.where(said < self.subjects, said, named)

    def phrases(self, count: int, rng: np.random.Generator) -> Words:
        """Phrases of the teacher, [count, 1 + length] with the subject in front."""
        named = rng.integers(0, self.subjects, count)
        phrases = [named]
        for position in range(self.length):
            said = draw(self.teacher(position, named), rng)
            named = self.follow(named, said)
            phrases.append(said)
        return np.stack(phrases, axis=1)

    def named_last(self, phrases: Words, position: int) -> Words:
        """The subject named last [N] before `position` in `phrases` [N, 1 + length]."""
        named = phrases[:, 0]
        for said in phrases[:, 1 : 1 + position].T:
            named = self.follow(named, said)
        return named

    def is_right(self, phrases: Words) -> NDArray[np.bool_]:
        """Whether all bridges name the subject that stands in front, [N] for `phrases` [N, 1 + length]."""
        named = phrases[:, [1 + position for position in self.bridges]]
        return np.asarray((named == phrases[:, :1]).all(axis=1), np.bool_)

    def stakes(self) -> Reals:
        """What the worst word costs that the teacher might say at each position, [length].

        It is the fall of the chance that the phrase becomes right when the teacher goes on after that word. This is
        what makes a bridge a bridge; in gardens it is 0.
        """
        chance, stakes = np.ones(self.subjects), np.zeros(self.length)
        # From the end: chance[s] that all bridges to come name subject 0, when s was named last.
        for position in reversed(range(self.length)):
            before, words = np.arange(self.subjects), np.arange(self.words)
            after = np.stack([chance[self.follow(np.full_like(words, s), words)] for s in before])
            if position in self.bridges:
                after[:, 1:] = 0
            said = self.teacher(position, before)
            chance = (said * after).sum(axis=1)
            stakes[position] = chance[0] - after[0, said[0] > 0].min()
        return stakes


def draw(probabilities: Reals, rng: np.random.Generator) -> Words:
    """One word [N] for each row of `probabilities` [N, V]."""
    reached = probabilities.cumsum(axis=1) > rng.random((len(probabilities), 1)) * probabilities.sum(axis=1)[:, None]
    return np.asarray(reached.argmax(axis=1), np.int64)
