"""Knowledge: the one thing that sites and the aggregator exchange. numpy on the wire, torch inside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedkd.errors import KnowledgeError

Integers = NDArray[np.int64]
Arrays = Mapping[str, NDArray[Any]]

ROW_SUM_TOLERANCE = 1e-2
"""How far the probabilities of a row may be from summing to one: wide enough for float16 and int8."""

_AT_A_TIME = 2**20
"""Numbers that a check looks at together: what it makes of them is then small, however large the array is."""

_RESEND = "correct the sender, or leave its contribution out of this round"
_HEX = re.compile(r"([0-9a-f]{2})*")


class Kind(StrEnum):
    """What the arrays of a Knowledge are."""

    PROBS = "probs"
    LOGITS = "logits"
    LABELS = "labels"
    FEATURES = "features"
    PROTOTYPES = "prototypes"
    KV_LATENT = "kv_latent"
    WEIGHTS = "weights"
    UPDATE = "update"
    COUNTS = "counts"


MAIN_ARRAY: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.PROBS: "values",
        Kind.LOGITS: "values",
        Kind.LABELS: "labels",
        Kind.FEATURES: "values",
        Kind.PROTOTYPES: "values",
        Kind.COUNTS: "counts",
    }
)
"""Name of the array that a kind must have. Other kinds name theirs as they like (parameters, layers)."""

_ROWLESS = (Kind.WEIGHTS, Kind.UPDATE)
_WHOLE = (Kind.LABELS, Kind.COUNTS)


@dataclass(frozen=True, eq=False)
class Knowledge:
    """What one party knows about some rows, or the weights that it knows it by.

    The arrays become read-only views: nothing that passes a Knowledge on can change it. (torch wants writable
    memory, so hand it a copy: `torch.tensor(knowledge.arrays["values"])`.)

    Attributes:
        kind: What the arrays are.
        arrays: The main array under its `MAIN_ARRAY` name ([N, C] probabilities, logits, features or
            prototypes, [N] int64 labels), perhaps with others beside it (say, [N] "coverage"); or parameters.
        rows: [N] int64 keys of the arrays' first axis: public sample ids, class ids, token positions. Weights
            have none.
        sender: Name of the party that made it.
        round: Round that it was made in, from 0.
        fingerprint: Identity of the model that made it, lower-case hexadecimal; empty where no model did.

    Raises:
        KnowledgeError: A field cannot be what it should be, whatever the schema.
    """

    kind: Kind
    arrays: Arrays
    rows: Integers
    sender: str
    round: int
    fingerprint: str

    def __post_init__(self) -> None:
        for name in self.arrays:
            check_name(name)
        if self.rows.ndim != 1 or self.rows.dtype != np.int64:
            raise KnowledgeError(f"rows are {self.rows.dtype} {list(self.rows.shape)}", "pass int64 [N]")
        if not 0 <= self.round < 2**32:
            raise KnowledgeError(f"round {self.round} is out of range", "count rounds from 0 to 2^32 - 1")
        if not _HEX.fullmatch(self.fingerprint):
            raise KnowledgeError(f"fingerprint {self.fingerprint!r} is not bytes", "pass lower-case hex")
        views = MappingProxyType({name: _read_only(array) for name, array in self.arrays.items()})
        object.__setattr__(self, "arrays", views)
        object.__setattr__(self, "rows", _read_only(self.rows))

    def validate(self, schema: Schema) -> None:
        """Check against what the round asks for.

        Raises:
            KnowledgeError: Wrong kind, names, rows, shapes or values; says which, where and by how much.
        """
        if self.kind is not schema.kind:
            raise KnowledgeError(f"kind is {self.kind}, not {schema.kind}", "send what the round asks for")
        if self.kind in _ROWLESS and len(self.rows):
            raise KnowledgeError(f"{self.kind} name {len(self.rows)} rows", "send weights without rows")
        if not schema.takes_all(self.rows):
            _check_rows(self.rows, schema.rows)
        expected = schema.expected_shapes(len(self.rows))
        if expected is not None:
            _check_names(self.arrays, expected)
            for name, shape in expected.items():
                _check_shape(name, self.arrays[name], shape)
        for name, array in self.arrays.items():
            _check_finite(name, array)
        if self.kind in MAIN_ARRAY:
            _check_type(self.kind, self.arrays)
        if self.kind is Kind.PROBS:
            check_probabilities(self.arrays["values"], self.rows)
        if self.kind is Kind.LABELS:
            _check_labels(self.arrays["labels"], schema.columns)
        if self.kind is Kind.COUNTS and (self.arrays["counts"] < 0).any():
            raise KnowledgeError("'counts' are below 0", "count samples")


@dataclass(frozen=True, eq=False)
class Schema:
    """What a round accepts.

    Attributes:
        kind: The kind asked for.
        rows: [M] int64 ids that may occur, or None for any.
        columns: Number of columns C (classes, features), or None for any.
        shapes: Shape by array name, for kinds without a main array (weights, latents), or None for any.
        extras: Names of the [N] arrays that must stand beside the main one.

    Raises:
        KnowledgeError: `shapes` for a kind whose shape follows from rows and columns.
    """

    kind: Kind
    rows: Integers | None = None
    columns: int | None = None
    shapes: Mapping[str, tuple[int, ...]] | None = None
    extras: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.shapes is not None and self.kind in MAIN_ARRAY:
            raise KnowledgeError(f"a schema of {self.kind} has shapes", "give rows, columns and extras instead")

    def takes_all(self, rows: Integers) -> bool:
        """Whether these are its own rows, each once, as nearly always; then there is nothing to look for."""
        return self.rows is not None and self._distinct and np.array_equal(rows, self.rows)

    @cached_property
    def _distinct(self) -> bool:
        return self.rows is not None and len(np.unique(self.rows)) == len(self.rows)

    def expected_shapes(self, count: int) -> Mapping[str, tuple[int | None, ...]] | None:
        """Shape by array name for `count` rows; None stands for any length, or for any arrays at all."""
        if self.kind not in MAIN_ARRAY:
            return self.shapes
        main = (count,) if self.kind in _WHOLE else (count, self.columns)
        return {MAIN_ARRAY[self.kind]: main, **dict.fromkeys(self.extras, (count,))}


def all_finite(array: NDArray[Any]) -> bool:
    """Whether no number is NaN or infinite; looks at a megabyte at a time, whatever the size."""
    if not array.flags.c_contiguous:
        return bool(np.isfinite(array).all())
    flat = array.reshape(-1)
    return all(np.isfinite(flat[i : i + _AT_A_TIME]).all() for i in range(0, len(flat), _AT_A_TIME))


def check_name(name: str) -> None:
    """Raise KnowledgeError unless `name` may name an array. "#" is kept for what codec stages add."""
    if not name or "#" in name:
        raise KnowledgeError(f"{name!r} cannot name an array", 'use a name that is not empty and has no "#"')


def check_probabilities(values: NDArray[Any], rows: Integers) -> None:
    """Raise KnowledgeError, naming one of `rows` [N], unless all of `values` [N, C] are distributions."""
    step = max(_AT_A_TIME // max(values.shape[1], 1), 1)
    wrong = [
        i + at for i in range(0, len(values), step) for at in np.flatnonzero(_wrong(values[i : i + step])).tolist()
    ]
    if wrong:
        first = values[wrong[0]]
        with np.errstate(invalid="ignore"):
            total, least = first.sum(dtype=np.float64), first.min()
        raise KnowledgeError(
            f"{len(wrong)} of {len(rows)} rows of 'values' are no distribution; "
            f"row {rows[wrong[0]]} sums to {total:.4g} with least value {least:.4g}",
            "send softmax outputs",
        )


def _wrong(values: NDArray[Any]) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        sums = values.sum(axis=1, dtype=np.float64)
    # Written so that NaN, which compares false with everything, fails.
    return np.asarray(~((np.abs(sums - 1) <= ROW_SUM_TOLERANCE) & (values >= 0).all(axis=1)))


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.setflags(write=False)
    return view


def _check_rows(rows: Integers, allowed: Integers | None) -> None:
    ids, counts = np.unique(rows, return_counts=True)
    if len(ids) < len(rows):
        raise KnowledgeError(f"row ids occur more than once: {ids[counts > 1][:5].tolist()}", _RESEND)
    unknown = ids[~np.isin(ids, allowed)] if allowed is not None else ids[:0]
    if len(unknown):
        raise KnowledgeError(f"{len(unknown)} row ids are unknown, the first {unknown[:5].tolist()}", _RESEND)


def _check_names(arrays: Arrays, expected: Mapping[str, object]) -> None:
    missing, unexpected = sorted(expected.keys() - arrays.keys()), sorted(arrays.keys() - expected.keys())
    if missing or unexpected:
        raise KnowledgeError(f"arrays missing: {missing}, unexpected: {unexpected}", _RESEND)


def _check_shape(name: str, array: NDArray[Any], shape: tuple[int | None, ...]) -> None:
    fits = len(shape) == array.ndim and all(want in (None, have) for want, have in zip(shape, array.shape, strict=True))
    if not fits:
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        raise KnowledgeError(f"'{name}' has shape {list(array.shape)}, not [{wanted}]", _RESEND)


def _check_finite(name: str, array: NDArray[Any]) -> None:
    if not all_finite(array):
        finite = np.isfinite(array)
        where = [int(axis[0]) for axis in np.nonzero(~finite)] if array.ndim else []
        raise KnowledgeError(f"'{name}' has {(~finite).sum()} non-finite values, first at {where}", _RESEND)


def _check_type(kind: Kind, arrays: Arrays) -> None:
    name = MAIN_ARRAY[kind]
    dtype = arrays[name].dtype
    if dtype != np.int64 if kind in _WHOLE else dtype.kind != "f":
        raise KnowledgeError(f"'{name}' is {dtype}", "send labels and counts as int64 and all else as floating point")


def _check_labels(labels: NDArray[Any], columns: int | None) -> None:
    if columns is not None and len(labels) and not 0 <= labels.min() <= labels.max() < columns:
        raise KnowledgeError(f"'labels' span {labels.min()} to {labels.max()}", f"send ids below {columns}")
