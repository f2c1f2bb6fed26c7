"""Policies (extension point E6): temperatures, mixing and weights, per sample if need be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from torch import Tensor


@dataclass(frozen=True)
class Weights:
    """What a policy decides for one batch. Tensors are [..., B] and carry no gradient.

    Attributes:
        student_temperature: Divides the student's logits in soft terms.
        teacher_temperature: Softens the teacher's probabilities in soft terms.
        terms: Weight of each loss term by its name; a term that is not named counts once.
    """

    student_temperature: float | Tensor = 1.0
    teacher_temperature: float | Tensor = 1.0
    terms: Mapping[str, float | Tensor] = field(default_factory=dict)


@runtime_checkable
class Policy(Protocol):
    """Decides temperatures and weights from what student and teacher say."""

    def __call__(self, logits: Tensor, targets: Mapping[str, Tensor]) -> Weights:
        """Weights for detached `logits` [..., B, C]."""
        ...


@dataclass(frozen=True)
class Constant:
    """The same temperature and the same weights for every sample.

    Attributes:
        temperature: Of teacher and student alike.
        hard: Weight of the term named "hard".
        soft: Weight of the term named "soft".
    """

    temperature: float = 1.0
    hard: float = 1.0
    soft: float = 1.0

    def __post_init__(self) -> None:
        if self.temperature <= 0:
            raise ValueError(f"temperature={self.temperature} must be positive")

    def __call__(self, logits: Tensor, targets: Mapping[str, Tensor]) -> Weights:
        """The configured weights."""
        return Weights(self.temperature, self.temperature, {"hard": self.hard, "soft": self.soft})


@dataclass(frozen=True)
class Weighted:
    """The same weight for every sample, term by term.

    Attributes:
        terms: Names of loss terms and their weights; a term that is not named counts once.
    """

    terms: tuple[tuple[str, float], ...]

    def __call__(self, logits: Tensor, targets: Mapping[str, Tensor]) -> Weights:
        """The configured weights."""
        return Weights(terms=dict(self.terms))
