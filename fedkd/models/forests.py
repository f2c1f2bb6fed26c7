"""Random forests and extremely randomised trees as clients, for hard and soft labels.

Both are regression forests on distributions over the classes: with one-hot targets, the summed squared error
of a split is the Gini impurity of classification (sum of p (1 - p)), so the trees are those of a
classification forest, and with soft labels nothing changes. The mean of the leaves is a distribution over all
C classes, seen or not.

Sources: Breiman, Random Forests, Machine Learning 45, 2001; Geurts, Ernst & Wehenkel, Extremely Randomized
Trees, Machine Learning 63, 2006. The latter do not bootstrap in the paper; here they do, to have out-of-bag
rows.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedkd.data.examples import Floats, Integers
from fedkd.models.learner import Size, not_fitted
from fedkd.models.learner_data import flat_rows, training_data
from fedkd.models.options import Option, Whole
from fedkd.models.trees import Trees, largest_tree
from fedkd.models.weights import Arrays
from sim.streams import Streams

OPTIONS: dict[str, Option] = {
    "trees": Whole(50, high=1000),
    "depth": Whole(10, high=24),
    "leaf": Whole(1, high=1000),
}


def forest_size(features: int, classes: int, *, trees: int, depth: int, leaf: int) -> Size:
    """The largest forest that these options allow; one with few samples is much smaller."""
    return Size(trees * largest_tree(depth, classes), trees * depth)


class ForestLearner:
    """A forest of either kind. See `fedkd.models.learner.Learner` for its methods.

    Args:
        make: RandomForestRegressor or ExtraTreesRegressor of scikit-learn.
        features: Length of a flat row.
        classes: Number of classes C.
        trees: Number of trees.
        depth: Greatest depth of a tree.
        leaf: Fewest samples in a leaf.
    """

    def __init__(
        self, make: Callable[..., Any], features: int, classes: int, *, trees: int, depth: int, leaf: int
    ) -> None:
        self._make = make
        self._features = features
        self._classes = classes
        self._settings = {"n_estimators": trees, "max_depth": depth, "min_samples_leaf": leaf}
        self._trees = Trees.stumps(1, [1 / classes] * classes)
        self._oob: Floats | None = None

    def fit(self, inputs: Floats, targets: Integers | Floats, sample_weight: Floats | None, seed: int) -> None:
        """See Learner."""
        rows, soft, weights = training_data(inputs, targets, sample_weight, self._features, self._classes)
        forest = self._make(
            **self._settings,
            max_features="sqrt",
            bootstrap=True,
            oob_score=True,
            n_jobs=1,
            random_state=sklearn_seed(seed),
        )
        with warnings.catch_warnings():
            # Rows that every tree saw, and R² of a single row: both are dealt with below.
            warnings.simplefilter("ignore", UserWarning)
            forest.fit(rows, soft, weights)
        grown = [estimator.tree_ for estimator in forest.estimators_]
        self._trees = Trees.of(grown, [tree.value[:, :, 0] for tree in grown])
        self._oob = _with_shares(forest.oob_prediction_, soft)

    def probabilities(self, inputs: Floats) -> Floats:
        """See Learner."""
        return self._trees.mean(flat_rows(inputs, self._features))

    def oob_probabilities(self) -> Floats:
        """See Learner."""
        if self._oob is None:
            raise not_fitted()
        return self._oob

    def to_arrays(self) -> Arrays:
        """See Learner."""
        return self._trees.to_arrays()

    def from_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """See Learner."""
        self._trees = Trees.from_arrays(arrays, self._features, self._classes)
        self._oob = None


def _with_shares(oob: NDArray[np.float64], soft: NDArray[np.float64]) -> Floats:
    """[N, C] where rows that no tree left out, which scikit-learn leaves at zero, are the class shares."""
    filled: Floats = np.where(oob.sum(axis=1, keepdims=True) == 0, soft.mean(axis=0), oob).astype(np.float32)
    return filled


def sklearn_seed(seed: int) -> int:
    """A seed in [0, 2**32), which is what scikit-learn takes."""
    return Streams(seed).integer("scikit-learn") % 2**32
