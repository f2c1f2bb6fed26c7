"""Arrays in `.npz` files, whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from fedkd.errors import UnreadableDataError
from fedkd.files import write_whole


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
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, BadZipFile, EOFError) as error:
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
