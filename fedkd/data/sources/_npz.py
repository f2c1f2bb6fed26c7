"""Reading .npz archives without executing anything."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedkd.data.sources._files import require_file, require_size
from fedkd.errors import UnreadableDataError

Arrays = dict[str, NDArray[Any]]


def read_npz(path: Path, required: tuple[str, ...], optional: tuple[str, ...]) -> Arrays:
    """Reads the arrays of these names.

    Raises:
        UnreadableDataError: No such file, not an .npz file, truncated, arrays of Python objects, or a
            required name is missing.
    """
    require_file(path)
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {entry.filename.removesuffix(".npy"): entry.file_size for entry in archive.infolist()}
        missing = [name for name in required if name not in sizes]
        if missing:
            raise UnreadableDataError(f"{path} has no array {missing[0]}", f"store the arrays {', '.join(required)}")
        wanted = [name for name in (*required, *optional) if name in sizes]
        require_size(path, sum(sizes[name] for name in wanted))
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in wanted}
    # MemoryError: a header may declare any shape. RuntimeError: the archive is encrypted or exotic.
    except (
        OSError, ValueError, EOFError, MemoryError, RuntimeError, zipfile.BadZipFile, zlib.error
    ) as error:  # fmt: skip
        raise UnreadableDataError(
            f"{path} is not an intact .npz file of plain arrays ({error})", "write it anew with numpy.savez"
        ) from error
    # numpy gives the bytes of an entry that is no array at all.
    strange = [name for name, value in found.items() if not isinstance(value, np.ndarray)]
    if strange:
        raise UnreadableDataError(f"{strange[0]} in {path} is not an array", "write it anew with numpy.savez")
    return found
