"""A stage of a codec."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fedkd.wire import Spec


@dataclass(frozen=True)
class Percent:
    """Probabilities in whole percent, one byte each."""

    name: ClassVar[str] = "percent"

    def plan(self, specs, context):
        """One byte a number."""
        return {name: Spec(np.dtype(np.uint8), spec.shape) for name, spec in specs.items()}

    def forward(self, arrays, context):
        """Round."""
        return {name: np.rint(array * 100).astype(np.uint8) for name, array in arrays.items()}

    def inverse(self, coded, specs, context):
        """Let rows sum to one again."""
        values = {name: array.astype(np.float32) + np.float32(1e-3) for name, array in coded.items()}
        return {name: value / value.sum(-1, keepdims=True) for name, value in values.items()}
