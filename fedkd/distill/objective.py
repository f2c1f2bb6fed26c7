"""An objective: loss terms and the policy that weighs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from fedkd.distill.losses import CrossEntropy, LossTerm, SoftCrossEntropy
from fedkd.distill.policies import Constant, Policy


@dataclass(frozen=True)
class Objective:
    """A weighted sum of terms, one value a sample.

    Attributes:
        terms: What the network is asked to match.
        policy: How strongly.
        featured: Whether a term reads `targets[FEATURES]`.
    """

    terms: tuple[LossTerm, ...]
    policy: Policy
    featured: bool = False

    def __call__(self, logits: Tensor, targets: Mapping[str, Tensor]) -> Tensor:
        """Values [..., B] for `logits` [..., B, C]."""
        weights = self.policy(logits.detach(), targets)
        total = torch.zeros(logits.shape[:-1], device=logits.device)
        for term in self.terms:
            total = total + weights.terms.get(term.name, 1.0) * term(logits, targets, weights)
        return total


def hard_labels(weight: float = 1.0) -> Objective:
    """Cross entropy with labels."""
    return Objective((CrossEntropy(),), Constant(hard=weight))


def soft_labels(weight: float = 1.0, temperature: float = 1.0) -> Objective:
    """Distillation from probabilities."""
    return Objective((SoftCrossEntropy(),), Constant(temperature=temperature, soft=weight))
