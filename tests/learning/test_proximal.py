"""The proximal term, and terms that look at features: alone and in a cohort."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fedkd.distill import KNOWN, LABEL, PROTOTYPE, CrossEntropy, Objective, PrototypeDistance, Weighted
from fedkd.errors import ArchitectureError
from fedkd.learning import Assignment, Learner, Optimizer, features_of, inputs_of
from fedkd.learning.network import train_networks

from .cases import CLASSES, CNN, FOREST, MLP, SHAPES, distance, hard_feed, make_job, make_model, make_store

PLAIN = Optimizer("sgd", 0.1)


def train(spec, jobs, members):
    models = [make_model(spec, k) for k in members]
    return train_networks(models, jobs, make_store(SHAPES[spec]), SHAPES[spec], CLASSES)


def shifted(model, step):
    return {name: array + np.float32(step) for name, array in model.arrays.items()}


def test_a_step_with_a_pull_by_hand():
    anchor = shifted(make_model(MLP, 0), 0.5)
    job = make_job(0, 1, PLAIN)

    (free,) = train(MLP, [job], [0])
    (pulled,) = train(MLP, [replace(job, pull=2.0, anchor=anchor)], [0])

    # The gradient of 2 / 2 |w - anchor|^2 is 2 (w - anchor) = -1, and the rate is 0.1.
    for name, array in free.arrays.items():
        np.testing.assert_allclose(pulled.arrays[name], array + 0.1, atol=1e-6)


def test_without_an_anchor_a_job_is_pulled_to_where_it_began():
    job = make_job(0, 1, PLAIN)

    (free,) = train(MLP, [job], [0])
    (first,) = train(MLP, [replace(job, pull=5.0)], [0])
    (far,) = train(MLP, [make_job(0, 20, PLAIN)], [0])
    (near,) = train(MLP, [replace(make_job(0, 20, PLAIN), pull=5.0)], [0])

    assert distance(free, first) == 0
    assert distance(near, make_model(MLP, 0)) < 0.7 * distance(far, make_model(MLP, 0))


@pytest.mark.parametrize("spec", [CNN, MLP], ids=lambda s: s.family)
def test_a_cohort_is_the_loop_with_a_pull(spec):
    jobs = [replace(make_job(k, 3, PLAIN), pull=1.0, anchor=shifted(make_model(spec, k), k)) for k in range(3)]

    together = train(spec, jobs, range(3))
    alone = [train(spec, [jobs[k]], [k])[0] for k in range(3)]

    assert max(map(distance, together, alone)) <= 1e-5


def featured_job(k, steps, prototypes, known):
    objective = Objective((CrossEntropy(), PrototypeDistance()), Weighted((("prototype", 20.0),)), featured=True)
    feed = hard_feed(k, steps, objective=objective)
    targets = {LABEL: feed.targets[LABEL], PROTOTYPE: prototypes, KNOWN: known}
    return replace(make_job(k, steps, PLAIN), feeds=(replace(feed, targets=targets),))


@pytest.mark.parametrize("spec", [CNN, MLP], ids=lambda s: s.family)
def test_features_are_pulled_towards_prototypes_alone_and_in_a_cohort(spec):
    store, learner = make_store(SHAPES[spec]), Learner(SHAPES[spec], CLASSES)
    before = [learner.features(make_model(spec, k), store[f"{k}/inputs"]) for k in range(3)]
    ones = np.ones((24, before[0].shape[1]), np.float32)
    jobs = [featured_job(k, 20, ones, np.ones(24, np.float32)) for k in range(3)]

    together = train(spec, jobs, range(3))
    alone = [train(spec, [jobs[k]], [k])[0] for k in range(3)]

    assert max(map(distance, together, alone)) <= 1e-4
    for k in range(3):
        after = learner.features(together[k], store[f"{k}/inputs"])
        # Units whose ReLU is shut stay at 0.
        assert np.square(after - 1).mean() < 0.9 * np.square(before[k] - 1).mean()


def test_a_class_without_a_prototype_is_left_alone():
    known = np.zeros(24, np.float32)
    (plain,) = train(MLP, [replace(make_job(0, 2, PLAIN), feeds=(hard_feed(0, 2),))], [0])

    (same,) = train(MLP, [featured_job(0, 2, np.full((24, 6), 9, np.float32), known)], [0])

    assert distance(plain, same) < 1e-6


def test_features_can_be_asked_for():
    learner, store = Learner(SHAPES[MLP], CLASSES), make_store(SHAPES[MLP])
    model = make_model(MLP, 0)

    (outcome,) = learner.work([Assignment(model, (), ("public", features_of("public")))], store)

    features = outcome.answers[features_of("public")]
    assert (features.shape, inputs_of(features_of("public")), inputs_of("public")) == ((24, 6), "public", "public")
    logits = features @ model.arrays["head.weight"].T + model.arrays["head.bias"]
    np.testing.assert_allclose(logits, outcome.answers["public"], atol=1e-5)
    with pytest.raises(ArchitectureError, match="has no features"):
        learner.features(make_model(FOREST, 0), store["public"])
