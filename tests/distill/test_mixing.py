"""Shares of soft and hard supervision, computed by hand."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fedkd.distill import (
    LABEL,
    TEACHER,
    ConfidenceMixing,
    CrossEntropy,
    CurriculumMixing,
    EntropyMixing,
    Objective,
    Policy,
    SoftCrossEntropy,
    StaticMixing,
)

LN2 = math.log(2)
EVEN = torch.zeros(3, 4)
SAID = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]])
TARGETS = {TEACHER: SAID, LABEL: SAID.argmax(-1)}
POLICIES = (StaticMixing(), ConfidenceMixing(), EntropyMixing(), CurriculumMixing(time=0.5))


def test_confidence_is_soft_where_the_teacher_doubts():
    weights = ConfidenceMixing()(EVEN, TARGETS)

    assert weights.terms["soft"].tolist() == [0.0, 0.5, 0.75]
    assert weights.terms["hard"].tolist() == [1.0, 0.5, 0.25]


def test_entropy_is_a_share_of_the_greatest():
    weights = EntropyMixing()(EVEN, TARGETS)

    # 0, ln 2 and ln 4, over ln 4.
    torch.testing.assert_close(weights.terms["soft"], torch.tensor([0.0, 0.5, 1.0]))
    torch.testing.assert_close(weights.terms["hard"], torch.tensor([1.0, 0.5, 0.0]))


def test_static_says_the_same_of_every_sample():
    assert StaticMixing(0.25)(EVEN, TARGETS).terms == {"soft": 0.25, "hard": 0.75}


def test_a_curriculum_grows_until_its_ramp_is_over():
    curriculum = CurriculumMixing(most=0.8, ramp=0.5)

    shares = [curriculum.at(time)(EVEN, TARGETS).terms["soft"] for time in (0.0, 0.25, 0.5, 1.0)]

    assert shares == pytest.approx([0.0, 0.4, 0.8, 0.8])


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: type(policy).__name__)
def test_an_objective_mixes_both_terms(policy):
    objective = Objective((SoftCrossEntropy(), CrossEntropy()), policy)

    values = objective(EVEN, TARGETS)

    # To a student that says 1/4 of every class both terms are ln 4, so any mixture is.
    assert isinstance(policy, Policy)
    torch.testing.assert_close(values, torch.full((3,), 2 * LN2))


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: type(policy).__name__)
def test_a_mixture_aims_at_the_mixture_of_both_labels(policy):
    share = torch.as_tensor(policy(EVEN, TARGETS).terms["soft"]).expand(3)
    mixed = share[:, None] * SAID + (1 - share[:, None]) * torch.eye(4)[TARGETS[LABEL]]
    student = mixed.clamp_min(1e-9).log().requires_grad_()

    Objective((SoftCrossEntropy(), CrossEntropy()), policy)(student, TARGETS).sum().backward()

    torch.testing.assert_close(student.grad, torch.zeros(3, 4), rtol=0, atol=1e-6)


@pytest.mark.parametrize("policy", [ConfidenceMixing(), EntropyMixing()], ids=["confidence", "entropy"])
def test_a_cohort_gets_the_shares_of_its_members(policy):
    together = policy(EVEN.expand(2, 3, 4), {TEACHER: torch.stack([SAID, SAID.flip(0)])}).terms["soft"]

    assert together.shape == (2, 3)
    torch.testing.assert_close(together[1], together[0].flip(0))


@given(st.lists(st.floats(0.01, 1.0), min_size=5, max_size=5))
def test_shares_lie_between_none_and_all(masses):
    said = torch.tensor([masses]) / sum(masses)

    for policy in (ConfidenceMixing(), EntropyMixing()):
        terms = policy(torch.zeros(1, 5), {TEACHER: said}).terms
        assert -1e-6 <= terms["soft"].item() <= 1 + 1e-6
        assert terms["soft"].item() + terms["hard"].item() == pytest.approx(1)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (StaticMixing, {"share": 1.5}),
        (StaticMixing, {"share": -0.1}),
        (CurriculumMixing, {"most": 2.0}),
        (CurriculumMixing, {"time": -1.0}),
        (CurriculumMixing, {"ramp": 0.0}),
    ],
)
def test_impossible_shares_are_refused(kind, wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}="):
        kind(**wrong)
