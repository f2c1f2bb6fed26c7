"""The split: disjoint, sized, balanced, reproducible."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fedkd.data import FederatedData, describe, fingerprint
from fedkd.data.disjoint import check_disjoint
from fedkd.data.partition import Partition
from fedkd.data.partitions import Dirichlet, FeatureSkew, Iid, NaturalId, Shards
from fedkd.data.public import InDomain, OtherSource, Shifted
from fedkd.data.sources import Mnist5k, SklearnTable
from fedkd.data.split import Split, split
from fedkd.errors import (
    EmptyClassError,
    MissingIdentityError,
    NotEnoughSamplesError,
    OutOfRangeError,
    OverlapError,
    PartitionError,
)
from sim.streams import Streams

SMALL = Split(private=80, public=20, test=20, validation=0.1)


def all_ids(data: FederatedData) -> list[np.ndarray]:
    sites = [part.ids for site in data.sites for part in (site.train, site.validation)]
    return [data.public.ids, data.test.ids, *sites]


def fingerprints(data: FederatedData) -> list[str]:
    parts = [part for site in data.sites for part in (site.train, site.validation)]
    return [fingerprint(part) for part in (data.public, data.test, *parts)]


@pytest.mark.parametrize("partition", [Iid(), Dirichlet(0.5, 2), Shards(2), FeatureSkew(Iid(), noise=1)])
@pytest.mark.parametrize("public", [InDomain(), Shifted(noise=1), OtherSource(SklearnTable("wine"))])
@pytest.mark.parametrize("own_test", [0, 10])
def test_sets_are_disjoint_sized_and_reproducible(make_corpus, partition, public, own_test):
    corpus = make_corpus(test_per_class=own_test)
    if isinstance(public, OtherSource):
        corpus = SklearnTable("wine").load()

    data, same, other = (split(corpus, partition, public, SMALL, 4, Streams(seed)) for seed in (7, 7, 8))

    ids = np.concatenate(all_ids(data))
    assert len(set(ids)) == len(ids) == 120
    assert len(data.public) == len(data.test) == 20
    assert sum(len(site.train) + len(site.validation) for site in data.sites) == 80
    assert (data.public.targets == -1).all()
    assert fingerprints(data) == fingerprints(same)
    assert fingerprints(data) != fingerprints(other)


def test_every_sample_keeps_its_inputs_and_its_label(make_corpus):
    """Sample i of the toy corpus is full of i, and its class is i // 40."""
    data = split(make_corpus(), Iid(), InDomain(), SMALL, 3, Streams(0))
    parts = [part for site in data.sites for part in (site.train, site.validation)] + [data.test]
    for part in parts:
        np.testing.assert_array_equal(part.inputs[:, 0], part.ids)
        np.testing.assert_array_equal(part.targets, part.ids // 40)
    np.testing.assert_array_equal(data.public_labels, data.public.ids // 40)
    assert np.bincount(data.test.targets).tolist() == [5, 5, 5, 5]
    assert data.input_shape == (3,)
    assert data.name == "toy"


def test_validation_is_a_tenth_and_one_at_least(make_corpus):
    sizes = []
    for sites in (4, 40, 80):
        data = split(make_corpus(), Iid(), InDomain(), SMALL, sites, Streams(0))
        sizes.append({(len(site.train), len(site.validation)) for site in data.sites})
    assert sizes == [{(18, 2)}, {(1, 1)}, {(1, 0)}]
    without = dataclasses.replace(SMALL, validation=0.0)
    data = split(make_corpus(), Iid(), InDomain(), without, 4, Streams(0))
    assert [len(site.validation) for site in data.sites] == [0] * 4


def test_histograms_count_train_and_validation(make_corpus):
    data = split(make_corpus(), Shards(1), InDomain(), SMALL, 4, Streams(0))
    table = describe(data)
    assert table.shape == (4, 4)
    assert table.sum() == 80
    for row, site in zip(table, data.sites, strict=True):
        both = np.concatenate([site.train.targets, site.validation.targets])
        np.testing.assert_array_equal(row, np.bincount(both, minlength=4))


def test_null_private_takes_all_that_is_left(make_corpus):
    config = Split(private=None, public=20, test=20)
    data = split(make_corpus(), Iid(), InDomain(), config, 4, Streams(0))
    assert describe(data).sum() == 120


def test_scenarios_that_differ_in_one_axis_share_the_other_sets(make_corpus):
    corpus = make_corpus()
    base = split(corpus, Iid(), InDomain(), SMALL, 4, Streams(0))
    skewed = split(corpus, Shards(1), Shifted(noise=1), SMALL, 2, Streams(0))

    assert fingerprint(base.test) == fingerprint(skewed.test)
    np.testing.assert_array_equal(base.public.ids, skewed.public.ids)
    owned = [np.sort(np.concatenate(all_ids(data)[2:])) for data in (base, skewed)]
    np.testing.assert_array_equal(*owned)


def test_standardising_uses_the_public_set_only():
    config = Split(private=None, public=120, test=120, standardise=True)
    data = split(SklearnTable("breast_cancer").load(), Iid(), InDomain(), config, 4, Streams(0))

    np.testing.assert_allclose(data.public.inputs.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(data.public.inputs.std(axis=0), 1, rtol=1e-3)
    test = data.test.inputs
    assert np.abs(test.mean(axis=0)).max() > 0.01  # the test set was scaled, but not fitted
    assert np.abs(test).max() < 50


def test_shifts_come_after_standardising():
    config = Split(private=None, public=120, test=120, standardise=True)
    corpus = SklearnTable("breast_cancer").load()
    plain = split(corpus, Iid(), InDomain(), config, 2, Streams(0))
    noisy = split(corpus, FeatureSkew(Iid(), noise=1.0), Shifted(noise=0.5), config, 2, Streams(0))

    assert (noisy.public.inputs - plain.public.inputs).std() == pytest.approx(0.5, rel=0.05)
    pairs = zip(noisy.sites, plain.sites, strict=True)
    spread = [(a.train.inputs - b.train.inputs).std() for a, b in pairs]
    np.testing.assert_allclose(spread, [0.5, 1.0], rtol=0.05)
    np.testing.assert_array_equal(noisy.test.inputs, plain.test.inputs)


def test_owners_follow_their_samples(make_corpus):
    data = split(make_corpus(owners=4), NaturalId(), InDomain(), SMALL, 4, Streams(0))
    for number, site in enumerate(data.sites):
        assert (site.train.ids % 4 == number).all()


def test_mnist5k_as_the_papers_have_it():
    data = split(Mnist5k().load(), Dirichlet(0.1), InDomain(), Split(3000, 1000, 1000), 20, Streams(0))

    assert np.bincount(data.test.targets).tolist() == [100] * 10
    assert len(data.public) == 1000
    table = describe(data)
    assert table.sum() == 3000
    assert table.sum(axis=1).min() >= 10
    for site in data.sites:
        assert len(site.validation) == max(1, round(site.histogram.sum() / 10))


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"private": 141}, NotEnoughSamplesError, "toy has 140 samples beside the test set"),
        ({"private": 130}, NotEnoughSamplesError, "10 samples left for the public set"),
        ({"private": None, "public": 140}, NotEnoughSamplesError, "140 public"),
        ({"test": 100}, NotEnoughSamplesError, "can spare 80"),
        ({"test": 2}, EmptyClassError, "class 2"),
        ({"test": None}, OutOfRangeError, "no test set of its own"),
    ],
)
def test_sizes_that_do_not_fit(make_corpus, fields, error, message):
    with pytest.raises(error, match=message):
        split(make_corpus(), Iid(), InDomain(), dataclasses.replace(SMALL, **fields), 4, Streams(0))


