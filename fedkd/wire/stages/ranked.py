"""Soft labels against a reference: how far down the reference's own ranking the likeliest class stands.

When sites and aggregator agree on most samples, nearly every rank is 0, and zstd makes almost nothing of it.
A row becomes one code, rank x levels + level:

* rank is the place of the likeliest class when the reference's classes are sorted by falling probability;
* level is one of `levels` for p1, the largest probability, at even steps of arccos(sqrt(p)) as in
  `soft_label2`, so 1 and 1/C are exact;
* the mass 1 - p1 that it leaves is spread over the other classes as the reference spreads it.

Rows travel by falling certainty of the reference, since rows of like certainty have like levels. Without a
reference the ranking is that of the class ids and the rest is spread evenly.

Receivers on unlike machines must come to the same bits, because what they decode is the reference of the
next message: all arithmetic is that of whole numbers, probabilities being multiples of 1 / 65535.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fedkd.errors import CorruptMessageError, OutOfRangeError
from fedkd.knowledge import Arrays
from fedkd.wire.stage import Spec, Specs, StageContext
from fedkd.wire.stages._probabilities import (
    VALUES,
    code_values,
    distributions,
    planned_shape,
    replace_values,
    restore_values,
)

_ONE = 65535
# A class that the reference rules out still gets a share, so that it can come back.
_FLOOR = 64

Wholes = NDArray[np.int64]


@dataclass(frozen=True)
class Ranked:
    """Codes probabilities [N, C], C >= 2, as a rank and a level a row.

    Attributes:
        levels: Number of levels of the largest probability, at least 2.

    Raises:
        OutOfRangeError: There are fewer than 2 or more than 64 levels.
    """

    levels: int = 8

    def __post_init__(self) -> None:
        if not 2 <= self.levels <= 64:
            raise OutOfRangeError(f"levels={self.levels} must be from 2 to 64", "choose 8")

    @property
    def name(self) -> str:
        """Canonical name."""
        return f"ranked{self.levels}"

    def plan(self, specs: Specs, context: StageContext) -> Specs:
        """[N] codes."""
        samples, classes = planned_shape(specs, context, self.name, least=2)
        return replace_values(specs, code=Spec(_code_type(classes, self.levels), (samples,)))

    def forward(self, arrays: Arrays, context: StageContext) -> Arrays:
        """Rank the likeliest class, quantise its probability."""
        values = distributions(arrays, context)
        reference = _shares(context, values.shape[1], len(values))
        first, each = values.argmax(axis=1), np.arange(len(values))
        ranks = np.argsort(_ranking(reference), axis=1, kind="stable")[each, first]
        bounds = _bounds(values.shape[1], self.levels)
        level = (values[each, first][:, None] < bounds).sum(axis=1)
        codes = (ranks * self.levels + level)[_travel_order(reference)]
        return code_values(arrays, code=codes.astype(_code_type(values.shape[1], self.levels)))

    def inverse(self, coded: Arrays, specs: Specs, context: StageContext) -> Arrays:
        """Look rank and level up, spread the rest."""
        samples, classes = specs[VALUES].shape
        reference = _shares(context, classes, samples)
        codes = np.empty(samples, np.int64)
        codes[_travel_order(reference)] = coded[f"{VALUES}#code"]
        rank, level = np.divmod(codes, self.levels)
        if (rank >= classes).any():
            raise CorruptMessageError(f"'{VALUES}' has ranks beyond {classes}", "leave its sender out")
        first = _ranking(reference)[np.arange(samples), rank]
        whole = _spread(reference, first, _probabilities(classes, self.levels)[level])
        return restore_values(whole.astype(np.float32) / np.float32(_ONE), coded, specs)


def _shares(context: StageContext, classes: int, samples: int) -> Wholes:
    """[N, C] the reference in whole numbers, its rows brought into the order of the message's."""
    known = (context.reference or {}).get(VALUES)
    row_set = context.wire.row_set
    if known is None or row_set is None or not len(row_set) or known.shape != (len(row_set), classes):
        return np.full((samples, classes), _ONE // classes, np.int64)
    if len(context.rows) == len(row_set) and np.array_equal(context.rows, row_set):
        chosen = known
    else:
        order = np.argsort(row_set)
        chosen = known[order[np.searchsorted(row_set, context.rows, sorter=order) % len(row_set)]]
    return np.rint(chosen.astype(np.float64) * _ONE).astype(np.int64) + _FLOOR


def _ranking(shares: Wholes) -> Wholes:
    """[N, C] class ids by falling share, the lower id first among equals."""
    return np.argsort(-shares, axis=1, kind="stable")


def _travel_order(shares: Wholes) -> Wholes:
    return np.argsort(-shares.max(axis=1), kind="stable")


def _spread(shares: Wholes, first: Wholes, p1: Wholes) -> Wholes:
    """[N, C] whole numbers that sum to _ONE: p1 for `first`, the rest in proportion to the shares of the others."""
    each = np.arange(len(shares))
    others = shares.copy()
    others[each, first] = 0
    spread: Wholes = others * (_ONE - p1)[:, None] // others.sum(axis=1, keepdims=True)
    # Rounding down leaves a few units, which go to the likeliest class.
    spread[each, first] = _ONE - spread.sum(axis=1)
    return spread


def _code_type(classes: int, levels: int) -> np.dtype[np.unsignedinteger]:
    return np.dtype(np.uint8) if classes * levels <= 256 else np.dtype("<u2")


def _angles(classes: int, levels: int) -> NDArray[np.float64]:
    return np.linspace(0, np.arccos(np.sqrt(1 / classes)), levels)


@lru_cache(maxsize=64)
def _bounds(classes: int, levels: int) -> NDArray[np.float64]:
    angles = _angles(classes, levels)
    return np.asarray(np.cos((angles[1:] + angles[:-1]) / 2) ** 2)


@lru_cache(maxsize=64)
def _probabilities(classes: int, levels: int) -> Wholes:
    return np.asarray(np.rint(np.cos(_angles(classes, levels)) ** 2 * _ONE), np.int64)
