"""Floating-point arrays in 4 bytes a number. Exact for float32, which nearly all arrays are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fedkd.knowledge import Arrays
from fedkd.wire.stage import Specs, StageContext
from fedkd.wire.stages._casts import cast_floats, plan_floats, restore_floats

_FLOAT32 = np.dtype("<f4")


@dataclass(frozen=True)
class Float32:
    """Casts floating-point arrays to float32; integers pass through.

    For float64 the error is at most 2^-24 of the value; a chain without this stage sends all 8 bytes of it.
    """

    name: ClassVar[str] = "float32"

    def plan(self, specs: Specs, context: StageContext) -> Specs:
        """Every float becomes float32."""
        return plan_floats(specs, _FLOAT32)

    def forward(self, arrays: Arrays, context: StageContext) -> Arrays:
        """Cast to float32."""
        return cast_floats(arrays, _FLOAT32)

    def inverse(self, coded: Arrays, specs: Specs, context: StageContext) -> Arrays:
        """Cast back to the dtypes that the sender holds."""
        return restore_floats(coded, specs)
