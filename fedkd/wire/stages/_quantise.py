"""Symmetric linear quantisation with one float16 scale a row, shared by Int8 and Int4.

A row is all that stands at one index of the first axis (an output unit of a layer, a sample). With q in
[-top, top] and s = max|row| / top, *rounded up* to float16, x is sent as q = rint(x / s) and read as q s.
Rounding up keeps x / s within [-top, top], so nothing is clipped, and

    |error| <= s / 2 <= max|row| (1 + 2^-10) / (2 top) + 2^-25,

the last term for rows so small that s is subnormal. A float32 scale would cost two more bytes a row and gain
nothing, because q is computed with the scale as it is sent.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedkd.errors import CorruptMessageError, KnowledgeError
from fedkd.knowledge import Arrays
from fedkd.wire.stage import Spec, Specs
from fedkd.wire.stages._casts import cast_for_wire, cast_from_wire

_FLOAT16 = np.dtype("<f2")

Codes = NDArray[np.int8]
Pack = Callable[[Codes], NDArray[Any]]
Unpack = Callable[[NDArray[Any], int], Codes]


def plan_quantised(specs: Specs, packed: Callable[[int], Spec]) -> Specs:
    """Specs after quantisation; `packed` gives that of a number of codes."""
    planned: dict[str, Spec] = {}
    for name, spec in specs.items():
        if _is_matrix(spec):
            planned |= {name: packed(spec.size), f"{name}#scale": Spec(_FLOAT16, spec.shape[:1])}
        else:
            planned[name] = Spec(_FLOAT16, spec.shape) if spec.is_float else spec
    return planned


def quantise(arrays: Arrays, top: int, pack: Pack) -> Arrays:
    """Quantise every matrix to codes in [-top, top]; cast other floats to float16; leave integers.

    Raises:
        KnowledgeError: A value is not finite, or beyond the range of the scales.
    """
    coded: dict[str, NDArray[Any]] = {}
    for name, array in arrays.items():
        if _is_matrix(Spec.of(array)):
            codes, scales = _quantise_matrix(name, array, top)
            coded |= {name: pack(codes), f"{name}#scale": scales}
        else:
            coded[name] = cast_for_wire(name, array, _FLOAT16) if array.dtype.kind == "f" else array
    return coded


def dequantise(coded: Arrays, specs: Specs, unpack: Unpack) -> Arrays:
    """Restore arrays of `specs`.

    Raises:
        CorruptMessageError: A scale is negative, or a value is not finite.
    """
    arrays: dict[str, NDArray[Any]] = {}
    for name, spec in specs.items():
        if _is_matrix(spec):
            values = _dequantise_matrix(name, unpack(coded[name], spec.size), coded[f"{name}#scale"])
            arrays[name] = cast_from_wire(name, values.reshape(spec.shape), spec.dtype)
        else:
            arrays[name] = cast_from_wire(name, coded[name], spec.dtype) if spec.is_float else coded[name]
    return arrays


def _is_matrix(spec: Spec) -> bool:
    # Vectors (biases, norms) are few and sensitive: they go as float16.
    return spec.is_float and len(spec.shape) >= 2


def _quantise_matrix(name: str, array: NDArray[Any], top: int) -> tuple[Codes, NDArray[np.float16]]:
    flat = array.reshape(len(array), math.prod(array.shape[1:]))
    with np.errstate(over="ignore", invalid="ignore"):  # infinities and NaN are reported below
        rows = flat.astype(np.float32, copy=False)
        peaks = np.maximum(rows.max(axis=1, initial=0), -rows.min(axis=1, initial=0)) / np.float32(top)
        nearest = peaks.astype(np.float16)
    scales = np.where(nearest < peaks, np.nextafter(nearest, np.float16(np.inf)), nearest)
    if not np.isfinite(scales).all():
        raise KnowledgeError(f"'{name}' holds NaN or values beyond {top} x 65504", "stop the run: it diverged")
    # A row of zeros has scale 0; any other divisor gives its codes, 0.
    quotients = rows / np.where(scales > 0, scales, 1).astype(np.float32)[:, None]
    return np.rint(quotients, out=quotients).astype(np.int8), scales


def _dequantise_matrix(name: str, codes: Codes, scales: NDArray[np.float16]) -> NDArray[np.float32]:
    if not (np.isfinite(scales) & (scales >= 0)).all():
        raise CorruptMessageError(f"'{name}' has scales that no sender makes", "leave its sender out")
    rows = codes.reshape(len(scales), -1) if codes.size else codes.reshape(len(scales), 0)
    return rows * scales.astype(np.float32)[:, None]
