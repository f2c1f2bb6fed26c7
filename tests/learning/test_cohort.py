"""A cohort is the loop, but for the order of sums; and nothing that goes in is changed."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest

from fedkd.errors import DivergedError
from fedkd.learning import Job, Learner, Model, Optimizer
from fedkd.learning.network import train_networks

from .cases import (
    ADAM,
    CLASSES,
    CNN,
    FOREST,
    GRU,
    MLP,
    SGD,
    SHAPES,
    assert_same,
    distance,
    hard_feed,
    make_assignment,
    make_job,
    make_model,
    make_store,
)

MEMBERS = 3


def train(spec, steps, optimizer, members) -> list[Model]:
    """Train some members as one cohort."""
    models, jobs = [make_model(spec, k) for k in members], [make_job(k, steps, optimizer) for k in members]
    return train_networks(models, jobs, make_store(SHAPES[spec]), SHAPES[spec], CLASSES)


@pytest.mark.parametrize(("steps", "tolerance"), [(1, 1e-5), (30, 1e-3)])
@pytest.mark.parametrize("optimizer", [SGD, ADAM], ids=lambda o: o.kind)
@pytest.mark.parametrize("spec", [CNN, MLP], ids=lambda s: s.family)
def test_a_cohort_is_the_loop(spec, optimizer, steps, tolerance):
    together = train(spec, steps, optimizer, range(MEMBERS))

    alone = [train(spec, steps, optimizer, [k])[0] for k in range(MEMBERS)]

    assert max(map(distance, together, alone)) <= tolerance
    assert min(distance(model, make_model(spec, k)) for k, model in enumerate(together)) > 10 * tolerance
    assert [model.steps for model in together] == [steps] * MEMBERS
    assert all(one.optimizer.keys() == other.optimizer.keys() for one, other in zip(together, alone, strict=True))


def test_members_do_not_learn_from_one_another():
    pair, other_pair = train(MLP, 5, ADAM, [0, 1]), train(MLP, 5, ADAM, [0, 2])

    assert distance(pair[0], other_pair[0]) == 0


def test_one_step_of_plain_gradient_descent_by_hand():
    # One linear layer without hidden units, all weights zero: softmax is 1/3, the gradient is (p - y) x.
    spec = type(MLP).of("mlp", hidden=())
    zero = Model(spec, {"head.weight": np.zeros((3, 2), np.float32), "head.bias": np.zeros(3, np.float32)})
    store = {"0/inputs": np.float32([[1, 2], [3, 4]]), "0/labels": np.int64([0, 2])}
    job = Job((replace(hard_feed(0, 1), rows=np.array([[0, 1]])),), Optimizer("sgd", 3.0))

    after = train_networks([zero], [job], store, (2,), 3)[0]

    # Per class: mean over both samples of (p - y) times (x, 1), times the rate 3, downhill.
    gradient = np.array([[-2, -4], [1, 2], [1, 2]]) / 3 + np.array([[3, 4], [3, 4], [-6, -8]]) / 3
    np.testing.assert_allclose(after.arrays["head.weight"], -3 * gradient / 2, atol=1e-6)
    np.testing.assert_allclose(after.arrays["head.bias"], [0.5, -1, 0.5], atol=1e-6)


def test_the_losses_of_a_step_are_added_up():
    twice = Job((hard_feed(0, 1), hard_feed(0, 1)), Optimizer("sgd", 0.1))
    double = Job((hard_feed(0, 1),), Optimizer("sgd", 0.2))

    models = [
        train_networks([make_model(MLP, 0)], [job], make_store(SHAPES[MLP]), SHAPES[MLP], CLASSES)[0]
        for job in (twice, double)
    ]

    assert distance(*models) < 1e-6


def test_rates_may_change_from_step_to_step():
    feeds = make_job(0, 4).feeds
    still = Job(feeds, SGD, learning_rates=(0.05, 0.05, 1e-12, 1e-12))

    halved, half = (
        train_networks([make_model(MLP, 0)], [job], make_store(SHAPES[MLP]), SHAPES[MLP], CLASSES)[0]
        for job in (still, Job(tuple(type(f)(f.inputs, f.targets, f.rows[:2], f.objective) for f in feeds), SGD))
    )

    assert distance(halved, half) < 1e-6


@pytest.mark.parametrize("spec", [CNN, MLP, GRU, FOREST], ids=lambda s: s.family)
def test_nothing_that_goes_in_is_changed(spec):
    store = make_store(SHAPES[spec])
    assignments = [make_assignment(spec, k) for k in range(MEMBERS)]
    arrays = [*store.values(), *(a for assignment in assignments for a in assignment.model.arrays.values())]
    before = copy.deepcopy(arrays)
    for array in arrays:
        # As decoded messages are; torch warns of such arrays, and a warning is an error here.
        array.setflags(write=False)

    learner = Learner(SHAPES[spec], CLASSES)
    for group in learner.groups(assignments):
        learner.work([assignments[i] for i in group], store)

    for array, old in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, old)


@pytest.mark.parametrize("members", [1, 3])
def test_what_comes_out_shares_no_memory(members):
    models = train(MLP, 1, ADAM, range(members))
    kept = copy.deepcopy(models)

    again = train_networks(
        models, [make_job(k, 3) for k in range(members)], make_store(SHAPES[MLP]), SHAPES[MLP], CLASSES
    )
    for model in again[1:]:
        model.arrays["head.bias"][:] = 99

    for model, old in zip(models, kept, strict=True):
        assert_same(model, old)
    assert again[0].arrays["head.bias"].max() < 99


@pytest.mark.parametrize("members", [1, 3])
def test_weights_that_run_away_are_an_error(members):
    with pytest.raises(DivergedError, match="infinite or NaN; lower the learning rate") as caught:
        train(MLP, 30, Optimizer("sgd", 1e30), range(members))

    assert caught.value.code == 63


def test_running_statistics_travel_with_the_weights():
    spec = type(CNN).of("irnet", width=4, expansion=1, depth=2, norm="batch")
    SHAPES.setdefault(spec, (1, 8, 8))

    after = train(spec, 3, ADAM, [0])[0]

    counts = [array for name, array in after.arrays.items() if name.endswith("num_batches_tracked")]
    assert counts
    assert all(count.shape == () and count == 3 for count in counts)
    means = [array for name, array in after.arrays.items() if name.endswith("running_mean")]
    assert all(np.abs(mean).max() > 0 for mean in means)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "adagrad"}, "neither adam nor sgd"),
        ({"learning_rate": 0.0}, "learning_rate > 0"),
        ({"momentum": 1.0}, "momentum < 1"),
    ],
)
def test_impossible_optimisers_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Optimizer(**settings)
