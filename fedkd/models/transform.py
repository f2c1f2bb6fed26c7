"""Transforms of trained models (compression, pruning, merging): the extension point, and one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fedkd.data.examples import Floats
from fedkd.models.arch import ArchSpec
from fedkd.models.weights import Arrays

_LARGEST = 127


class Transform(Protocol):
    """Turns one model into another. It may change the architecture, and must not change its arguments."""

    def apply(self, spec: ArchSpec, arrays: Mapping[str, NDArray[Any]], calibration: Floats) -> tuple[ArchSpec, Arrays]:
        """The new architecture and weights.

        Args:
            spec: The architecture.
            arrays: Its weights.
            calibration: [N, *input_shape] inputs to measure activations on, possibly none (N = 0).
        """

    def report(self) -> dict[str, float]:
        """Figures about the latest `apply`, by name."""


class Int8Weights:
    """Rounds weights to 255 levels, each output row on its own scale, and keeps them as float32.

    Symmetric and per row: w ≈ scale x q with scale = max |w| / 127 and whole q in [-127, 127]
    (Krishnamoorthi, Quantizing deep convolutional networks, arXiv 1806.08342, section 3.1). Vectors (biases,
    norms) stay as they are.
    """

    def __init__(self) -> None:
        self._report: dict[str, float] = {}

    def apply(self, spec: ArchSpec, arrays: Mapping[str, NDArray[Any]], calibration: Floats) -> tuple[ArchSpec, Arrays]:
        """See Transform. The calibration inputs are not needed."""
        rounded = {name: _rounded(array) if _is_matrix(array) else array.copy() for name, array in arrays.items()}
        errors = [float(np.abs(rounded[name] - arrays[name]).max()) for name in arrays if _is_matrix(arrays[name])]
        self._report = {
            "rounded_weights": float(sum(array.size for array in arrays.values() if _is_matrix(array))),
            "largest_error": max(errors, default=0.0),
        }
        return spec, rounded

    def report(self) -> dict[str, float]:
        """`rounded_weights` (how many) and `largest_error` (absolute)."""
        return dict(self._report)


def _is_matrix(array: NDArray[Any]) -> bool:
    return array.ndim >= 2 and array.dtype == np.float32 and array.size > 0


def _rounded(weights: Floats) -> Floats:
    rows = weights.reshape(len(weights), -1)
    scale = np.abs(rows).max(axis=1, keepdims=True) / np.float32(_LARGEST)
    scale[scale == 0] = 1
    rounded: Floats = (np.rint(rows / scale) * scale).reshape(weights.shape).astype(np.float32)
    return rounded
