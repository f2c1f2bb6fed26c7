"""Trees learn from labels and soft labels side by side."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.distill import LABEL, TEACHER, hard_labels, soft_labels
from fedkd.learning import Feed, Job, Learner, Model, Optimizer
from fedkd.learning import forest as room
from fedkd.learning.forest import predict_forest, train_forest
from fedkd.models import ArchSpec

from .cases import CLASSES, FOREST, SHAPES, assert_same, make_assignment, make_model, make_store

SHAPE = (1,)
STORE = {
    "private": np.float32([[0], [1], [2]]),
    "labels": np.int64([0, 0, 2]),
    "public": np.float32([[10], [20], [11], [21]]),
    "soft": np.float32([[0.25, 0.75, 0], [0, 0.5, 0.5]]),
}


def job(private: list[int], public: list[int]) -> Job:
    feeds = (
        Feed("private", {LABEL: "labels"}, np.int64([private]), hard_labels()),
        Feed("public", {TEACHER: "soft"}, np.int64([public]), soft_labels()),
    )
    return Job(feeds, Optimizer(), seed=5)


class Recorder:
    """Stands in for a tree learner."""

    def fit(self, *given: object) -> None:
        self.given = given

    def to_arrays(self) -> dict[str, np.ndarray]:
        return {"trees": np.zeros(1)}


def test_both_feeds_are_fitted_with_as_much_weight_as_they_are_drawn(monkeypatch):
    recorder = Recorder()
    monkeypatch.setattr(room, "make_learner", lambda *_: recorder)

    after = train_forest(make_model(FOREST, 0), job([2, 0, 2, 2], [2, 1, 2]), STORE, SHAPE, CLASSES)

    inputs, targets, weights, seed = recorder.given
    assert inputs.tolist() == [[0], [2], [20], [11]]
    # The public set has two versions of two samples: row 2 is another look at row 0.
    assert targets.tolist() == [[1, 0, 0], [0, 0, 1], [0, 0.5, 0.5], [0.25, 0.75, 0]]
    assert weights.tolist() == [1, 3, 1, 2]
    assert seed == 5
    assert (after.spec, after.optimizer, after.steps) == (FOREST, {}, 0)
    assert list(after.arrays) == ["trees"]


@pytest.mark.parametrize("family", ["forest", "extra_trees"])
def test_trees_answer_with_what_they_were_taught(family):
    samples = {"all": np.repeat(np.float32([[0], [10]]), 30, axis=0)}
    labels, soft = np.full(60, 1), np.tile(np.float32([0.25, 0.5, 0.25]), (60, 1))
    feeds = (
        Feed("all", {LABEL: labels}, np.arange(30)[None], hard_labels()),
        Feed("all", {TEACHER: soft}, np.arange(30, 60)[None], soft_labels()),
    )
    untaught = Model(ArchSpec.of(family, trees=20, depth=6), {})

    model = train_forest(untaught, Job(feeds, Optimizer()), samples, SHAPE, CLASSES)
    said = np.exp(predict_forest(model, np.float32([[0], [10]]), SHAPE, CLASSES))

    np.testing.assert_allclose(said, [[1e-6, 1, 1e-6], [0.25, 0.5, 0.25]], atol=1e-5)


def test_answers_are_log_probabilities_with_a_floor():
    untaught = predict_forest(make_model(FOREST, 0), np.zeros((2, 5), np.float32), (5,), CLASSES)

    np.testing.assert_allclose(untaught, np.log(1 / 3), rtol=1e-6)
    assert untaught.dtype == np.float32


def test_the_same_job_grows_the_same_trees():
    learner, store = Learner(SHAPES[FOREST], CLASSES), make_store(SHAPES[FOREST])

    first, again = (learner.work([make_assignment(FOREST, 0)], store)[0] for _ in range(2))

    assert_same(first.model, again.model)
    np.testing.assert_array_equal(first.answers["public"], again.answers["public"])
