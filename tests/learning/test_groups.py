"""Who trains with whom: decided by the assignments alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedkd.data.views import Identity
from fedkd.distill import hard_labels
from fedkd.learning import Assignment, Job, Learner

from .cases import CLASSES, CNN, FOREST, GRU, MLP, SGD, SHAPES, hard_feed, make_assignment, make_job, make_model

LEARNER = Learner((5,), CLASSES, cohort=4)


def alike(count: int, **settings: object) -> list[Assignment]:
    return [make_assignment(MLP, k, **settings) for k in range(count)]


@pytest.mark.parametrize(
    ("count", "sizes"), [(1, [1]), (4, [4]), (5, [3, 2]), (8, [4, 4]), (9, [3, 3, 3]), (10, [4, 3, 3])]
)
def test_equal_assignments_are_cut_into_even_cohorts(count, sizes):
    groups = LEARNER.groups(alike(count))

    assert [len(group) for group in groups] == sizes
    assert [i for group in groups for i in group] == list(range(count))


def unlike() -> dict[str, Assignment]:
    """Assignments that differ from `alike(1)` in one thing."""
    model, job = make_model(MLP, 0), make_job(0, 2)
    stronger = hard_feed(0, 2, objective=hard_labels(2.0))
    return {
        "more steps": Assignment(model, (make_job(0, 3),)),
        "another optimiser": Assignment(model, (make_job(0, 2, SGD),)),
        "more jobs": Assignment(model, (job, job)),
        "fewer feeds": Assignment(model, (replace(job, feeds=job.feeds[:1]),)),
        "another order of feeds": Assignment(model, (replace(job, feeds=job.feeds[::-1]),)),
        "another objective": Assignment(model, (replace(job, feeds=(stronger, job.feeds[1])),)),
        "views": Assignment(model, (replace(job, feeds=(replace(job.feeds[0], view=Identity()), job.feeds[1])),)),
        "other rates": Assignment(model, (replace(job, learning_rates=(0.1, 0.2)),)),
        "another age": Assignment(replace(model, steps=2), (job,)),
    }


@pytest.mark.parametrize("other", unlike().values(), ids=unlike())
def test_unlike_assignments_are_kept_apart(other):
    first, second = alike(2)

    assert sorted(map(sorted, LEARNER.groups([first, other, second]))) == [[0, 2], [1]]


def test_unlike_networks_are_kept_apart():
    wide = type(MLP).of("mlp", hidden=(7,))
    SHAPES.setdefault(wide, (5,))

    groups = LEARNER.groups([make_assignment(MLP, 0), make_assignment(wide, 1), make_assignment(MLP, 2)])

    assert sorted(map(sorted, groups)) == [[0, 2], [1]]


@pytest.mark.parametrize("spec", [GRU, FOREST], ids=lambda s: s.family)
def test_what_cannot_be_stacked_runs_alone(spec):
    learner = Learner(SHAPES[spec], CLASSES, cohort=4)

    assert learner.groups([make_assignment(spec, k) for k in range(3)]) == [[0], [1], [2]]


def test_a_cohort_of_one_is_the_loop():
    assert Learner((5,), CLASSES, cohort=1).groups(alike(3)) == [[0], [1], [2]]


def test_models_that_are_only_asked_run_alone():
    asked = [Assignment(make_model(MLP, k), (), ("public",)) for k in range(2)]

    assert LEARNER.groups(asked) == [[0], [1]]


def test_work_that_is_too_large_to_stack_runs_alone():
    # 8 x 8 pixels of 24 channels, 64 samples a step: beyond the measured bound of 6 million MACs.
    large = type(CNN).of("cnn", channels=(64, 128), kernel=5)
    SHAPES.setdefault(large, (1, 28, 28))
    jobs = (Job((hard_feed(0, 1, batch=64),), SGD),)
    learner = Learner((1, 28, 28), CLASSES)

    assert learner.groups([Assignment(make_model(large, k), jobs) for k in range(2)]) == [[0], [1]]


def test_nothing_to_do_is_no_group():
    assert LEARNER.groups([]) == []


@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.booleans()), max_size=12))
def test_everyone_is_in_exactly_one_group_of_its_kind(kinds):
    assignments = [make_assignment(MLP, 0, steps=steps, **({"optimizer": SGD} if sgd else {})) for steps, sgd in kinds]

    groups = LEARNER.groups(assignments)

    assert sorted(i for group in groups for i in group) == list(range(len(kinds)))
    assert all(len({kinds[i] for i in group}) == 1 for group in groups)
    assert groups == LEARNER.groups(assignments)
