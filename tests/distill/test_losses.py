"""Loss terms against numbers computed by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from fedkd.distill import LABEL, TEACHER, CrossEntropy, MeanAbsoluteError, SoftCrossEntropy, Weights

# softmax of (0, ln 3) is (1/4, 3/4).
LOGITS = torch.tensor([[0.0, math.log(3)], [0.0, math.log(3)], [0.0, 0.0]])
QUARTER, HALF = torch.tensor([0.25, 0.75]), torch.tensor([0.5, 0.5])
LN2, LN3, LN4 = math.log(2), math.log(3), math.log(4)


def random(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


def test_cross_entropy_is_minus_the_log_probability_of_the_label():
    values = CrossEntropy()(LOGITS, {LABEL: torch.tensor([0, 1, 1])}, Weights())

    torch.testing.assert_close(values, torch.tensor([LN4, LN4 - LN3, LN2]))


def test_soft_cross_entropy_is_the_expectation_under_the_teacher():
    teacher = torch.stack([QUARTER, HALF, torch.tensor([1.0, 0.0])])

    values = SoftCrossEntropy()(LOGITS, {TEACHER: teacher}, Weights())

    torch.testing.assert_close(values, torch.tensor([LN4 - 0.75 * LN3, LN4 - 0.5 * LN3, LN2]))


def test_mean_absolute_error_is_over_classes():
    logits = torch.tensor([[1.0, -2.0], [0.0, 4.0]])

    values = MeanAbsoluteError()(logits, {TEACHER: torch.tensor([[0.0, 0.0], [1.0, 1.0]])}, Weights())

    assert values.tolist() == [1.5, 2.0]


def test_temperatures_of_teacher_and_student_are_separate():
    # The student at temperature 2 says (1, sqrt 3) / (1 + sqrt 3); the teacher (0.1, 0.9) at 2 says (1/4, 3/4).
    root = math.sqrt(3)
    teacher = {TEACHER: torch.tensor([[0.1, 0.9]])}
    student_cross = math.log(1 + root) - 0.9 * math.log(root)
    teacher_cross = LN4 - 0.75 * LN3
    both = math.log(1 + root) - 0.75 * math.log(root)

    term, logits = SoftCrossEntropy(), LOGITS[:1]

    assert term(logits, teacher, Weights(student_temperature=2.0)).item() == pytest.approx(2 * student_cross)
    assert term(logits, teacher, Weights(teacher_temperature=2.0)).item() == pytest.approx(2 * teacher_cross)
    assert term(logits, teacher, Weights(2.0, 2.0)).item() == pytest.approx(4 * both)


def test_temperatures_may_differ_from_sample_to_sample():
    logits, teacher = random(3, 4), torch.softmax(random(3, 4) * 2, -1)
    students, teachers = torch.tensor([1.0, 2.0, 4.0]), torch.tensor([3.0, 1.0, 0.5])

    together = SoftCrossEntropy()(logits, {TEACHER: teacher}, Weights(students, teachers))

    for i in range(3):
        weights = Weights(students[i].item(), teachers[i].item())
        alone = SoftCrossEntropy()(logits[i : i + 1], {TEACHER: teacher[i : i + 1]}, weights)
        torch.testing.assert_close(together[i : i + 1], alone)


def test_a_teacher_that_rules_a_class_out_gives_finite_values_and_gradients():
    logits = LOGITS[:1].clone().requires_grad_()

    value = SoftCrossEntropy()(logits, {TEACHER: torch.tensor([[0.0, 1.0]])}, Weights(2.0, 2.0)).sum()
    value.backward()

    assert torch.isfinite(value)
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize("batch", [(5,), (3, 5)], ids=["batch", "cohort"])
@pytest.mark.parametrize("term", [CrossEntropy(), SoftCrossEntropy(), MeanAbsoluteError()], ids=lambda t: repr(t))
def test_terms_are_one_value_a_sample(term, batch):
    logits = random(*batch, 4)
    targets = {LABEL: torch.ones(batch, dtype=torch.int64), TEACHER: torch.softmax(random(*batch, 4), -1)}

    values = term(logits, targets, Weights(2.0, 2.0))

    assert values.shape == batch
    flat = {name: target.flatten(0, len(batch) - 1) for name, target in targets.items()}
    torch.testing.assert_close(values.flatten(), term(logits.flatten(0, -2), flat, Weights(2.0, 2.0)))


@pytest.mark.parametrize(("student_t", "teacher_t"), [(1.0, 1.0), (2.0, 2.0), (3.0, 1.5)])
def test_the_gradient_of_soft_cross_entropy_is_that_of_kl(student_t, teacher_t):
    teacher = torch.softmax(random(5, 4), -1)
    mine, kl = (random(5, 4).mul(3).requires_grad_() for _ in range(2))

    SoftCrossEntropy()(mine, {TEACHER: teacher}, Weights(student_t, teacher_t)).sum().backward()
    softened = torch.softmax(teacher.log() / teacher_t, -1)
    divergence = F.kl_div(F.log_softmax(kl / student_t, -1), softened, reduction="sum")
    (student_t * teacher_t * divergence).backward()

    torch.testing.assert_close(mine.grad, kl.grad)
    # In closed form: T_teacher (q - p).
    expected = teacher_t * (torch.softmax(mine.detach() / student_t, -1) - softened)
    torch.testing.assert_close(mine.grad, expected)


def test_a_student_that_agrees_with_its_teacher_stays():
    logits = random(5, 4).requires_grad_()

    SoftCrossEntropy()(logits, {TEACHER: torch.softmax(logits.detach(), -1)}, Weights(3.0, 3.0)).sum().backward()

    torch.testing.assert_close(logits.grad, torch.zeros(5, 4), rtol=0, atol=1e-6)
