"""Gradient boosting as a client; the algorithm is in `fedkd.models.boosting`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedkd.data.examples import Floats, Integers
from fedkd.errors import ArchitectureError
from fedkd.models.boosting import Ensemble, Settings, grow
from fedkd.models.learner import Size, not_fitted
from fedkd.models.learner_data import Reals, flat_rows, training_data
from fedkd.models.options import Option, Real, Whole
from fedkd.models.trees import Trees, largest_tree
from fedkd.models.weights import Arrays
from sim.streams import Streams

OPTIONS: dict[str, Option] = {
    "stages": Whole(50, high=1000),
    "depth": Whole(3, high=16),
    "leaf": Whole(1, high=1000),
    "rate": Real(0.1),
}

_FOLDS = 3


def boosting_size(features: int, classes: int, *, stages: int, depth: int, leaf: int, rate: float) -> Size:
    """The largest ensemble that these options allow; one with few samples or classes is much smaller."""
    trees = stages * classes
    return Size(2 * classes + trees * largest_tree(depth, 1), trees * depth)


class BoostingLearner:
    """Gradient boosting. See `fedkd.models.learner.Learner` for its methods.

    Every tree of boosting sees every row, so there is no bag. `oob_probabilities` grows three more ensembles,
    each without a third of the rows, when it is first asked.
    """

    def __init__(self, features: int, classes: int, **options: Any) -> None:
        self._features = features
        self._classes = classes
        self._settings = Settings(**options)
        self._ensemble = _uniform(classes, self._settings)
        self._fitted: tuple[Floats, Reals, Reals, int] | None = None
        self._oob: Floats | None = None

    def fit(self, inputs: Floats, targets: Integers | Floats, sample_weight: Floats | None, seed: int) -> None:
        """See Learner."""
        rows, soft, weights = training_data(inputs, targets, sample_weight, self._features, self._classes)
        self._ensemble = grow(rows, soft, weights, self._settings, seed)
        self._fitted, self._oob = (rows, soft, weights, seed), None

    def probabilities(self, inputs: Floats) -> Floats:
        """See Learner."""
        return self._ensemble.probabilities(flat_rows(inputs, self._features))

    def oob_probabilities(self) -> Floats:
        """See Learner."""
        if self._fitted is None:
            raise not_fitted()
        if self._oob is None:
            self._oob = self._cross_fitted(*self._fitted)
        return self._oob

    def _cross_fitted(self, rows: Floats, soft: Reals, weights: Reals, seed: int) -> Floats:
        out = np.tile(soft.mean(axis=0).astype(np.float32), (len(rows), 1))
        order = Streams(seed).generator("folds").permutation(len(rows))
        for fold in np.array_split(order, min(_FOLDS, len(rows))):
            kept = np.setdiff1d(order, fold)
            if not weights[kept].any():
                continue
            part = grow(rows[kept], soft[kept], weights[kept], self._settings, seed)
            out[fold] = part.probabilities(rows[fold])
        return out

    def to_arrays(self) -> Arrays:
        """See Learner."""
        own = {"prior": self._ensemble.prior.copy(), "present": self._ensemble.present.copy()}
        return {**own, **self._ensemble.trees.to_arrays()}

    def from_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """See Learner."""
        rest = dict(arrays)
        prior, present = rest.pop("prior", np.empty(0)), rest.pop("present", np.empty(0))
        trees = Trees.from_arrays(rest, self._features, 1)
        expected = self._settings.stages * len(present)
        fits = prior.shape == (self._classes,) and prior.dtype == np.float32 and np.isfinite(prior).all()
        known = present.ndim == 1 and np.isin(present, np.arange(self._classes)).all() and expected > 0
        if not (fits and known and len(trees.roots) == expected and len(set(present)) == len(present)):
            raise ArchitectureError(
                f"the arrays are not boosting of {self._settings.stages} stages over {self._classes} classes",
                "use the arrays of a learner of the same spec, input shape and number of classes",
            )
        self._ensemble = Ensemble(prior.copy(), present.astype(np.int32), trees)
        self._fitted = self._oob = None


def _uniform(classes: int, settings: Settings) -> Ensemble:
    """An ensemble that takes no step from equal probabilities."""
    present = np.arange(classes, dtype=np.int32)
    return Ensemble(np.zeros(classes, np.float32), present, Trees.stumps(settings.stages * classes, [0.0]))
