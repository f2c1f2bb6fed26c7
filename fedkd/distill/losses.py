"""Loss terms (extension point E5): what a network is asked to match.

A term returns *unreduced* values, one a sample, so that policies can weight samples and masks can drop
positions. Classes lie on the last axis, so the same term serves a batch [B, C] and a cohort [K, B, C].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor
from torch.nn import functional as F

from fedkd.distill.policies import Weights

LABEL = "label"
TEACHER = "teacher"
FEATURES = "features"
"""What the student's head sees, [..., B, F] with gradients; there for objectives that are `featured`."""
PROTOTYPE, KNOWN = "prototype", "known"
"""The prototype [..., B, F] of a sample's class, and whether there is one [..., B], 1 or 0."""


@runtime_checkable
class LossTerm(Protocol):
    """One term of an objective."""

    @property
    def name(self) -> str:
        """Key of its weight in `Weights.terms`."""
        ...

    def __call__(self, logits: Tensor, targets: Mapping[str, Tensor], weights: Weights) -> Tensor:
        """Values [..., B] for `logits` [..., B, C] and targets keyed by `LABEL`, `TEACHER` or a term's own key."""
        ...


@dataclass(frozen=True)
class CrossEntropy:
    """Cross entropy with the labels."""

    name: str = field(default="hard", init=False)

    def __call__(self, logits: Tensor, targets: Mapping[str, Tensor], weights: Weights) -> Tensor:
        """Minus the log probability of `targets['label']` [..., B] int64."""
        log_probabilities = F.log_softmax(logits, dim=-1)
        return -log_probabilities.gather(-1, targets[LABEL].unsqueeze(-1)).squeeze(-1)


@dataclass(frozen=True)
class SoftCrossEntropy:
    """Cross entropy with a teacher's probabilities: the KL divergence up to the teacher's own entropy.

    Hinton, Vinyals, Dean: Distilling the Knowledge in a Neural Network (2015). Gradients equal KL's. Teacher
    and student temperatures are separate, and the term is scaled by their product, which is the usual T^2
    when they agree. Targets are probabilities; a teacher temperature other than 1 re-softens them as p^(1/T).
    """

    name: str = field(default="soft", init=False)

    def __call__(self, logits: Tensor, targets: Mapping[str, Tensor], weights: Weights) -> Tensor:
        """Minus sum_c p_c log q_c for `targets['teacher']` [..., B, C]."""
        teacher = targets[TEACHER]
        student_t, teacher_t = weights.student_temperature, weights.teacher_temperature
        if isinstance(teacher_t, Tensor) or teacher_t != 1.0:
            teacher = torch.softmax(teacher.clamp_min(1e-12).log() / _column(teacher_t), dim=-1)
        log_student = F.log_softmax(logits / _column(student_t), dim=-1)
        return student_t * teacher_t * -(teacher * log_student).sum(-1)


@dataclass(frozen=True)
class MeanAbsoluteError:
    """Distance of logits to a teacher's logits, as FedMD's digest step uses it (Li and Wang, 2019)."""

    name: str = field(default="soft", init=False)

    def __call__(self, logits: Tensor, targets: Mapping[str, Tensor], weights: Weights) -> Tensor:
        """Mean over classes of |z - z_teacher| for `targets['teacher']` [..., B, C]."""
        return (logits - targets[TEACHER]).abs().mean(-1)


@dataclass(frozen=True)
class PrototypeDistance:
    """Squared distance of features to their class's prototype (FedProto, Tan et al., AAAI 2022)."""

    name: str = field(default="prototype", init=False)

    def __call__(self, logits: Tensor, targets: Mapping[str, Tensor], weights: Weights) -> Tensor:
        """Mean over features of (f - prototype)^2, 0 where the class has no prototype."""
        return targets[KNOWN] * (targets[FEATURES] - targets[PROTOTYPE]).square().mean(-1)


def _column(temperature: float | Tensor) -> float | Tensor:
    return temperature.unsqueeze(-1) if isinstance(temperature, Tensor) else temperature
