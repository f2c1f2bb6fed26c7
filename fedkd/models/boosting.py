"""Gradient boosted trees for hard and soft labels (Friedman, Greedy Function Approximation, 2001).

Algorithm 6 (L_K-TreeBoost): in every stage, one regression tree a class fits the difference between target
and predicted probability; leaves take a Newton step. It is scikit-learn's GradientBoostingClassifier for
three classes and more, written out because that one takes hard labels only, and no class that a site lacks.
Classes without any mass in the targets get no trees and a prior of one in ten million.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.tree import DecisionTreeRegressor

from fedkd.data.examples import Floats
from fedkd.models.forests import sklearn_seed
from fedkd.models.learner_data import Reals
from fedkd.models.trees import Trees

_LEAST = 1e-7


@dataclass(frozen=True)
class Settings:
    """Options of the family: stages, depth and leaf of a tree, and the step size `rate` in (0, 1]."""

    stages: int
    depth: int
    leaf: int
    rate: float


@dataclass(frozen=True)
class Ensemble:
    """What boosting learned.

    Attributes:
        prior: [C] float32 log-probabilities before the first stage.
        present: [P] int32 classes that have trees.
        trees: stages x P trees, stage by stage; values are steps in log-probability.
    """

    prior: Floats
    present: NDArray[np.int32]
    trees: Trees

    def probabilities(self, rows: Floats) -> Floats:
        """[N, C] for `rows` [N, features]."""
        raw = np.tile(self.prior.astype(np.float64), (len(rows), 1))
        steps = self.trees.value[self.trees.leaves(rows), 0].astype(np.float64)
        stages = len(self.trees.roots) // len(self.present)
        raw[:, self.present] += steps.reshape(len(rows), stages, len(self.present)).sum(axis=1)
        out: Floats = softmax(raw, axis=1).astype(np.float32)
        return out


def grow(rows: Floats, soft: Reals, weights: Reals, settings: Settings, seed: int) -> Ensemble:
    """Boost on `rows` [N, features] with distributions `soft` [N, C] and sample weights [N]."""
    prior = np.log(np.maximum(np.average(soft, axis=0, weights=weights), _LEAST))
    present = np.flatnonzero(weights @ soft > 0)
    raw = np.tile(prior, (len(rows), 1))
    trees, values = [], []
    for _ in range(settings.stages):
        predicted = softmax(raw, axis=1)
        for label in present:
            residual = soft[:, label] - predicted[:, label]
            tree = DecisionTreeRegressor(
                max_depth=settings.depth, min_samples_leaf=settings.leaf, random_state=sklearn_seed(seed)
            )
            leaf = tree.fit(rows, residual, weights).apply(rows)
            step = settings.rate * _newton(leaf, residual, predicted[:, label], weights, tree.tree_.node_count)
            step *= (len(present) - 1) / len(present)
            raw[:, label] += step[leaf]
            trees.append(tree.tree_)
            values.append(step[:, None])
    return Ensemble(prior.astype(np.float32), present.astype(np.int32), Trees.of(trees, values))


def _newton(leaf: NDArray[np.int64], residual: Reals, predicted: Reals, weights: Reals, nodes: int) -> Reals:
    """[nodes] gradient over curvature of the log-loss in each leaf, 0 where there is none."""
    gradient = np.bincount(leaf, weights * residual, nodes)
    curvature = np.bincount(leaf, weights * predicted * (1 - predicted), nodes)
    return np.divide(gradient, curvature, out=np.zeros(nodes), where=curvature > 1e-150)
