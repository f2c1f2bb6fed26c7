"""Forests against scikit-learn's."""

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor

from fedkd.models.forests import sklearn_seed
from fedkd.models.learner import make_learner

from .cases import TREES, blobs


@pytest.mark.parametrize(("name", "kind"), [("forest", RandomForestRegressor), ("extra_trees", ExtraTreesRegressor)])
def test_answers_are_those_of_scikit_learn(name, kind):
    rows, labels = blobs()
    learner = make_learner(TREES[name], (4,), 3)
    learner.fit(rows, labels, None, 5)
    rival = kind(
        20, max_depth=8, max_features="sqrt", bootstrap=True, oob_score=True, random_state=sklearn_seed(5)
    ).fit(rows, np.eye(3)[labels], np.ones(120))
    queries = blobs(500, seed=9)[0]
    np.testing.assert_allclose(learner.probabilities(queries), rival.predict(queries), atol=1e-6)
    np.testing.assert_allclose(learner.oob_probabilities(), rival.oob_prediction_, atol=1e-6)
