"""Means of weights and of updates: federated averaging (McMahan et al., 2017)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[np.generic]]


def mean_arrays(updates: Sequence[Arrays], samples: Sequence[float]) -> dict[str, NDArray[np.generic]]:
    """Mean of each array over K updates, weighted by `samples` [K]; sums in float64, keeps each dtype."""
    share = np.asarray(samples, np.float64) / np.sum(samples)
    mean: dict[str, NDArray[np.generic]] = {}
    for name, first in updates[0].items():
        total = sum(w * np.asarray(u[name], np.float64) for w, u in zip(share, updates, strict=True))
        # Rounded, because a third of 7 three times over is a little less than 7.
        whole = first.dtype.kind in "iu"
        mean[name] = np.asarray(np.rint(total) if whole else total).astype(first.dtype)
    return mean


def apply_update(base: Arrays, update: Arrays) -> dict[str, NDArray[np.generic]]:
    """Base + update, array by array, in the base's dtype."""
    # asarray, because numpy makes scalars of sums of arrays without axes.
    return {name: np.asarray(value + update[name], value.dtype) for name, value in base.items()}  # type: ignore[operator]


def difference(new: Arrays, base: Arrays) -> dict[str, NDArray[np.generic]]:
    """New - base, array by array."""
    return {name: np.asarray(value - base[name]) for name, value in new.items()}  # type: ignore[operator]
