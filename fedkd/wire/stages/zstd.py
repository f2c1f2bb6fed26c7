"""Zstandard over the whole message (RFC 8878)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import zstandard

from fedkd.errors import CorruptMessageError, OutOfRangeError, TooLargeError
from fedkd.wire.buffer import Buffer


@dataclass(frozen=True)
class Zstd:
    """Compresses header and data together. Pays for peaked soft labels, hardly for quantised weights.

    Attributes:
        level: Effort, 1 to 22. The receiver need not know it.

    Raises:
        OutOfRangeError: There is no such level.
    """

    name: ClassVar[str] = "zstd"
    level: int = 9

    def __post_init__(self) -> None:
        if not 1 <= self.level <= zstandard.MAX_COMPRESSION_LEVEL:
            raise OutOfRangeError(f"zstd has no level {self.level}", "choose 1 to 22")

    def pack(self, data: bytes) -> bytes:
        """Compress into one frame that declares its content's size."""
        return zstandard.ZstdCompressor(level=self.level, write_content_size=True).compress(data)

    def unpack(self, data: Buffer, max_bytes: int) -> bytes:
        """Expand one frame, after its declared size has been checked."""
        try:
            declared = zstandard.get_frame_parameters(data).content_size
            if declared == zstandard.CONTENTSIZE_UNKNOWN:
                raise CorruptMessageError("a zstd frame does not declare its size", "ask for it again")
            if declared > max_bytes:
                what = f"a message of {len(data)} bytes expands to {declared}, the limit is {max_bytes}"
                raise TooLargeError(what, "raise limits.max_bytes, or send less")
            return zstandard.ZstdDecompressor().decompress(data, allow_extra_data=False)
        except zstandard.ZstdError as error:
            raise CorruptMessageError(f"a message is no zstd frame ({error})", "ask for it again") from error
