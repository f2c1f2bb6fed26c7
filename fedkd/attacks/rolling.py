"""Classes moved around a circle: the lie that several attacks share."""

from __future__ import annotations

import numpy as np

from fedkd.aggregate import Table
from fedkd.errors import OutOfRangeError


def rolled(table: Table, by: int) -> Table:
    """Class c becomes c + `by` on the last axis of [..., C].

    Raises:
        OutOfRangeError: `by` is a multiple of C.
    """
    classes = table.shape[-1]
    if by % classes == 0:
        raise OutOfRangeError(f"by={by} moves nothing among {classes} classes", "set attack.attack.by=1")
    return np.roll(table, by, axis=-1)