@pytest.mark.parametrize("fields", [{"private": 0}, {"public": 0}, {"test": -1}, {"validation": 1.0}])
def test_sizes_that_make_no_sense(fields):
    with pytest.raises(OutOfRangeError, match=f"split.{next(iter(fields))}"):
        dataclasses.replace(SMALL, **fields)


def test_sites_that_make_no_sense(make_corpus):
    with pytest.raises(OutOfRangeError, match="sites is 0"):
        split(make_corpus(), Iid(), InDomain(), SMALL, 0, Streams(0))
    with pytest.raises(PartitionError, match="81 sites"):
        split(make_corpus(), Iid(), InDomain(), SMALL, 81, Streams(0))
    with pytest.raises(MissingIdentityError):
        split(make_corpus(), NaturalId(), InDomain(), SMALL, 2, Streams(0))


class Twice(Partition):
    """A faulty partition: both sites get everything."""

    def deal(self, targets, sites, owners, rng):
        return (np.arange(len(targets)),) * sites


def test_faulty_parts_of_others_are_caught(make_corpus):
    with pytest.raises(OverlapError, match="more than one site"):
        split(make_corpus(), Twice(), InDomain(), SMALL, 2, Streams(0))

    class Stolen(InDomain):
        def choose(self, candidates, size, first_id, rng):
            return make_corpus().train.take(np.arange(size))

    with pytest.raises(OverlapError, match="the public set"):
        split(make_corpus(), Iid(), Stolen(), SMALL, 2, Streams(0))


def test_overlap_names_the_sets(make_corpus):
    data = split(make_corpus(), Iid(), InDomain(), SMALL, 2, Streams(0))
    stolen = dataclasses.replace(data, test=data.sites[1].train)
    with pytest.raises(OverlapError, match="in the test set and the train set of site 1"):
        check_disjoint(stolen)
