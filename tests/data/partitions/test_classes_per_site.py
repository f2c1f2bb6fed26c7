"""Exactly so many classes a site."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.data.partitions import ClassesPerSite
from fedkd.errors import OutOfRangeError, PartitionError

TARGETS = np.repeat(np.arange(10), 12)


@pytest.mark.parametrize(("sites", "classes"), [(5, 2), (7, 3), (20, 1), (3, 10)])
def test_exactly_so_many_classes_fairly_shared(sites, classes, rng):
    parts = ClassesPerSite(classes).deal(TARGETS, sites, None, rng)

    table = np.stack([np.bincount(TARGETS[part], minlength=10) for part in parts])
    holders = (table > 0).sum(axis=0)
    assert ((table > 0).sum(axis=1) == classes).all()
    assert holders.max() - holders.min() <= 1
    for column in table.T:
        assert np.ptp(column[column > 0]) <= 1


def test_impossible_numbers(rng):
    with pytest.raises(PartitionError, match="4 sites with 2 classes each do not fit data with 10"):
        ClassesPerSite(2).deal(TARGETS, 4, None, rng)
    with pytest.raises(PartitionError, match="do not fit"):
        ClassesPerSite(11).deal(TARGETS, 4, None, rng)
    with pytest.raises(PartitionError, match="class 1 has 1 samples for 2 sites"):
        ClassesPerSite(2).deal(np.array([0, 0, 0, 1]), 2, None, rng)
    with pytest.raises(OutOfRangeError, match=r"partition\.classes"):
        ClassesPerSite(0)
