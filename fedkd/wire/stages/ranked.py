"""Soft labels against a reference: how far down the reference's own ranking the likeliest class stands.

When sites and aggregator agree on most samples, nearly every rank is 0, and zstd makes almost nothing of it.
A row becomes one code, rank x levels + level:

* rank is the place of the likeliest class when the reference's classes are sorted by falling probability;
* level is one of `levels` for p1, the largest probability, at even steps of arccos(sqrt(p)) as in
  `soft_label2`, so 1 and 1/C are exact;
* the mass 1 - p1 that it leaves is spread over the other classes as the reference spreads it.

With `seconds` levels a second code follows in an array of its own: the rank of the second likeliest class among
the others, and its share of 1 - p1, at even steps of arccos(sqrt(share)) from 1 to 1 / (C - 1). Only rows whose
level is at least `unsure` carry it; the others hold a 0 there. It is absent where there are but two classes. Where
classes are easily confused (shirts and pullovers) it is worth its bytes.

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

from fedkd.errors import CorruptMessageError, KnowledgeError, OutOfRangeError
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
        seconds: Number of levels of the second largest's share, at least 2, or 0 to leave it out.
        unsure: Lowest level of p1 whose rows name their second class, at least 1; level 0 stands for p1 = 1.

    Raises:
        OutOfRangeError: A number of levels is below 2 or above 64, or `unsure` is no level above 0.
    """

    levels: int = 8
    seconds: int = 0
    unsure: int = 1

    def __post_init__(self) -> None:
        if not 2 <= self.levels <= 64 or not (self.seconds == 0 or 2 <= self.seconds <= 64):
            what = f"levels={self.levels} and seconds={self.seconds} must be from 2 to 64"
            raise OutOfRangeError(what, "choose 8 and 4, or seconds=0")
        if not 1 <= self.unsure < self.levels:
            what = f"unsure={self.unsure} is none of the levels 1 to {self.levels - 1}"
            raise OutOfRangeError(what, "choose 1 to name the second class wherever there is doubt")

    @property
    def name(self) -> str:
        """Canonical name."""
        seconds = f"-{self.seconds}" if self.seconds else ""
        return f"ranked{self.levels}{seconds}" + (f"-{self.unsure}" if self.seconds and self.unsure > 1 else "")

    def plan(self, specs: Specs, context: StageContext) -> Specs:
        """[N] codes, and [N] second codes where these are sent."""
        samples, classes = planned_shape(specs, context, self.name, least=2)
        if classes * max(self.levels, self.seconds) > 2**16:
            what = f"'{self.name}' has no codes for {classes} classes"
            raise KnowledgeError(what, "use fewer levels, or another codec")
        codes = {"code": Spec(_code_type(classes, self.levels), (samples,))}
        if self._sends_second(classes):
            codes["second"] = Spec(_code_type(classes, self.seconds), (samples,))
        return replace_values(specs, **codes)

    def forward(self, arrays: Arrays, context: StageContext) -> Arrays:
        """Rank the likeliest class, quantise its probability; likewise the second."""
        values = distributions(arrays, context)
        samples, classes = values.shape
        reference, each = _shares(context, classes, samples), np.arange(samples)
        order, first = _travel_order(reference), values.argmax(axis=1)
        level = _level(values[each, first], classes, self.levels)
        codes = {"code": _rank(reference, first) * self.levels + level}
        if self._sends_second(classes):
            rest = values.copy()
            rest[each, first] = -1
            second = rest.argmax(axis=1)
            left = 1 - values[each, first]
            share = np.divide(rest[each, second], left, out=np.ones(samples), where=left > 0)
            code = _rank(_without(reference, first), second) * self.seconds + _level(share, classes - 1, self.seconds)
            codes["second"] = np.where(level < self.unsure, 0, code)
        return code_values(arrays, **{n: c[order].astype(_code_type(classes, self._of(n))) for n, c in codes.items()})

    def inverse(self, coded: Arrays, specs: Specs, context: StageContext) -> Arrays:
        """Look ranks and levels up, spread the rest."""
        samples, classes = specs[VALUES].shape
        if len(context.rows) != samples:
            raise CorruptMessageError(
                f"a message has {samples} labels for {len(context.rows)} rows", "ask for it again"
            )
        reference = _shares(context, classes, samples)
        order = _travel_order(reference)
        rank, level = self._parts(coded, "code", order, classes)
        first = _ranking(reference)[np.arange(samples), rank]
        p1 = _probabilities(classes, self.levels)[level]
        others = _without(reference, first)
        whole = _spread(others, first, p1, _ONE - p1)
        if self._sends_second(classes):
            named = level >= self.unsure
            rank, level = self._parts(coded, "second", order, classes - 1)
            second = _ranking(others)[np.arange(samples), rank]
            p2 = (_ONE - p1) * _probabilities(classes - 1, self.seconds)[level] // _ONE
            both = _spread(_without(others, second), second, p2, _ONE - p1 - p2)
            both[np.arange(samples), first] = p1
            whole = np.where(named[:, None], both, whole)
        # Rounding down leaves a few units, which go to the likeliest class.
        whole[np.arange(samples), first] += _ONE - whole.sum(axis=1)
        return restore_values(whole.astype(np.float32) / np.float32(_ONE), coded, specs)

    def _sends_second(self, classes: int) -> bool:
        # Of two classes the second is the other one.
        return self.seconds > 0 and classes > 2

    def _of(self, code: str) -> int:
        return self.levels if code == "code" else self.seconds

    def _parts(self, coded: Arrays, code: str, order: Wholes, classes: int) -> tuple[Wholes, Wholes]:
        codes = np.empty(len(order), np.int64)
        codes[order] = coded[f"{VALUES}#{code}"]
        rank, level = np.divmod(codes, self._of(code))
        if (rank >= classes).any():
            raise CorruptMessageError(f"'{VALUES}' has ranks beyond {classes}", "leave its sender out")
        return rank, level


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


def _without(shares: Wholes, classes: Wholes) -> Wholes:
    """The shares with one class of each row struck out, so that it is ranked last and gets nothing."""
    others = shares.copy()
    others[np.arange(len(shares)), classes] = 0
    return others


def _rank(shares: Wholes, classes: Wholes) -> Wholes:
    """[N] places of the classes in the ranking of the shares."""
    return np.argsort(_ranking(shares), axis=1, kind="stable")[np.arange(len(shares)), classes]


def _spread(shares: Wholes, chosen: Wholes, mass: Wholes, rest: Wholes) -> Wholes:
    """[N, C] whole numbers: `mass` for the chosen class, `rest` in proportion to the shares, rounded down."""
    total = np.maximum(shares.sum(axis=1, keepdims=True), 1)
    spread: Wholes = shares * rest[:, None] // total
    spread[np.arange(len(shares)), chosen] = mass
    return spread


def _level(values: NDArray[np.float64], classes: int, levels: int) -> Wholes:
    return np.asarray((values[:, None] < _bounds(classes, levels)).sum(axis=1), np.int64)


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
