"""The numbers of a message: arrays one after the other, little-endian, without padding."""

from __future__ import annotations

import math

import numpy as np

from fedkd.errors import CorruptMessageError, TooLargeError, WireError
from fedkd.knowledge import Arrays
from fedkd.wire.buffer import Buffer
from fedkd.wire.context import Limits
from fedkd.wire.stage import Spec, Specs


def lay(arrays: Arrays) -> list[Buffer]:
    """Arrays one after the other, as views where they lie like that already."""
    little = (array.astype(array.dtype.newbyteorder("<"), copy=False) for array in arrays.values())
    return [np.ascontiguousarray(array).reshape(-1).view(np.uint8).data for array in little]


def split(data: Buffer, specs: Specs) -> Arrays:
    """Cut `data` into arrays of `specs`, which the caller has checked.

    They are read-only, and views on it where their numbers lie as processors like them.

    Raises:
        CorruptMessageError: `data` is longer or shorter.
    """
    length = sum(spec.nbytes for spec in specs.values())
    if len(data) != length:
        raise CorruptMessageError(f"a message holds {len(data)} bytes of data, not {length}", "ask for it again")
    arrays, offset = {}, 0
    for name, spec in specs.items():
        flat = np.frombuffer(data, spec.dtype, spec.size, offset) if spec.size else np.empty(0, spec.dtype)
        arrays[name] = np.require(flat, requirements="A").reshape(spec.shape)
        arrays[name].setflags(write=False)
        offset += spec.nbytes
    return arrays


def check_size(specs: Specs, limits: Limits) -> None:
    """Raise TooLargeError if arrays of these specs hold more numbers than the limit.

    Axes of length 0 count as 1: they take no memory, but numpy still multiplies the others.
    """
    total = sum(math.prod(max(size, 1) for size in spec.shape) for spec in specs.values())
    if total > limits.max_elements:
        what = f"a message declares {total} numbers, the limit is {limits.max_elements}"
        raise TooLargeError(what, "raise limits.max_elements, or send less")


def check_planned(arrays: Arrays, specs: Specs, stage: str) -> None:
    """Raise WireError if a stage returned other arrays than it planned: a mistake in the stage."""
    made = {name: Spec.of(array) for name, array in arrays.items()}
    if list(made.items()) != list(specs.items()):
        raise WireError(f"codec stage '{stage}' planned {specs} but made {made}", "correct its plan method")
