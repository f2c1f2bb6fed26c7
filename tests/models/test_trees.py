"""Trees as arrays against scikit-learn's, and against bad arrays."""

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from fedkd.errors import ArchitectureError
from fedkd.models.trees import Trees, largest_tree

from .cases import blobs


def of_classifier(forest):
    return Trees.of([e.tree_ for e in forest.estimators_], [e.tree_.value[:, 0, :] for e in forest.estimators_])


@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesClassifier])
def test_answers_are_those_of_scikit_learn(kind):
    rows, labels = blobs(300)
    forest = kind(30, random_state=0).fit(rows, labels)
    queries = np.concatenate([rows, blobs(2000, seed=5)[0]])
    np.testing.assert_allclose(of_classifier(forest).mean(queries), forest.predict_proba(queries), atol=1e-6)


def test_rows_on_a_threshold_go_left_as_in_scikit_learn():
    # Values on a grid, so that thresholds lie halfway between float32 numbers and queries hit them
    values = np.arange(50, dtype=np.float32)[:, None] / 3
    tree = DecisionTreeRegressor(random_state=0).fit(values, np.arange(50.0))
    trees = Trees.of([tree.tree_], [tree.tree_.value[:, :, 0]])
    exact = tree.tree_.threshold[tree.tree_.feature >= 0].astype(np.float32)
    queries = np.concatenate([exact, np.nextafter(exact, np.float32(99)), np.nextafter(exact, np.float32(-99))])
    np.testing.assert_array_equal(trees.mean(queries[:, None])[:, 0], tree.predict(queries[:, None]))


def test_regression_on_one_hot_rows_is_classification():
    rows, labels = blobs(200)
    classifier = DecisionTreeClassifier(max_depth=4, random_state=0).fit(rows, labels)
    regressor = DecisionTreeRegressor(max_depth=4, random_state=0).fit(rows, np.eye(3)[labels])
    np.testing.assert_allclose(regressor.predict(rows), classifier.predict_proba(rows), atol=1e-12)


def test_a_tree_by_hand():
    trees = Trees(
        roots=np.array([0, 3], np.int32),
        left=np.array([1, 1, 2, 3], np.int32),
        right=np.array([2, 1, 2, 3], np.int32),
        feature=np.array([1, 0, 0, 0], np.int32),
        threshold=np.array([0.5, 0, 0, 0], np.float32),
        value=np.array([[9, 9], [1, 0], [0, 1], [0.5, 0.5]], np.float32),
    )
    rows = np.array([[7, 0.5], [7, 0.6]], np.float32)
    np.testing.assert_array_equal(trees.leaves(rows), [[1, 3], [2, 3]])
    np.testing.assert_array_equal(trees.mean(rows), [[0.75, 0.25], [0.25, 0.75]])
    assert trees.mean(rows[:0]).shape == (0, 2)


def test_largest_tree():
    # Depth 2: seven nodes with left, right, feature, threshold and three values; one root
    assert largest_tree(2, 3) == 1 + 7 * 7


def grown():
    rows, labels = blobs(60)
    forest = RandomForestRegressor(3, random_state=0).fit(rows, np.eye(3)[labels])
    return Trees.of([e.tree_ for e in forest.estimators_], [e.tree_.value[:, :, 0] for e in forest.estimators_])


def test_arrays_come_back():
    rows, trees = blobs(60)[0], grown()
    again = Trees.from_arrays(trees.to_arrays(), features=4, values=3)
    np.testing.assert_array_equal(again.mean(rows), trees.mean(rows))


@pytest.mark.parametrize(
    ("name", "node", "value"),
    [
        ("left", 0, -1),
        ("left", 1, 0),  # back to the root: a circle
        ("right", 0, 0),  # not a leaf, yet its own child
        ("right", 0, 10**6),
        ("feature", 0, 4),
        ("feature", 0, -2),
        ("roots", 0, 10**6),
        ("value", 0, np.nan),
    ],
)
def test_arrays_that_lead_astray_are_refused(name, node, value):
    arrays = grown().to_arrays()
    arrays[name][node] = value
    with pytest.raises(ArchitectureError):
        Trees.from_arrays(arrays, features=4, values=3)


def test_arrays_of_another_kind_are_refused():
    arrays = grown().to_arrays()
    others = [
        {},
        {**arrays, "extra": arrays["left"]},
        {**arrays, "threshold": arrays["threshold"].astype(np.float64)},
        {**arrays, "left": arrays["left"][:-1]},
        {**arrays, "roots": arrays["roots"][:0]},
    ]
    for other in others:
        with pytest.raises(ArchitectureError):
            Trees.from_arrays(other, features=4, values=3)
    with pytest.raises(ArchitectureError):
        Trees.from_arrays(arrays, features=4, values=2)
