"""Zstd, and what it refuses to expand."""

import tracemalloc

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from fedkd.errors import CorruptMessageError, OutOfRangeError, TooLargeError
from fedkd.wire.stages import Zstd


@given(st.binary(max_size=1000), st.integers(1, 22))
def test_round_trip(data, level):
    assert Zstd().unpack(Zstd(level).pack(data), len(data)) == data


def test_a_bomb_is_refused_before_it_goes_off():
    bomb = Zstd(1).pack(bytes(2**26))
    assert len(bomb) < 10_000
    tracemalloc.start()
    with pytest.raises(TooLargeError, match="expands to 67108864, the limit is 1048576"):
        Zstd().unpack(bomb, 2**20)
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()


def test_a_frame_must_declare_its_size():
    frame = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(100))
    with pytest.raises(CorruptMessageError, match="does not declare its size"):
        Zstd().unpack(frame, 1000)


def test_a_frame_must_not_lie_about_its_size():
    frame = bytearray(Zstd().pack(b"abc" * 100))
    # Byte 4 describes the header, bytes 5 and 6 hold the size less 256.
    assert int.from_bytes(frame[5:7], "little") == 300 - 256
    frame[5] += 1
    with pytest.raises(CorruptMessageError, match="no zstd frame"):
        Zstd().unpack(bytes(frame), 1000)


@pytest.mark.parametrize("data", [b"", b"nonsense", Zstd().pack(b"abc")[:-1], Zstd().pack(b"abc") + b"more"])
def test_other_bytes_are_corrupt(data):
    with pytest.raises(CorruptMessageError, match="zstd"):
        Zstd().unpack(data, 1000)


@pytest.mark.parametrize("level", [0, 23, -1])
def test_levels(level):
    with pytest.raises(OutOfRangeError, match="no level"):
        Zstd(level)
