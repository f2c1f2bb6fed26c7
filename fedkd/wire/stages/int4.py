"""Matrices in 4 bits a number, error at most 7.2 % of the row's largest value.

The bound is in `_quantise.py`, with top = 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fedkd.knowledge import Arrays
from fedkd.wire.bits import Bytes, pack, packed_size, unpack
from fedkd.wire.stage import Spec, Specs, StageContext
from fedkd.wire.stages._quantise import Codes, dequantise, plan_quantised, quantise

_TOP = 7
_BITS = 4
_OFFSET = 8  # codes -7..7 travel as 1..15


@dataclass(frozen=True)
class Int4:
    """Codes float arrays [R, ...] as two numbers a byte, a float16 scale a row; other floats as float16."""

    name: ClassVar[str] = "int4"

    def plan(self, specs: Specs, context: StageContext) -> Specs:
        """Half a byte a number, and [R] float16 scales."""
        return plan_quantised(specs, lambda size: Spec(np.dtype(np.uint8), (packed_size(size, _BITS),)))

    def forward(self, arrays: Arrays, context: StageContext) -> Arrays:
        """Quantise and pack."""
        return quantise(arrays, _TOP, _pack)

    def inverse(self, coded: Arrays, specs: Specs, context: StageContext) -> Arrays:
        """Unpack and multiply by the scales."""
        return dequantise(coded, specs, _unpack)


def _pack(codes: Codes) -> Bytes:
    return pack(codes + np.int8(_OFFSET), _BITS)


def _unpack(packed: NDArray[Any], size: int) -> Codes:
    return unpack(packed, size, _BITS).astype(np.int8) - np.int8(_OFFSET)
