"""Means over seeds, and how sure they are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds.

    Attributes:
        mean: Of the values.
        error: Its standard error, s / sqrt(n), where s divides by n - 1; None with one seed, which has none.
        seeds: Number n of values.
    """

    mean: float
    error: float | None
    seeds: int


def estimate(values: Sequence[float]) -> Estimate | None:
    """Mean and standard error; None of nothing."""
    if not values:
        return None
    error = float(np.std(values, ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else None
    return Estimate(float(np.mean(values)), error, len(values))


def paired(values: Mapping[int, float], reference: Mapping[int, float]) -> Estimate | None:
    """Mean and standard error of the differences `values - reference`, seed by seed.

    Two arms of one seed share its data, partition and first weights, so much of what varies between seeds cancels.

    Args:
        values: By seed.
        reference: By seed; seeds that only one of the two has do not count.
    """
    return estimate([values[seed] - reference[seed] for seed in values if seed in reference])
