"""The local step of tree ensembles: fit anew on whatever the job's feeds hold. No gradient, no cohort."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fedkd.distill import LABEL, TEACHER
from fedkd.learning.job import Feed, Job, Model, Store
from fedkd.models import make_learner


def train_forest(model: Model, job: Job, store: Store, input_shape: tuple[int, ...], classes: int) -> Model:
    """Fit an ensemble on the samples of all feeds, hard labels and soft labels side by side.

    Args:
        model: Its spec says which ensemble; its old trees are dropped.
        job: Feeds with `label` or `teacher` targets. A sample weighs as often as the job's rows draw it.
        store: Arrays that the feeds refer to.
        input_shape: Shape of one sample.
        classes: Number of classes C.

    Returns:
        The new ensemble.
    """
    parts = [_samples(feed, store, classes) for feed in job.feeds]
    inputs, targets, weights = (np.concatenate(column) for column in zip(*parts, strict=True))
    learner = make_learner(model.spec, input_shape, classes)
    learner.fit(inputs, targets, weights, job.seed)
    return model.reset(learner.to_arrays())


def _samples(feed: Feed, store: Store, classes: int) -> tuple[NDArray[np.float32], ...]:
    seen, counts = np.unique(feed.rows, return_counts=True)
    # Trees see each sample once, as it is: a weight stands for the times that it was drawn.
    inputs = store[feed.inputs][seen].astype(np.float32)
    return inputs, _soft(feed.targets, store, classes, seen), counts.astype(np.float32)


def _soft(
    targets: Mapping[str, NDArray[np.generic] | str], store: Store, classes: int, seen: NDArray[np.int64]
) -> NDArray[np.float32]:
    name = TEACHER if TEACHER in targets else LABEL
    given = targets[name]
    values = store[given] if isinstance(given, str) else given
    chosen = values[seen % len(values)]
    return np.eye(classes, dtype=np.float32)[chosen] if name == LABEL else chosen.astype(np.float32)


def predict_forest(
    model: Model, inputs: NDArray[np.float32], input_shape: tuple[int, ...], classes: int
) -> NDArray[np.float32]:
    """Log probabilities [N, C], which serve as logits, no lower than log 1e-6."""
    learner = make_learner(model.spec, input_shape, classes)
    learner.from_arrays(model.arrays)
    return np.asarray(np.log(np.maximum(learner.probabilities(inputs), 1e-6)), np.float32)
