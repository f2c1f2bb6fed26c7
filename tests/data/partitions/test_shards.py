"""Shards of sorted samples."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.data.partitions import Shards
from fedkd.errors import OutOfRangeError


def test_sites_are_equal_and_hold_as_many_classes_as_shards(rng):
    """Ten shards of ten samples: each lies within one class, since classes have ten too."""
    targets = rng.permutation(np.repeat(np.arange(10), 10))
    parts = Shards(per_site=2).deal(targets, 5, None, rng)
    assert [len(part) for part in parts] == [20] * 5
    assert [len(np.unique(targets[part])) for part in parts] == [2] * 5


def test_per_site_must_be_positive():
    with pytest.raises(OutOfRangeError, match=r"partition\.per_site"):
        Shards(per_site=0)
