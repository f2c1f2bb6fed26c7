"""Bridge-Garden hybrid supervision (arXiv 2605.26246): where must a student be exact, and where may it be free?

A teacher speaks a finite-state grammar; students learn from its phrases and then speak on their own. Soft labels
alone keep the teacher's doubt at bridges, where it ruins a phrase; hard labels alone lose the variety of gardens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import log_softmax, rel_entr, softmax, xlogy

from fedkd.data.examples import Floats
from fedkd.distill import CrossEntropy, Objective, Policy, SoftCrossEntropy
from fedkd.distill.mixing import ConfidenceMixing, CurriculumMixing, EntropyMixing, StaticMixing
from fedkd.learning import Feed, Job, Learner, Model, Optimizer, draw_rows
from fedkd.models import ArchSpec
from fedkd.proofs.grammar import Grammar, Reals, Words, draw
from fedkd.proofs.proof import Claim, Measured, Results, better
from fedkd.proofs.training import both, train
from sim.streams import Streams

RIGHT, VARIETY, DIVERGENCE = "all bridges right %", "garden entropy", "KL on the teacher's phrases"

_CURRICULUM = CurriculumMixing()
ARMS: dict[str, Callable[[float], Policy]] = {
    "soft": lambda time: StaticMixing(1.0),
    "hard": lambda time: StaticMixing(0.0),
    "static": lambda time: StaticMixing(0.5),
    "confidence": lambda time: ConfidenceMixing(),
    "entropy": lambda time: EntropyMixing(),
    "curriculum": _CURRICULUM.at,
}
"""The policy of each arm at a time between 0 and 1 of its training."""


@dataclass(frozen=True)
class BridgeProof:
    """Students that speak a grammar, taught with different mixtures of soft and hard labels.

    Attributes:
        grammar: What is spoken.
        phrases: Phrases of the teacher that the students learn from, each position being a sample.
        rollouts: Phrases that every student speaks on its own.
        hidden: Width of a student's only hidden layer.
        steps: Optimiser steps.
        stages: Jobs that the steps are cut into; a curriculum moves on from one to the next.
        batch: Samples a step.
    """

    grammar: Grammar = Grammar()
    phrases: int = 1000
    rollouts: int = 2000
    hidden: int = 16
    steps: int = 2000
    stages: int = 5
    batch: int = 64

    title: ClassVar[str] = "Bridges and gardens: how students speak that were taught by soft labels, hard ones, or both"
    compared: ClassVar[Mapping[str, str]] = {arm: "soft" for arm in ARMS if arm != "soft"}

    def __post_init__(self) -> None:
        if self.stages < 2 or self.steps % self.stages:
            raise ValueError(f"steps={self.steps} must be a multiple of stages={self.stages}, which must be at least 2")

    def measure(self, seed: int) -> Measured:
        """Every arm: the same phrases, first weights and batches, and the same luck when it speaks."""
        streams = Streams(seed)
        said = self.grammar.phrases(self.phrases, streams.generator("phrases"))
        inputs, teacher = samples(self.grammar, said)
        learner = Learner((inputs.shape[1],), self.grammar.words)
        return {arm: self._arm(learner, inputs, teacher, policy, streams) for arm, policy in ARMS.items()}

    def _arm(
        self, learner: Learner, inputs: Floats, teacher: Floats, policy: Callable[[float], Policy], streams: Streams
    ) -> dict[str, float]:
        rows = draw_rows(streams.generator("rows"), len(inputs), self.steps, self.batch)
        targets = both(teacher.argmax(axis=1), teacher)
        jobs = tuple(
            Job((Feed("prefixes", targets, part, _objective(policy(stage / (self.stages - 1)))),), Optimizer())
            for stage, part in enumerate(np.split(rows, self.stages))
        )
        spec = ArchSpec.of("mlp", hidden=(self.hidden,))
        student = train(learner, spec, jobs, {"prefixes": inputs}, streams.integer("student"))
        phrases, entropy = speak(self.grammar, learner, student, self.rollouts, streams.generator("rollouts"))
        divergence = rel_entr(teacher, softmax(learner.predict(student, inputs), axis=1)).sum(axis=1).mean()
        return {
            RIGHT: 100 * float(self.grammar.is_right(phrases).mean()),
            VARIETY: float(entropy[list(self.grammar.gardens)].mean() / np.log(self.grammar.synonyms)),
            DIVERGENCE: float(divergence),
        }

    def claims(self, results: Results) -> tuple[Claim, ...]:
        """Confidence mixing speaks better than soft labels and than a fixed mixture."""
        return tuple(better(results, RIGHT, "confidence", other, 0.0) for other in ("soft", "static"))


def _objective(policy: Policy) -> Objective:
    return Objective((SoftCrossEntropy(), CrossEntropy()), policy)


def samples(grammar: Grammar, phrases: Words) -> tuple[Floats, Floats]:
    """Every position of `phrases` [N, 1 + length] as a sample.

    Returns:
        Prefixes [length x N, length x (1 + V)], position by position, and what the teacher says next, [length x N, V].
    """
    positions = range(grammar.length)
    inputs = [prefixes(grammar, phrases, position) for position in positions]
    teacher = [grammar.teacher(position, grammar.named_last(phrases, position)) for position in positions]
    return np.concatenate(inputs), np.concatenate(teacher).astype(np.float32)


def prefixes(grammar: Grammar, phrases: Words, position: int) -> Floats:
    """What a student sees before `position`: the position and all words before it, one-hot, [N, length x (1 + V)].

    It is not told which subject was named last; that is for the student to find out.
    """
    words = np.eye(grammar.words, dtype=np.float32)[phrases[:, : grammar.length]]
    words[:, position + 1 :] = 0
    where = np.tile(np.eye(grammar.length, dtype=np.float32)[position], (len(phrases), 1))
    return np.concatenate([where, words.reshape(len(phrases), -1)], axis=1)


def speak(
    grammar: Grammar, learner: Learner, student: Model, count: int, rng: np.random.Generator
) -> tuple[Words, Reals]:
    """Phrases that a student speaks on its own, word by word from its own words.

    Returns:
        Phrases [count, 1 + length], and the mean entropy in nats of its next word at each position, [length].
    """
    phrases = np.zeros((count, 1 + grammar.length), np.int64)
    phrases[:, 0] = rng.integers(0, grammar.subjects, count)
    entropy = np.zeros(grammar.length)
    for position in range(grammar.length):
        logits = learner.predict(student, prefixes(grammar, phrases, position)).astype(np.float64)
        said = np.exp(log_softmax(logits, axis=1))
        entropy[position] = -xlogy(said, said).sum(axis=1).mean()
        phrases[:, 1 + position] = draw(said, rng)
    return phrases, entropy
