"""What holds for every tree learner."""

import numpy as np
import pytest

from fedkd.errors import ArchitectureError, InvalidValuesError, ModelError, NotEnoughSamplesError
from fedkd.models.arch import ArchSpec
from fedkd.models.learner import make_learner
from fedkd.models.weight_files import load_weights, save_weights
from fedkd.models.weights import fingerprint

from .cases import TREES, blobs


def fitted(name, targets=None, weights=None, seed=1, classes=3):
    rows, labels = blobs()
    learner = make_learner(TREES[name], (4,), classes)
    learner.fit(rows, labels if targets is None else targets, weights, seed)
    return learner, rows, labels


@pytest.fixture(params=TREES)
def name(request):
    return request.param


def test_it_learns_and_answers_with_distributions(name):
    learner, rows, labels = fitted(name)
    probabilities = learner.probabilities(rows)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-5)
    assert (probabilities.argmax(1) == labels).mean() > 0.8


def test_it_answers_for_classes_that_it_never_saw(name):
    learner, rows, _ = fitted(name, classes=5)
    probabilities = learner.probabilities(rows)
    assert probabilities.shape == (120, 5)
    assert probabilities[:, 3:].max() < 1e-5
    learner.fit(rows[:6], np.full(6, 2), None, 0)
    assert (learner.probabilities(rows)[:, 2] > 0.999).all()


def test_out_of_bag_rows_are_less_sure_of_their_labels(name):
    learner, rows, labels = fitted(name)
    outside, inside = learner.oob_probabilities(), learner.probabilities(rows)
    np.testing.assert_allclose(outside.sum(1), 1, atol=1e-5)
    own = np.arange(120), labels
    assert outside[own].mean() < inside[own].mean() - 0.02
    assert (outside.argmax(1) == labels).mean() > 0.6


def test_one_sample_is_enough(name):
    learner = make_learner(TREES[name], (4,), 3)
    learner.fit(np.zeros((1, 4), np.float32), np.array([1]), None, 0)
    np.testing.assert_allclose(learner.oob_probabilities(), [[0, 1, 0]])


def test_soft_labels_are_learned_as_they_are(name):
    rows, labels = blobs()
    soft = np.full((120, 3), 0.2, np.float32)
    soft[np.arange(120), labels] = 0.6
    learner, _, _ = fitted(name, targets=soft)
    hard, _, _ = fitted(name)
    assert learner.probabilities(rows).max() < 0.65
    assert hard.probabilities(rows).max() > 0.7
    assert (learner.probabilities(rows).argmax(1) == labels).mean() > 0.8


def test_one_hot_soft_labels_are_class_ids(name):
    rows, labels = blobs()
    hard, _, _ = fitted(name)
    soft, _, _ = fitted(name, targets=np.eye(3, dtype=np.float32)[labels])
    np.testing.assert_array_equal(hard.probabilities(rows), soft.probabilities(rows))


def test_weights_matter(name):
    rows, labels = blobs()
    heavy = np.where(labels == 0, 50, 1).astype(np.float32)
    even, uneven = fitted(name)[0], fitted(name, weights=heavy)[0]
    assert uneven.probabilities(rows)[:, 0].mean() > even.probabilities(rows)[:, 0].mean()


def test_rows_without_weight_do_not_count(name):
    rows, labels = blobs()
    lone = np.zeros(120, np.float32)
    lone[4] = 1
    learner, _, _ = fitted(name, weights=lone)
    assert (learner.probabilities(rows).argmax(1) == labels[4]).all()
    np.testing.assert_allclose(learner.oob_probabilities().sum(1), 1, atol=1e-5)


def test_no_question_no_answer(name):
    learner, rows, _ = fitted(name)
    assert learner.probabilities(rows[:0]).shape == (0, 3)


def test_same_seed_same_bits_and_no_global_draw(name):
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    one, same = (fitted(name, seed=2**63 - 1)[0] for _ in range(2))
    prints = {fingerprint(learner.to_arrays(), TREES[name]) for learner in (one, same)}
    assert len(prints) == 1
    np.testing.assert_array_equal(one.oob_probabilities(), same.oob_probabilities())
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_another_seed_is_another_forest():
    arrays = [fitted("forest", seed=seed)[0].to_arrays()["threshold"] for seed in (1, 2)]
    assert not np.array_equal(*arrays)


def test_a_saved_learner_answers_alike(name, tmp_path):
    learner, rows, _ = fitted(name)
    save_weights(tmp_path / "model", learner.to_arrays(), TREES[name])
    spec, arrays = load_weights(tmp_path / "model")
    again = make_learner(spec, (4,), 3)
    again.from_arrays(arrays)
    np.testing.assert_array_equal(again.probabilities(rows), learner.probabilities(rows))
    with pytest.raises(ModelError, match="fit"):
        again.oob_probabilities()


def test_arrays_of_another_learner_are_refused(name):
    arrays = fitted(name)[0].to_arrays()
    for shape, classes in (((1,), 3), ((4,), 2)):
        with pytest.raises(ArchitectureError):
            make_learner(TREES[name], shape, classes).from_arrays(arrays)
    with pytest.raises(ArchitectureError):
        make_learner(TREES[name], (4,), 3).from_arrays({})


def test_images_are_read_as_rows(name):
    rows, labels = blobs()
    learner = make_learner(TREES[name], (1, 2, 2), 3)
    learner.fit(rows.reshape(-1, 1, 2, 2), labels, None, 1)
    np.testing.assert_array_equal(learner.probabilities(rows.reshape(-1, 1, 2, 2)), fitted(name)[0].probabilities(rows))


@pytest.mark.parametrize(
    ("rows", "targets", "weights", "error"),
    [
        (np.zeros((0, 4)), np.zeros(0, np.int64), None, NotEnoughSamplesError),
        (np.zeros((2, 3)), np.zeros(2, np.int64), None, InvalidValuesError),
        (np.zeros((3, 4)), np.zeros(2, np.int64), None, InvalidValuesError),
        (np.zeros((2, 4)), np.array([0, 3]), None, InvalidValuesError),
        (np.zeros((2, 4)), np.array([0, -1]), None, InvalidValuesError),
        (np.zeros((2, 4)), np.zeros(2), None, InvalidValuesError),
        (np.zeros((2, 4)), np.ones((2, 3)), None, InvalidValuesError),
        (np.zeros((2, 4)), np.full((2, 3), np.nan), None, InvalidValuesError),
        (np.zeros((2, 4)), np.full((2, 2), 0.5), None, InvalidValuesError),
        (np.full((2, 4), np.nan), np.zeros(2, np.int64), None, InvalidValuesError),
        (np.zeros((2, 4)), np.zeros(2, np.int64), np.ones(3), InvalidValuesError),
        (np.zeros((2, 4)), np.zeros(2, np.int64), np.zeros(2), InvalidValuesError),
        (np.zeros((2, 4)), np.zeros(2, np.int64), np.array([1, np.inf]), InvalidValuesError),
    ],
)
def test_unusable_data_are_refused(name, rows, targets, weights, error):
    with pytest.raises(error):
        make_learner(TREES[name], (4,), 3).fit(rows, targets, weights, 0)


def test_networks_are_no_learners():
    with pytest.raises(ArchitectureError, match="not a family of learners"):
        make_learner(ArchSpec.of("mlp"), (4,), 3)
