"""Casts between floating-point types that never turn a number into an infinity unseen."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedkd.errors import CorruptMessageError, KnowledgeError
from fedkd.knowledge import Arrays, all_finite
from fedkd.wire.stage import Spec, Specs


def cast_for_wire(name: str, array: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Cast an array that is to be sent.

    Raises:
        KnowledgeError: A value is not finite, or leaves the range of `dtype`.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        coded = array.astype(dtype, copy=False)
    if not all_finite(coded):
        raise KnowledgeError(f"'{name}' holds values that {dtype} cannot", "stop the run, or use a wider codec")
    return coded


def cast_from_wire(name: str, coded: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Cast an array that was received to the sender's dtype.

    Raises:
        CorruptMessageError: A value is not finite, or leaves the range of `dtype`.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        array = coded.astype(dtype, copy=False)
    if not all_finite(array):
        raise CorruptMessageError(f"'{name}' decodes to non-finite values", "leave its sender out")
    return array


def plan_floats(specs: Specs, dtype: np.dtype[Any]) -> Specs:
    """The specs after every floating-point array is cast to `dtype`."""
    return {name: Spec(dtype, spec.shape) if spec.is_float else spec for name, spec in specs.items()}


def cast_floats(arrays: Arrays, dtype: np.dtype[Any]) -> Arrays:
    """Cast every floating-point array for the wire; leave the others."""
    return {
        name: cast_for_wire(name, array, dtype) if array.dtype.kind == "f" else array for name, array in arrays.items()
    }


def restore_floats(coded: Arrays, specs: Specs) -> Arrays:
    """Cast every floating-point array back to the dtype in `specs`; leave the others."""
    return {
        name: cast_from_wire(name, coded[name], spec.dtype) if spec.is_float else coded[name]
        for name, spec in specs.items()
    }
