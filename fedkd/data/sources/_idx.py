"""The IDX format of MNIST: two zero bytes, a type, the number of axes, big-endian uint32 axes, the data."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from fedkd.data.sources._files import read_rest, require_file
from fedkd.errors import UnreadableDataError

_UNSIGNED_BYTE = 8


def read_idx(folder: Path, stem: str, axes: int) -> NDArray[np.uint8]:
    """Reads `folder/stem.gz`, or `folder/stem` where there is no such file.

    Args:
        folder: Where the file lies.
        stem: Its name without `.gz`.
        axes: Axes that it must have (3 for images, 1 for labels).

    Returns:
        The array, uint8, read-only.

    Raises:
        UnreadableDataError: No such file, another format, or not as long as its header says.
    """
    packed = folder / f"{stem}.gz"
    path = require_file(packed if packed.is_file() else folder / stem)
    try:
        with gzip.open(path, "rb") if path == packed else path.open("rb") as stream:
            return _parse(stream, path, axes)  # type: ignore[arg-type]  # GzipFile is a BinaryIO in all but name
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableDataError(f"{path} cannot be read ({error})", "fetch it again") from error


def _parse(stream: BinaryIO, path: Path, axes: int) -> NDArray[np.uint8]:
    head = stream.read(4 + 4 * axes)
    if len(head) < 4 + 4 * axes or head[:4] != bytes((0, 0, _UNSIGNED_BYTE, axes)):
        raise UnreadableDataError(
            f"{path} is not an IDX file of unsigned bytes with {axes} axes", "check that it is the right file"
        )
    shape = struct.unpack(f">{axes}I", head[4:])
    return np.frombuffer(read_rest(stream, math.prod(shape), path), np.uint8).reshape(shape)
