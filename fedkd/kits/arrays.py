"""Arrays in `.npz` files, whole or not at all."""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from tokenize import TokenError
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from fedkd.errors import UnreadableDataError
from fedkd.files import write_whole

_DAMAGES = (OSError, ValueError, BadZipFile, EOFError, zlib.error, RuntimeError, TokenError, MemoryError)
"""What one flipped bit can lead to, be it in data, in flags of the archive or in a shape."""


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """An `.npz` file, whole or not at all.

    Raises:
        DiskError: It cannot be written.
    """
    memory = io.BytesIO()
    np.savez_compressed(memory, allow_pickle=False, **arrays)
    write_whole(path, memory.getvalue())


def read_arrays(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """All arrays of an `.npz` file, among them these.

    Raises:
        UnreadableDataError: It is missing, damaged, or lacks one.
    """
    try:
        with ZipFile(path) as archive:
            # numpy itself looks at no checksum where a header asks for fewer bytes than there are.
            if (damaged := archive.testzip()) is not None:
                raise BadZipFile(f"{damaged} is damaged")
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
            # It gives the bytes of an entry that is no array.
            if strange := [name for name, array in arrays.items() if not isinstance(array, np.ndarray)]:
                raise ValueError(f"{strange[0]} is no array")
    except _DAMAGES as error:
        raise UnreadableDataError(f"'{path}' cannot be read as arrays ({error})", "give an .npz file") from error
    require_arrays(path, arrays, names)
    return arrays


def require_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], names: Sequence[str]) -> None:
    """Refuse a file that lacks arrays.

    Raises:
        UnreadableDataError: It does.
    """
    if missing := [name for name in names if name not in arrays]:
        raise UnreadableDataError(f"'{path}' lacks {', '.join(missing)}", f"give an .npz file with {', '.join(names)}")
