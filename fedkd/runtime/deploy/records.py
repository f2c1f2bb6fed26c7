"""A file of records that grows at its end: each is there whole, or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fedkd.errors import DamagedRunError
from fedkd.files import disk_errors
from fedkd.wire.buffer import Buffer

_SIZES, _CHECKSUM = struct.Struct("<IQI"), struct.Struct("<I")
_HEAD = _SIZES.size + _CHECKSUM.size
_FIX = "restore it; or delete it, and start the sites of the open round again: they say it again"


@dataclass(frozen=True)
class Record:
    """What is kept together.

    Attributes:
        about: Plain JSON.
        blobs: Bytes; not copied.
    """

    about: Mapping[str, Any]
    blobs: tuple[Buffer, ...] = ()


class Records:
    """The file. What a crash left at its end was never promised to anybody, and is written over.

    Args:
        path: Made when something is kept.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._end: int | None = None

    def append(self, records: Sequence[Record], anew: bool) -> None:
        """Keep records; they are on the disk when this returns.

        Args:
            records: What to keep.
            anew: Whether to forget all that was kept before.

        Raises:
            DiskError: They cannot be kept; none of them is then.
            DamagedRunError: What was kept before is damaged.
        """
        if anew:
            self._end = 0
        elif self._end is None:
            self.read()
        begin = self._end or 0
        with disk_errors(self.path), self._open() as file:
            try:
                if file.seek(0, os.SEEK_END) > begin:
                    os.ftruncate(file.fileno(), begin)
                    file.seek(begin)
                for record in records:
                    for part in _written(record):
                        file.write(part)
                file.flush()
                os.fdatasync(file.fileno())
                self._end = file.tell()
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(file.fileno(), begin)
                raise

    def _open(self) -> Any:
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch()
            # A file whose name a power cut takes away is as lost as its content.
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        return open(self.path, "r+b")

    def read(self) -> list[Record]:
        """All that was kept.

        Raises:
            DamagedRunError: It cannot be read, or is damaged.
        """
        found, start = [], 0
        try:
            data = memoryview(self.path.read_bytes() if self.path.exists() else b"")
            while (whole := _read(data[start:])) is not None:
                found.append(whole[0])
                start += whole[1]
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise DamagedRunError(f"'{self.path}' cannot be read ({error})", _FIX) from error
        self._end = start
        return found


def _written(record: Record) -> list[Buffer]:
    line = json.dumps({"about": dict(record.about), "sizes": [len(blob) for blob in record.blobs]}).encode()
    checksum = zlib.crc32(line)
    for blob in record.blobs:
        checksum = zlib.crc32(blob, checksum)
    sizes = _SIZES.pack(len(line), sum(len(blob) for blob in record.blobs), checksum)
    # The sizes have a checksum of their own: without, damage to them would look like the end that a crash left.
    return [sizes, _CHECKSUM.pack(zlib.crc32(sizes)), line, *record.blobs]


def _read(data: memoryview) -> tuple[Record, int] | None:
    """The first record and its length; None where there is none, or not all of it."""
    if len(data) < _HEAD:
        return None
    line_size, blob_size, checksum = _SIZES.unpack_from(data)
    if _CHECKSUM.unpack_from(data, _SIZES.size) != (zlib.crc32(data[: _SIZES.size]),):
        raise ValueError("the checksum of its sizes is wrong")
    end = _HEAD + line_size + blob_size
    if len(data) < end:
        return None
    if zlib.crc32(data[_HEAD:end]) != checksum:
        raise ValueError("its checksum is wrong")
    facts, start, blobs = json.loads(bytes(data[_HEAD : _HEAD + line_size])), _HEAD + line_size, []
    for size in facts["sizes"]:
        blobs.append(data[start : start + size])
        start += size
    return Record(facts["about"], tuple(blobs)), end
