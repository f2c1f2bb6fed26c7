"""CIST (arXiv 2605.20357): is a student better off with a temperature for each sample than with one for all?

As is usual in distillation, the student learns from samples that its teacher has learnt by heart. Such a teacher is
close to certain, but not equally close everywhere, so one temperature leaves soft labels of very unlike entropy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import entr, softmax

from fedkd.data.examples import Examples, Floats
from fedkd.data.sources import Mnist5k
from fedkd.distill import LABEL, TEACHER, Cist, Constant, CrossEntropy, Objective, Policy, SoftCrossEntropy, hard_labels
from fedkd.learning import Feed, Job, Learner, Model, Optimizer, draw_rows
from fedkd.learning.model_teacher import ModelTeacher
from fedkd.models import ArchSpec
from fedkd.proofs.proof import Claim, Estimate, Measured, Results, better, reported
from fedkd.proofs.training import accuracy, train
from sim.streams import Streams

ACCURACY, ENTROPY, SPREAD = "accuracy %", "label entropy", "its std / mean"


@dataclass(frozen=True)
class CistProof:
    """A small student of a large teacher on MNIST-5k, with labels and soft labels at different temperatures.

    Attributes:
        teacher: The teacher's network.
        student: The student's network.
        teacher_samples: Labels that the teacher learns from.
        samples: Labels that the student learns from.
        shared: Whether the student's samples are among the teacher's, or new ones.
        teacher_steps: Steps of the teacher, of 64 samples.
        steps: Steps of a student, of 50 samples.
        share: Share of the soft labels in the student's loss.
        temperatures: Of the arms with one temperature for all samples.
        rhos: Of the arms with CIST.
    """

    teacher: ArchSpec = ArchSpec.of("mlp", hidden=(400, 200))
    student: ArchSpec = ArchSpec.of("mlp", hidden=(16,))
    teacher_samples: int = 3000
    samples: int = 500
    shared: bool = True
    teacher_steps: int = 900
    steps: int = 400
    share: float = 0.9
    temperatures: tuple[float, ...] = (2.0, 4.0, 8.0)
    rhos: tuple[float, ...] = (2.0, 3.0)

    title: ClassVar[str] = "CIST: MNIST-5k, a 784-16-10 student of a 784-400-200-10 teacher"

    def __post_init__(self) -> None:
        if 4.0 not in self.temperatures or not self.rhos:
            raise ValueError(f"temperatures={self.temperatures} must hold 4, and rhos={self.rhos} something")
        if not 0 < self.share < 1:
            raise ValueError(f"share={self.share} must be in (0, 1)")

    @property
    def compared(self) -> Mapping[str, str]:
        """Every student against the one at the usual temperature."""
        return {arm: "T = 4" for arm in ("labels only", *self._policies()) if arm != "T = 4"}

    def measure(self, seed: int) -> Measured:
        """Every arm: the same teacher, samples, first weights and batches."""
        streams, corpus = Streams(seed), Mnist5k().load()
        order = streams.generator("split").permutation(len(corpus.train))
        learner = Learner(corpus.train.inputs.shape[1:], corpus.classes)
        known, rest = corpus.train.take(order[: self.teacher_samples]), order[self.teacher_samples :]
        new, test = corpus.train.take(rest[: self.samples]), corpus.train.take(rest[self.samples :])
        own = known.take(np.arange(self.samples)) if self.shared else new
        teacher = self._teacher(learner, known, streams)
        said = ModelTeacher(teacher, learner.input_shape, corpus.classes).annotate(own.inputs)
        students = {arm: self._student(learner, own, said, policy, streams) for arm, policy in self._policies().items()}
        labels_only = self._student(learner, own, said, None, streams)
        return {
            "teacher": {ACCURACY: accuracy(learner, teacher, test.inputs, test.targets)},
            "labels only": {ACCURACY: accuracy(learner, labels_only, test.inputs, test.targets)},
            **{
                arm: {ACCURACY: accuracy(learner, model, test.inputs, test.targets), **_softness(said, policy)}
                for (arm, model), policy in zip(students.items(), self._policies().values(), strict=True)
            },
        }

    def _policies(self) -> dict[str, Policy]:
        weights = {"hard": 1 - self.share, "soft": self.share}
        fixed = {f"T = {t:g}": Constant(t, **weights) for t in self.temperatures}
        return fixed | {f"CIST {rho:g}": Cist(rho, **weights) for rho in self.rhos}

    def _teacher(self, learner: Learner, known: Examples, streams: Streams) -> Model:
        rows = draw_rows(streams.generator("teacher", "rows"), len(known), self.teacher_steps, 64)
        feed = Feed("known", {LABEL: known.targets}, rows, hard_labels())
        job = Job((feed,), Optimizer("adam", 1e-3))
        return train(learner, self.teacher, (job,), {"known": known.inputs}, streams.integer("teacher"))

    def _student(self, learner: Learner, own: Examples, said: Floats, policy: Policy | None, streams: Streams) -> Model:
        rows = draw_rows(streams.generator("student", "rows"), len(own), self.steps, 50)
        objective = hard_labels() if policy is None else Objective((CrossEntropy(), SoftCrossEntropy()), policy)
        job = Job((Feed("own", {LABEL: own.targets, TEACHER: said}, rows, objective),), Optimizer())
        return train(learner, self.student, (job,), {"own": own.inputs}, streams.integer("student"))

    def claims(self, results: Results) -> tuple[Claim, ...]:
        """Soft labels become equally soft, and the student no worse than at the usual temperature.

        How it fares beside the temperature that was best in hindsight is printed, not promised.
        """
        fixed = [f"T = {t:g}" for t in self.temperatures]
        best = max(fixed, key=lambda arm: results.values(arm, ACCURACY).mean())
        cist = f"CIST {self.rhos[0]:g}"
        ratio = Estimate.of(results.values("T = 4", SPREAD) / results.values(cist, SPREAD))
        sentence = f"{cist} makes the spread of entropies {ratio.mean:.0f} ± {ratio.error:.0f} times smaller than T = 4"
        holds = ratio.mean >= 10
        spread = Claim(f"{sentence}, at least 10 times was claimed: {'holds' if holds else 'does not hold'}.", holds)
        return (
            spread,
            *(better(results, ACCURACY, f"CIST {rho:g}", "T = 4", 0.0) for rho in self.rhos),
            *(reported(results, ACCURACY, f"CIST {rho:g}", best) for rho in self.rhos if best != "T = 4"),
        )


def _softness(said: Floats, policy: Policy) -> dict[str, float]:
    """Mean entropy in nats of softened labels [N, C], and its relative spread."""
    teacher = torch.from_numpy(said)
    temperature = policy(torch.zeros_like(teacher), {TEACHER: teacher}).teacher_temperature
    entropy = entropies(said, np.asarray(temperature, np.float64))
    return {ENTROPY: float(entropy.mean()), SPREAD: float(entropy.std() / entropy.mean())}


def entropies(said: Floats, temperature: NDArray[np.float64]) -> NDArray[np.float64]:
    """Entropy [N] in nats of probabilities [N, C] that are softened by a temperature, one for all or [N]."""
    logits = np.log(np.maximum(said, 1e-12).astype(np.float64))
    return np.asarray(entr(softmax(logits / temperature.reshape(-1, 1), axis=1)).sum(axis=1))
