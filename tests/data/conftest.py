"""Small data sets whose every number is known."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

# A second thread helps only on an idle machine; this must be set before torch is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest

from fedkd.data import Corpus
from fedkd.data.build import Labelled, build_corpus

ROOT = Path(__file__).parents[2]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def make_corpus() -> Callable[..., Corpus]:
    """Builds a corpus whose sample i has inputs full of i: tables [N, 3], or images [N, 1, 6, 6]."""

    def make(
        per_class: int = 40, classes: int = 4, test_per_class: int = 0, images: bool = False, owners: int = 0
    ) -> Corpus:
        def part(count: int, start: int) -> Labelled:
            shape = (count * classes, 1, 6, 6) if images else (count * classes, 3)
            numbers = start + np.arange(count * classes, dtype=np.float32)
            inputs = np.broadcast_to(numbers.reshape(-1, *[1] * (len(shape) - 1)), shape)
            return Labelled(inputs, np.repeat(np.arange(classes), count))

        total = per_class * classes
        return build_corpus(
            "toy",
            part(per_class, 0),
            part(test_per_class, total) if test_per_class else None,
            classes,
            np.arange(total) % owners if owners else None,
        )

    return make


@pytest.fixture
def shared_file() -> Callable[[str], Path]:
    """A file of the folder `shared`, which a checkout elsewhere has not."""

    def find(name: str) -> Path:
        path = ROOT.parent / "shared" / "data" / name
        if not path.is_file():
            pytest.skip(f"{path} is not here")
        return path

    return find
