"""The checks that every source passes through."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.data.build import Labelled, build_corpus
from fedkd.errors import InvalidValuesError

GOOD = Labelled(np.zeros((4, 2)), np.array([0, 1, 0, 1]))


def test_ids_of_train_and_test_follow_one_another():
    corpus = build_corpus("toy", GOOD, GOOD, classes=2, owners=np.array([5, 5, 6, 6], np.uint8))

    assert corpus.train.ids.tolist() == [0, 1, 2, 3]
    assert corpus.test is not None
    assert corpus.test.ids.tolist() == [4, 5, 6, 7]
    assert corpus.owners is not None
    assert corpus.owners.tolist() == [5, 5, 6, 6]
    assert corpus.train.inputs.dtype == np.float32
    assert corpus.train.targets.dtype == corpus.owners.dtype == np.int64


@pytest.mark.parametrize(
    ("inputs", "targets", "classes", "message"),
    [
        ([[0.0], [np.nan]], [0, 1], 2, "NaN or infinite"),
        ([[0.0], [np.inf]], [0, 1], 2, "NaN or infinite"),
        ([[0.0], [1e300]], [0, 1], 2, "NaN or infinite"),
        ([[0.0], [1.0]], [0, 2], 2, "labels from 0 to 2"),
        ([[0.0], [1.0]], [-1, 0], 2, "labels from -1 to 0"),
        ([[0.0], [1.0]], [0, 1, 1], 2, r"labels of shape \(3,\)"),
        ([[0.0], [1.0]], [0.0, 1.0], 2, "labels of type float64"),
        ([[0.0], [1.0]], [0, 0], 1, "1 class"),
        ([0.0, 1.0], [0, 1], 2, r"inputs of shape \(2,\)"),
        (np.zeros((0, 3)), [], 2, r"inputs of shape \(0, 3\)"),
    ],
)
def test_bad_values_are_named(inputs, targets, classes, message):
    with pytest.raises(InvalidValuesError, match=message):
        build_corpus("toy", Labelled(np.array(inputs), np.array(targets)), None, classes)


def test_test_samples_must_have_the_shape_of_train_samples():
    other = Labelled(np.zeros((4, 3)), GOOD.targets)
    with pytest.raises(InvalidValuesError, match="same shape"):
        build_corpus("toy", GOOD, other, classes=2)


def test_each_sample_has_one_owner():
    with pytest.raises(InvalidValuesError, match="owners of shape"):
        build_corpus("toy", GOOD, None, classes=2, owners=np.array([1, 2, 3]))
