"""Back onto the simplex: rows of probabilities that a lossy stage behind this one left with other sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fedkd.knowledge import Arrays
from fedkd.wire.stage import Specs, StageContext
from fedkd.wire.stages._casts import cast_from_wire
from fedkd.wire.stages._probabilities import VALUES, planned_shape


@dataclass(frozen=True)
class Simplex:
    """Changes nothing on the way out; on the way in sets negative values to 0 and lets every row sum to one.

    Put it before a stage that rounds, such as `Int8`. A row of which nothing is left becomes uniform.
    """

    name: ClassVar[str] = "simplex"

    def plan(self, specs: Specs, context: StageContext) -> Specs:
        """Nothing changes its shape."""
        planned_shape(specs, context, self.name, least=1)
        return specs

    def forward(self, arrays: Arrays, context: StageContext) -> Arrays:
        """As they are."""
        return arrays

    def inverse(self, coded: Arrays, specs: Specs, context: StageContext) -> Arrays:
        """Clip and divide by the sum."""
        values = np.maximum(cast_from_wire(VALUES, coded[VALUES], np.dtype(np.float64)), 0)
        sums = values.sum(axis=1, keepdims=True)
        rows = np.where(sums > 0, values / np.where(sums > 0, sums, 1), 1 / max(values.shape[1], 1))
        return {**coded, VALUES: cast_from_wire(VALUES, rows, specs[VALUES].dtype)}
