"""Sites of unlike size."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.data.partitions import QuantitySkew
from fedkd.errors import OutOfRangeError

TARGETS = np.arange(1000) % 4


def test_sizes_are_unlike_but_never_too_small(rng):
    sizes = [len(part) for part in QuantitySkew(0.3, min_samples=25).deal(TARGETS, 10, None, rng)]
    assert min(sizes) >= 25
    assert max(sizes) > 200


def test_a_large_alpha_makes_equal_sizes(rng):
    sizes = [len(part) for part in QuantitySkew(1e6).deal(TARGETS, 10, None, rng)]
    assert max(sizes) - min(sizes) < 5


def test_errors():
    with pytest.raises(OutOfRangeError, match=r"partition\.alpha"):
        QuantitySkew(0)
    with pytest.raises(OutOfRangeError, match=r"partition\.min_samples"):
        QuantitySkew(1, min_samples=0)
