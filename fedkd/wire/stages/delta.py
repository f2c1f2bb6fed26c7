"""Differences from the reference: weights that change little from one hand-down to the next.

Put a quantising stage behind it. The next difference is taken from what the receiver really holds, so
quantisation errors are corrected later instead of piling up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fedkd.errors import CorruptMessageError
from fedkd.knowledge import Arrays
from fedkd.wire.stage import Spec, Specs, StageContext


@dataclass(frozen=True)
class Delta:
    """Subtracts the reference from every float array; without a reference arrays pass as they are."""

    name: ClassVar[str] = "delta"

    def plan(self, specs: Specs, context: StageContext) -> Specs:
        """Nothing changes its shape."""
        return specs

    def forward(self, arrays: Arrays, context: StageContext) -> Arrays:
        """Subtract. Arrays that the reference lacks, or has in another shape, pass as they are."""
        known = context.reference or {}
        return {n: a - known[n] if _matches(n, Spec.of(a), known) else a for n, a in arrays.items()}

    def inverse(self, coded: Arrays, specs: Specs, context: StageContext) -> Arrays:
        """Add."""
        known = context.reference or {}
        if set(coded) != set(specs):
            raise CorruptMessageError("differences of other arrays than planned", "leave its sender out")
        # A hostile difference may overflow; what comes of it is not finite, and the receiver's schema refuses it.
        with np.errstate(over="ignore", invalid="ignore"):
            return {n: coded[n] + known[n] if _matches(n, spec, known) else coded[n] for n, spec in specs.items()}


def _matches(name: str, spec: Spec, known: Arrays) -> bool:
    return spec.is_float and name in known and Spec.of(known[name]) == spec
