"""What learners are given, checked and brought into one form."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from fedkd.data.examples import Floats, Integers
from fedkd.errors import InvalidValuesError, NotEnoughSamplesError

Reals = NDArray[np.float64]


def flat_rows(inputs: Floats, features: int) -> Floats:
    """`inputs` [N, ...] as float32 [N, features].

    Raises:
        InvalidValuesError: A sample has another number of values.
    """
    if math.prod(inputs.shape[1:]) != features:
        raise InvalidValuesError(
            f"samples of shape {list(inputs.shape[1:])} do not have {features} values",
            "give the learner samples of the shape it was made for",
        )
    return np.ascontiguousarray(inputs.reshape(len(inputs), features), dtype=np.float32)


def training_data(
    inputs: Floats, targets: Integers | Floats, sample_weight: Floats | None, features: int, classes: int
) -> tuple[Floats, Reals, Reals]:
    """What `Learner.fit` is given, as rows [N, features], distributions [N, C] and weights [N].

    Raises:
        NotEnoughSamplesError: There is no sample.
        InvalidValuesError: Shapes do not fit, values are not finite, or targets are not classes or
            distributions.
    """
    if len(inputs) == 0:
        raise NotEnoughSamplesError("there is no sample to learn from", "give every site at least one sample")
    if len(inputs) != len(targets):
        raise InvalidValuesError(f"{len(inputs)} samples have {len(targets)} targets", "give one target a sample")
    rows = flat_rows(inputs, features)
    if not np.isfinite(rows).all():
        raise InvalidValuesError("samples hold NaN or infinite values", "clean the data, or fill the gaps")
    return rows, _soft_labels(targets, classes), _weights(sample_weight, len(rows))


def _soft_labels(targets: Integers | Floats, classes: int) -> Reals:
    fix = f"give [N] class ids below {classes}, or [N, {classes}] rows that sum to 1"
    if targets.ndim == 1:
        if not np.issubdtype(targets.dtype, np.integer) or targets.min() < 0 or targets.max() >= classes:
            raise InvalidValuesError("targets are not class ids", fix)
        one_hot: Reals = np.eye(classes)[targets]
        return one_hot
    rows = targets.astype(np.float64)
    # NaN compares as False, so it fails here as well.
    if rows.shape[1:] != (classes,) or not (rows.min() >= 0 and np.abs(rows.sum(axis=1) - 1).max() < 1e-3):
        raise InvalidValuesError("soft labels are not distributions over the classes", fix)
    return rows


def _weights(sample_weight: Floats | None, samples: int) -> Reals:
    if sample_weight is None:
        return np.ones(samples)
    weights = sample_weight.astype(np.float64)
    if weights.shape != (samples,) or not (weights.min() >= 0 and 0 < weights.sum() < math.inf):
        raise InvalidValuesError(
            f"sample weights of shape {list(weights.shape)} do not weigh {samples} samples",
            "give one finite, non-negative weight a sample, not all zero",
        )
    return weights
