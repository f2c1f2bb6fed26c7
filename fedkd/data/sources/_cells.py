"""Cells of CSV files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def read_cells(path: Path, kind: type, columns: Sequence[int]) -> NDArray[Any]:
    """[N, columns] cells below the line of names.

    Raises:
        ValueError: A cell or a line cannot be read.
    """
    cells: NDArray[Any] = np.loadtxt(
        path,
        kind,
        comments=None,
        delimiter=",",
        skiprows=1,
        usecols=columns,
        ndmin=2,
        encoding="utf-8",
        quotechar='"',
    )
    return cells
