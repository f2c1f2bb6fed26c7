"""Soft labels of k classes: 8 bits of value and ceil(log2 C) bits of class id for each.

The k largest probabilities of a row are sent in falling order as levels v_1..v_k of 1/255. What is rounded
is their running sum, v_i = rint(255 sum_{j<=i} p_j) - rint(255 sum_{j<i} p_j), so that the levels never sum
to more than 255, and the mass that is left for the other C - k classes is right to 1/510 whatever k is. Each
value that is sent is right to 1/255. What is left is spread evenly: how it was spread is not sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedkd.errors import CorruptMessageError, KnowledgeError
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

_TOP = 255


@dataclass(frozen=True)
class TopK:
    """Codes probabilities [N, C] as the k largest of each row.

    Attributes:
        k: Classes that are kept, from 1 to C.
    """

    k: int

    @property
    def name(self) -> str:
        """Canonical name, such as "top3"."""
        return f"top{self.k}"

    def plan(self, specs: Specs, context: StageContext) -> Specs:
        """Packed class ids, and [N, k] levels."""
        samples, classes = planned_shape(specs, context, self.name, least=1)
        if not 1 <= self.k <= classes:
            raise KnowledgeError(f"'{self.name}' keeps {self.k} of {classes} classes", "keep from 1 to all")
        size = packed_size(samples * self.k, index_bits(classes))
        uint8 = np.dtype(np.uint8)
        return replace_values(specs, index=Spec(uint8, (size,)), level=Spec(uint8, (samples, self.k)))

    def forward(self, arrays: Arrays, context: StageContext) -> Arrays:
        """Keep the k largest, in falling order."""
        values = distributions(arrays, context)
        # Stable, so that ties go to the lowest class id on every machine.
        largest = np.argsort(-values, axis=1, kind="stable")[:, : self.k]
        running = np.cumsum(np.take_along_axis(values, largest, axis=1), axis=1)
        marks = np.minimum(np.rint(_TOP * running), _TOP)
        levels = np.diff(marks, axis=1, prepend=0).astype(np.uint8)
        return code_values(arrays, index=pack(largest, index_bits(values.shape[1])), level=levels)

    def inverse(self, coded: Arrays, specs: Specs, context: StageContext) -> Arrays:
        """Spread what is left over the other classes."""
        samples, classes = specs[VALUES].shape
        packed = coded[f"{VALUES}#index"]
        largest = unpack(packed, samples * self.k, index_bits(classes)).reshape(samples, self.k)
        check_classes(largest, classes)
        levels = coded[f"{VALUES}#level"]
        values = np.repeat(_shares(levels, classes), classes, axis=1)
        np.put_along_axis(values, largest.astype(np.int64), levels / np.float32(_TOP), axis=1)
        return restore_values(values, coded, specs)


def _shares(levels: NDArray[Any], classes: int) -> NDArray[np.float32]:
    """Probability [N, 1] of each class that was not sent."""
    left = _TOP - levels.sum(axis=1, keepdims=True, dtype=np.int64)
    others = classes - levels.shape[1]
    if (left < 0).any() or (others == 0 and left.any()):
        raise CorruptMessageError(f"'{VALUES}' has levels that do not sum to one", "leave its sender out")
    shares: NDArray[np.float32] = (left / (_TOP * max(others, 1))).astype(np.float32)
    return shares
