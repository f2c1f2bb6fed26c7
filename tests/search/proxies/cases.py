"""Samples and networks that every proxy is tried on."""

from __future__ import annotations

import numpy as np

from fedkd.models import ArchSpec, measure
from fedkd.search import StandardSpace
from fedkd.search.budget import Candidate

from ..cases import CLASSES, FEATURES

SHAPES = [(1, 8, 8), (6, 30), (4,)]
FOREST = ArchSpec.of("forest", trees=5, depth=3)


def inputs(shape: tuple[int, ...] = (FEATURES,), count: int = 12) -> np.ndarray:
    return np.random.Generator(np.random.PCG64(3)).standard_normal((count, *shape)).astype(np.float32)


def measured(spec: ArchSpec, shape: tuple[int, ...] = (FEATURES,)) -> Candidate:
    return Candidate(spec, measure(spec, shape, CLASSES))


def some(shape: tuple[int, ...]) -> list[Candidate]:
    """Every eleventh candidate, and so some of each family."""
    return [measured(spec, shape) for spec in StandardSpace().candidates(shape)[::11]]
