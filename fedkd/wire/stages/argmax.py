"""Hard labels: the most likely class of each row in ceil(log2 C) bits, packed without gaps.

Decodes to one-hot rows, so the likeliest class survives and its confidence does not: the error of a
probability p is 1 - p for the class that is kept and p for the others. Ties go to the lowest class id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fedkd.knowledge import Arrays
from fedkd.wire.bits import index_bits, pack, packed_size, unpack
from fedkd.wire.stage import Spec, Specs, StageContext
from fedkd.wire.stages._probabilities import (
    VALUES,
    check_classes,
    code_values,
    distributions,
    planned_shape,
    replace_values,
    restore_values,
)


@dataclass(frozen=True)
class Argmax:
    """Codes probabilities [N, C] as class ids."""

    name: ClassVar[str] = "argmax"

    def plan(self, specs: Specs, context: StageContext) -> Specs:
        """Packed class ids."""
        samples, classes = planned_shape(specs, context, self.name, least=1)
        size = packed_size(samples, index_bits(classes))
        return replace_values(specs, index=Spec(np.dtype(np.uint8), (size,)))

    def forward(self, arrays: Arrays, context: StageContext) -> Arrays:
        """Keep the class ids."""
        values = distributions(arrays, context)
        return code_values(arrays, index=pack(values.argmax(axis=1), index_bits(values.shape[1])))

    def inverse(self, coded: Arrays, specs: Specs, context: StageContext) -> Arrays:
        """Make one-hot rows."""
        samples, classes = specs[VALUES].shape
        chosen = unpack(coded[f"{VALUES}#index"], samples, index_bits(classes))[:, None]
        check_classes(chosen, classes)
        values = np.zeros((samples, classes), np.float32)
        np.put_along_axis(values, chosen.astype(np.int64), 1.0, axis=1)
        return restore_values(values, coded, specs)
