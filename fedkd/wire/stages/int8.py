"""Matrices in 8 bits a number, error at most 0.4 % of the row's largest value. Made to hand weights down.

The bound is in `_quantise.py`, with top = 127.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fedkd.knowledge import Arrays
from fedkd.wire.stage import Spec, Specs, StageContext
from fedkd.wire.stages._quantise import dequantise, plan_quantised, quantise

_TOP = 127


@dataclass(frozen=True)
class Int8:
    """Codes float arrays [R, ...] as int8, a float16 scale a row; other floats as float16."""

    name: ClassVar[str] = "int8"

    def plan(self, specs: Specs, context: StageContext) -> Specs:
        """One int8 a number, and [R] float16 scales."""
        return plan_quantised(specs, lambda size: Spec(np.dtype(np.int8), (size,)))

    def forward(self, arrays: Arrays, context: StageContext) -> Arrays:
        """Quantise."""
        return quantise(arrays, _TOP, np.ravel)

    def inverse(self, coded: Arrays, specs: Specs, context: StageContext) -> Arrays:
        """Multiply by the scales."""
        return dequantise(coded, specs, lambda codes, size: codes)
