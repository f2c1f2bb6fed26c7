"""Packing of small integers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedkd.wire.bits import index_bits, pack, packed_size, unpack


def test_hand_packed_bits():
    # 3 bits each, lowest first: 101 then 011 then 111 -> 0b11_011_101, 0b1
    assert pack(np.array([0b101, 0b011, 0b111]), 3).tolist() == [0b11011101, 0b1]
    # 4 bits each: half a byte, the first in the low half
    assert pack(np.array([0x1, 0x2, 0x3]), 4).tolist() == [0x21, 0x03]


@pytest.mark.parametrize(("count", "bits"), [(1, 0), (2, 1), (3, 2), (10, 4), (16, 4), (17, 5), (1000, 10)])
def test_index_bits(count, bits):
    assert index_bits(count) == bits


@given(st.data(), st.integers(0, 20))
def test_round_trip(data, bits):
    values = np.array(data.draw(st.lists(st.integers(0, 2**bits - 1), max_size=20)), np.int64)
    packed = pack(values, bits)
    assert packed.dtype == np.uint8
    assert len(packed) == packed_size(len(values), bits)
    np.testing.assert_array_equal(unpack(packed, len(values), bits), values)
