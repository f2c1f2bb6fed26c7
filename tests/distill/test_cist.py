"""CIST: temperatures computed by hand, and the spread of entropies that they do away with."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fedkd.distill import TEACHER, Cist, CrossEntropy, Objective, Policy, SoftCrossEntropy, hard_labels

E3, E6 = math.exp(3), math.exp(6)
# Logits (3, 0, 0) and (6, 0, 0): less their means the largest are 2 and 4.
TEACHER_SAYS = torch.tensor([[E3, 1, 1], [E6, 1, 1]]) / torch.tensor([[E3 + 2], [E6 + 2]])
# Less their means the largest are 4 and 1, whatever is added to all logits of a sample.
STUDENT_SAYS = torch.tensor([[6.0, 0.0, 0.0], [10.5, 9.0, 9.0]])


def softened_entropies(probabilities: torch.Tensor, temperature: float | torch.Tensor) -> torch.Tensor:
    column = temperature.unsqueeze(-1) if isinstance(temperature, torch.Tensor) else temperature
    softened = torch.softmax(probabilities.clamp_min(1e-12).log() / column, -1)
    return torch.special.entr(softened).sum(-1)


def test_temperatures_are_the_largest_centred_logits_over_rho():
    policy = Cist(rho=2.0, tau_min=0.1)

    weights = policy(STUDENT_SAYS, {TEACHER: TEACHER_SAYS})

    assert isinstance(policy, Policy)
    torch.testing.assert_close(weights.teacher_temperature, torch.tensor([1.0, 2.0]))
    torch.testing.assert_close(weights.student_temperature, torch.tensor([2.0, 0.5]))


def test_temperatures_stay_within_their_bounds():
    even = torch.full((1, 3), 1 / 3)
    policy = Cist(rho=2.0, tau_min=0.75, tau_max=1.5)

    weights = policy(torch.cat([STUDENT_SAYS, torch.zeros(1, 3)]), {TEACHER: torch.cat([TEACHER_SAYS, even])})

    torch.testing.assert_close(weights.teacher_temperature, torch.tensor([1.0, 1.5, 0.75]))
    torch.testing.assert_close(weights.student_temperature, torch.tensor([1.5, 0.75, 0.75]))


def test_the_terms_keep_their_weights():
    assert Cist(hard=0.25, soft=0.75)(STUDENT_SAYS, {TEACHER: TEACHER_SAYS}).terms == {"hard": 0.25, "soft": 0.75}


def test_the_gradient_is_the_teachers_temperature_times_the_difference():
    logits = STUDENT_SAYS.clone().requires_grad_()
    objective = Objective((SoftCrossEntropy(),), Cist(rho=2.0, tau_min=0.1))

    objective(logits, {TEACHER: TEACHER_SAYS}).sum().backward()

    # At rho = 2, teacher and student both say softmax of (3, 0, 0), so the student has nothing to learn.
    torch.testing.assert_close(logits.grad, torch.zeros(2, 3), rtol=0, atol=1e-6)
    turned = STUDENT_SAYS.roll(1, dims=-1).requires_grad_()
    objective(turned, {TEACHER: TEACHER_SAYS}).sum().backward()
    gap = (E3 - 1) / (E3 + 2)
    expected = torch.tensor([[-1.0, 1.0, 0.0], [-2.0, 2.0, 0.0]]) * gap
    torch.testing.assert_close(turned.grad, expected)


def test_a_cohort_gets_the_temperatures_of_its_members():
    logits, said = torch.stack([STUDENT_SAYS, 2 * STUDENT_SAYS]), torch.stack([TEACHER_SAYS, TEACHER_SAYS.flip(0)])

    together = Cist()(logits, {TEACHER: said})

    for member in range(2):
        alone = Cist()(logits[member], {TEACHER: said[member]})
        torch.testing.assert_close(together.student_temperature[member], alone.student_temperature)
        torch.testing.assert_close(together.teacher_temperature[member], alone.teacher_temperature)
    objective = Objective((CrossEntropy(), SoftCrossEntropy()), Cist())
    labels = torch.zeros(2, 2, dtype=torch.int64)
    assert objective(logits, {TEACHER: said, "label": labels}).shape == (2, 2)


def test_the_spread_of_entropies_falls_at_least_tenfold():
    # Teachers whose confidence differs from sample to sample, as a trained one's does.
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(400, 10, generator=generator)
    logits[:, 0] += torch.linspace(15, 40, 400)
    said = torch.softmax(logits, -1)

    at_four = softened_entropies(said, 4.0)
    cist = softened_entropies(said, Cist(rho=2.0)(logits, {TEACHER: said}).teacher_temperature)

    assert at_four.std() / at_four.mean() > 10 * cist.std() / cist.mean()


@given(scale=st.floats(0.5, 4.0), shift=st.floats(-5.0, 5.0))
def test_what_a_soft_term_sees_depends_on_neither_scale_nor_shift(scale, shift):
    temperature = Cist(2.0, tau_min=1e-3)(scale * STUDENT_SAYS + shift, {TEACHER: TEACHER_SAYS}).student_temperature

    softened = torch.softmax((scale * STUDENT_SAYS + shift) / temperature.unsqueeze(-1), -1)

    torch.testing.assert_close(softened, torch.softmax(torch.tensor([[3.0, 0, 0]] * 2), -1), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("wrong", [{"rho": 0.0}, {"rho": -1.0}, {"tau_min": 0.0}, {"tau_min": 3.0, "tau_max": 2.0}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValueError, match="must be positive"):
        Cist(**wrong)


def test_policies_compare_by_value():
    assert Objective((SoftCrossEntropy(),), Cist(2.0)) == Objective((SoftCrossEntropy(),), Cist(2.0))
    assert hash(Cist(2.0)) == hash(Cist(2.0))
    assert Objective((SoftCrossEntropy(),), Cist(2.0)) != hard_labels()
