"""Integers of a few bits, packed without gaps: the first in the lowest bits of the first byte."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedkd.knowledge import Integers

Bytes = NDArray[np.uint8]


def index_bits(count: int) -> int:
    """Bits that tell `count` things apart."""
    return (count - 1).bit_length()


def packed_size(count: int, bits: int) -> int:
    """Bytes of `count` integers of `bits` bits."""
    return (count * bits + 7) // 8


def pack(values: NDArray[np.integer[Any]], bits: int) -> Bytes:
    """Pack non-negative integers below 2^bits, of any shape, into [packed_size] uint8."""
    if bits == 4:  # half a byte is common (int4, small label sets) and needs no detour over single bits
        nibbles = np.zeros(2 * packed_size(values.size, 4), np.uint8)
        nibbles[: values.size] = values.ravel()
        return nibbles[::2] | nibbles[1::2] << np.uint8(4)
    planes = (values.reshape(-1, 1) >> np.arange(bits)) & 1
    return np.packbits(planes.astype(np.uint8), bitorder="little")


def unpack(packed: Bytes, count: int, bits: int) -> Bytes | Integers:
    """Restore `count` integers: [count] uint8 if `bits` is 4, int64 otherwise."""
    if bits == 4:
        return np.stack([packed & np.uint8(15), packed >> np.uint8(4)], axis=1).reshape(-1)[:count]
    planes = np.unpackbits(packed, count=count * bits, bitorder="little").reshape(count, bits)
    return planes @ (np.int64(1) << np.arange(bits))
