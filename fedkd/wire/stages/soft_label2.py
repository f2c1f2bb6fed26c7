"""Soft labels in two bytes: the two likeliest classes of each row, the rest of the mass spread evenly.

Layout: first the 2N class ids, b = max(4, ceil(log2 C)) bits each, packed without gaps; then N bytes that
hold the level of p1 in the low and that of p2 in the high half. For C <= 16 that is two bytes a sample, for
C = 100 it is 2.75. Classes and levels stand apart so that one layout serves every width of a class id.

Levels. p1, the largest probability, lies in [1/C, 1]. Of the mass 1 - p1 that it leaves, p2 takes the part s
in [1/(C-1), min(1, p1/(1-p1))], the upper end because p2 <= p1. Both get 16 levels at equal steps of the
*angle* arccos(sqrt(p)), in which the Fisher-Rao distance (so Hellinger's and, to second order, KL) is even:
steps of p are fine near 0 and 1, where a small change means much, and coarse between. The levels of s are
laid out over the range that the *decoded* p1 leaves. Hence, for every C:

* 1, 1/2 (with C > 2) and 1/C are levels of p1, so one-hot rows, even rows and two-way ties arrive exactly;
* near 1 the levels are (C = 10) 1, .992, .970, .933, .883: a p1 of .999 arrives as 1;
* decoded p1 >= p2 >= every other class: the likeliest class stays the likeliest, though rows that differ
  from even ones by less than half a step arrive even;
* |error| <= .06 for p1, .07 for p2, .12 for the mass of all others (C = 10: .045, .051, .077;
  .014, .008, .011 in the mean over softmax outputs of all temperatures). Sixteen even levels are a little
  better in the worst case (.030, .043, .060), but their mean Hellinger distance is worse by a quarter and
  their worst by two fifths (.12 against .086).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from fedkd.knowledge import Arrays
from fedkd.wire.bits import Bytes, index_bits, pack, packed_size, unpack
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

_LEVELS = 16


@dataclass(frozen=True)
class SoftLabel2:
    """Codes probabilities [N, C], C >= 2, as two classes and two levels a row."""

    name: ClassVar[str] = "soft_label2"

    def plan(self, specs: Specs, context: StageContext) -> Specs:
        """Packed class ids, and [N] pairs of levels."""
        samples, classes = planned_shape(specs, context, self.name, least=2)
        size = packed_size(2 * samples, _class_bits(classes))
        uint8 = np.dtype(np.uint8)
        return replace_values(specs, index=Spec(uint8, (size,)), level=Spec(uint8, (samples,)))

    def forward(self, arrays: Arrays, context: StageContext) -> Arrays:
        """Keep the two likeliest classes, the lower id first among equals."""
        values = distributions(arrays, context)
        samples, classes = values.shape
        each = np.arange(samples)
        first = values.argmax(axis=1)
        p1 = values[each, first]
        values[each, first] = -1
        second = values.argmax(axis=1)
        levels = _grid(classes).quantise(p1, values[each, second])
        return code_values(arrays, index=pack(np.stack([first, second], 1), _class_bits(classes)), level=levels)

    def inverse(self, coded: Arrays, specs: Specs, context: StageContext) -> Arrays:
        """Look the levels up."""
        samples, classes = specs[VALUES].shape
        pairs = unpack(coded[f"{VALUES}#index"], 2 * samples, _class_bits(classes)).reshape(samples, 2)
        check_classes(pairs, classes)
        decoded = _grid(classes).table[coded[f"{VALUES}#level"]]
        values = np.repeat(decoded[:, 2:], classes, axis=1)
        np.put_along_axis(values, pairs.astype(np.int64), decoded[:, :2], axis=1)
        return restore_values(values, coded, specs)


@dataclass(frozen=True, eq=False)
class _Grid:
    """Levels of one number of classes.

    Attributes:
        first_bounds: [15] falling bounds between the levels of p1.
        second_bounds: [16, 15] falling bounds between the levels of s, for each level of p1.
        table: [256, 3] p1, p2 and the probability of each other class, by the byte of levels.
    """

    first_bounds: NDArray[np.float64]
    second_bounds: NDArray[np.float64]
    table: NDArray[np.float32]

    def quantise(self, p1: NDArray[np.float64], p2: NDArray[np.float64]) -> Bytes:
        """Bytes [N] of the levels nearest in angle."""
        i = (p1[:, None] < self.first_bounds).sum(axis=1)
        left = 1 - p1
        s = np.divide(p2, left, out=np.zeros_like(p2), where=left > 0)
        j = (s[:, None] < self.second_bounds[i]).sum(axis=1)
        levels: Bytes = (i | j << 4).astype(np.uint8)
        return levels


@lru_cache(maxsize=16)
def _grid(classes: int) -> _Grid:
    angles = _first_angles(classes)
    p1 = np.cos(angles) ** 2
    least = 1 / (classes - 1)
    most = np.clip(p1 / np.maximum(1 - p1, 1e-12), least, 1)
    seconds = np.linspace(_angle(most), np.full(_LEVELS, _angle(least)), _LEVELS, axis=1)
    s = np.cos(seconds) ** 2
    p2 = (1 - p1)[:, None] * s
    rest = (1 - p1)[:, None] * (1 - s) / max(classes - 2, 1)
    # The low half of the byte is the level of p1, so it varies fastest.
    table = np.stack([np.broadcast_to(p1[:, None], s.shape), p2, rest], axis=2).transpose(1, 0, 2)
    return _Grid(_bounds(angles), _bounds(seconds), table.reshape(-1, 3).astype(np.float32))


def _first_angles(classes: int) -> NDArray[np.float64]:
    """Angles of the levels of p1, from p1 = 1 by way of 1/2 to 1/C."""
    half, end = np.pi / 4, float(_angle(1 / classes))
    steps = round((_LEVELS - 1) * half / end)
    above = np.linspace(0, half, steps + 1)
    return np.concatenate([above, np.linspace(half, end, _LEVELS - steps)[1:]])


def _angle(p: float | NDArray[np.float64]) -> NDArray[np.float64]:
    return np.arccos(np.sqrt(p))


def _bounds(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.cos((angles[..., 1:] + angles[..., :-1]) / 2) ** 2


def _class_bits(classes: int) -> int:
    return max(4, index_bits(classes))
