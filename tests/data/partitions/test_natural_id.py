"""Owners that the data name."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.data.partitions import NaturalId
from fedkd.errors import MissingIdentityError, PartitionError

OWNERS = np.array([30, 10, 20, 10, 30])


def test_one_site_an_owner(rng):
    parts = NaturalId().deal(np.zeros(5, np.int64), 3, OWNERS, rng)
    assert [part.tolist() for part in parts] == [[1, 3], [2], [0, 4]]


def test_owners_stay_whole_when_sites_are_fewer(rng):
    parts = NaturalId().deal(np.zeros(5, np.int64), 2, OWNERS, rng)
    assert [part.tolist() for part in parts] == [[0, 1, 3, 4], [2]]


def test_errors(rng):
    with pytest.raises(MissingIdentityError, match="who owns"):
        NaturalId().deal(np.zeros(5, np.int64), 3, None, rng)
    with pytest.raises(PartitionError, match="3 owners for 4 sites"):
        NaturalId().deal(np.zeros(5, np.int64), 4, OWNERS, rng)
