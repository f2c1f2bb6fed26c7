"""What holds for every partition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedkd.data.partition import Partition, check_deal
from fedkd.data.partitions import (
    ClassesPerSite,
    Dirichlet,
    FeatureSkew,
    Iid,
    NaturalId,
    QuantitySkew,
    Shards,
)
from fedkd.errors import OverlapError, PartitionError

PARTITIONS = [
    Iid(),
    Dirichlet(alpha=0.5, min_samples=2),
    Dirichlet(alpha=50, min_samples=1),
    Shards(per_site=2),
    ClassesPerSite(classes=3),
    QuantitySkew(alpha=0.3, min_samples=2),
    FeatureSkew(Shards(), noise=0.1),
    NaturalId(),
]


@pytest.mark.parametrize("partition", PARTITIONS)
@given(seed=st.integers(0, 2**32), sites=st.integers(2, 6), samples=st.integers(60, 120))
@settings(max_examples=15, deadline=None)
def test_deals_are_disjoint_covering_sorted_and_reproducible(partition, seed, sites, samples):
    targets = np.random.default_rng(seed).integers(0, 4, samples)
    owners = np.arange(samples) % 7

    parts, again = (partition.deal(targets, sites, owners, np.random.default_rng(seed)) for _ in range(2))

    assert isinstance(partition, Partition)
    assert sorted(np.concatenate(parts)) == list(range(samples))
    assert len(parts) == sites
    for part, same in zip(parts, again, strict=True):
        assert len(part) > 0
        assert (np.diff(part) > 0).all()
        np.testing.assert_array_equal(part, same)


@pytest.mark.parametrize("partition", [p for p in PARTITIONS if not isinstance(p, NaturalId)])
def test_another_seed_deals_otherwise(partition):
    targets = np.repeat(np.arange(4), 20)
    one, other = (partition.deal(targets, 4, None, np.random.default_rng(seed)) for seed in (1, 2))
    assert any(len(a) != len(b) or (a != b).any() for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("partition", PARTITIONS)
def test_more_sites_than_samples(partition, rng):
    targets = np.array([0, 1, 2, 3])
    with pytest.raises(PartitionError):
        partition.deal(targets, 5, np.arange(4), rng)


@pytest.mark.parametrize("partition", [p for p in PARTITIONS if not isinstance(p, FeatureSkew)])
def test_inputs_stay_as_they_are(partition, rng):
    inputs = np.ones((3, 2), np.float32)
    assert partition.transform(inputs, 0, 4, rng) is inputs


@pytest.mark.parametrize(
    ("parts", "error", "message"),
    [
        (([0, 1], [1, 2]), OverlapError, "sample 1 to more than one site"),
        (([0], [1]), PartitionError, "sample 2 to no site"),
        (([0, 1, 2], []), PartitionError, "left 1 without"),
        (([0, 1, 2],), PartitionError, "served 1 of 2"),
        (([0, 1], [2, 3]), PartitionError, "do not exist"),
        (([0, 1], [-1]), PartitionError, "do not exist"),
    ],
)
def test_faulty_deals_are_found(parts, error, message):
    with pytest.raises(error, match=message):
        check_deal(tuple(np.array(part, np.int64) for part in parts), samples=3, sites=2)
