"""Floating-point arrays in 2 bytes a number, error at most 2^-11 of the value (2^-25 below 2^-14)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fedkd.knowledge import Arrays
from fedkd.wire.stage import Specs, StageContext
from fedkd.wire.stages._casts import cast_floats, plan_floats, restore_floats

_FLOAT16 = np.dtype("<f2")


@dataclass(frozen=True)
class Float16:
    """Casts floating-point arrays to float16; integers pass through.

    A value beyond 65504 is an error: a clipped weight would be a wrong one.
    """

    name: ClassVar[str] = "float16"

    def plan(self, specs: Specs, context: StageContext) -> Specs:
        """Every float becomes float16."""
        return plan_floats(specs, _FLOAT16)

    def forward(self, arrays: Arrays, context: StageContext) -> Arrays:
        """Cast to float16."""
        return cast_floats(arrays, _FLOAT16)

    def inverse(self, coded: Arrays, specs: Specs, context: StageContext) -> Arrays:
        """Cast back to the dtypes that the sender holds."""
        return restore_floats(coded, specs)
