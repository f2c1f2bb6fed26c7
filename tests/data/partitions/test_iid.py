"""Equal parts."""

from __future__ import annotations

import numpy as np

from fedkd.data.partitions import Iid


def test_sizes_differ_by_one_at_most(rng):
    parts = Iid().deal(np.zeros(11, np.int64), 3, None, rng)
    assert sorted(len(part) for part in parts) == [3, 4, 4]
