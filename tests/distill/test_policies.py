"""Policies and the objectives that they weigh."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from fedkd.distill import (
    LABEL,
    TEACHER,
    Constant,
    CrossEntropy,
    LossTerm,
    MeanAbsoluteError,
    Objective,
    Policy,
    SoftCrossEntropy,
    Weights,
    hard_labels,
    soft_labels,
)

LN2 = math.log(2)
EVEN = torch.zeros(2, 2)
"""Two samples whose student says (1/2, 1/2): cross entropy is ln 2 whatever the target."""
TARGETS = {LABEL: torch.tensor([0, 1]), TEACHER: torch.tensor([[1.0, 0.0], [0.5, 0.5]])}


@dataclass(frozen=True)
class Chosen:
    """A policy that always says the same, and insists on logits without a gradient."""

    weights: Weights

    def __call__(self, logits: Tensor, targets: Mapping[str, Tensor]) -> Weights:
        assert not logits.requires_grad
        return self.weights


def test_terms_and_policies_keep_their_protocols():
    assert all(isinstance(term, LossTerm) for term in (CrossEntropy(), SoftCrossEntropy(), MeanAbsoluteError()))
    assert isinstance(Constant(), Policy)
    assert isinstance(Chosen(Weights()), Policy)


def test_constant_says_the_same_of_every_sample():
    weights = Constant(temperature=3.0, hard=0.25, soft=2.0)(EVEN, TARGETS)

    assert (weights.student_temperature, weights.teacher_temperature) == (3.0, 3.0)
    assert weights.terms == {"hard": 0.25, "soft": 2.0}


@pytest.mark.parametrize("temperature", [0.0, -1.0])
def test_a_temperature_must_be_positive(temperature):
    with pytest.raises(ValueError, match="must be positive"):
        Constant(temperature=temperature)


def test_an_objective_is_the_weighted_sum_of_its_terms():
    objective = Objective((CrossEntropy(), SoftCrossEntropy()), Constant(hard=0.25, soft=2.0))

    values = objective(EVEN, TARGETS)

    torch.testing.assert_close(values, torch.full((2,), 2.25 * LN2))


def test_a_term_that_the_policy_does_not_name_counts_once():
    objective = Objective((CrossEntropy(), SoftCrossEntropy()), Chosen(Weights(terms={"soft": 3.0})))

    torch.testing.assert_close(objective(EVEN, TARGETS), torch.full((2,), 4 * LN2))


def test_a_policy_may_drop_single_samples():
    objective = Objective((CrossEntropy(),), Chosen(Weights(terms={"hard": torch.tensor([0.0, 2.0])})))
    logits = EVEN.clone().requires_grad_()

    values = objective(logits, TARGETS)
    values.sum().backward()

    torch.testing.assert_close(values.detach(), torch.tensor([0.0, 2 * LN2]))
    assert logits.grad.abs().sum(-1).tolist() == [0.0, 2.0]


def test_the_short_forms():
    torch.testing.assert_close(hard_labels(0.5)(EVEN, TARGETS), torch.full((2,), 0.5 * LN2))
    torch.testing.assert_close(soft_labels(0.5)(EVEN, TARGETS), torch.full((2,), 0.5 * LN2))
    torch.testing.assert_close(soft_labels(1.0, temperature=2.0)(EVEN, TARGETS), torch.full((2,), 4 * LN2))


def test_objectives_compare_by_value():
    # Cohorts are made of assignments with equal objectives.
    assert soft_labels(0.5, 2.0) == soft_labels(0.5, 2.0)
    assert hash(hard_labels()) == hash(hard_labels())
    assert hard_labels(0.5) != hard_labels()


def test_a_cohort_has_one_value_a_member_and_sample():
    logits = torch.zeros(3, 2, 2)
    targets = {name: target.expand(3, *target.shape) for name, target in TARGETS.items()}

    assert Objective((CrossEntropy(), SoftCrossEntropy()), Constant())(logits, targets).shape == (3, 2)
