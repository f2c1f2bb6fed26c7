"""Boosting against scikit-learn's, and on soft labels."""

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier

from fedkd.models.boosting import Settings, grow

from .cases import blobs


def test_it_is_scikit_learns_boosting_on_class_ids():
    rows, labels = blobs(200)
    ours = grow(rows, np.eye(3)[labels], np.ones(200), Settings(20, 3, 1, 0.1), seed=0)
    theirs = GradientBoostingClassifier(n_estimators=20, max_depth=3, learning_rate=0.1, random_state=0)
    theirs.fit(rows, labels)
    # On the training rows: where two columns part them alike, each chooses one by lot, and others may differ.
    np.testing.assert_allclose(ours.probabilities(rows), theirs.predict_proba(rows), atol=1e-5)


def test_soft_labels_are_weighted_copies():
    rows, _ = blobs(60)
    # No two alike, so that no two splits are equally good
    soft = np.random.Generator(np.random.PCG64(0)).dirichlet([1, 1, 1], 60)
    copies, weights = np.repeat(rows, 3, axis=0), soft.ravel()
    hard = np.tile(np.eye(3), (60, 1))
    settings = Settings(5, 2, 1, 0.3)
    one = grow(rows, soft, np.ones(60), settings, seed=0)
    other = grow(copies, hard, weights, settings, seed=0)
    np.testing.assert_allclose(one.probabilities(rows), other.probabilities(rows), atol=1e-5)


def test_without_samples_of_a_class_there_are_no_trees_for_it():
    rows, labels = blobs(60)
    ensemble = grow(rows, np.eye(5)[labels], np.ones(60), Settings(4, 2, 1, 0.1), seed=0)
    assert ensemble.present.tolist() == [0, 1, 2]
    assert len(ensemble.trees.roots) == 4 * 3
