"""The split: one corpus becomes the sites' private data, the public set and the test set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedkd.data.balance import cut_test
from fedkd.data.checks import require_at_least, require_share
from fedkd.data.disjoint import check_disjoint
from fedkd.data.examples import Corpus, Examples, FederatedData, SiteData
from fedkd.data.partition import Partition, check_deal
from fedkd.data.public import UNLABELLED, PublicSet
from fedkd.data.scaling import fit_scaling
from fedkd.errors import NotEnoughSamplesError
from sim.streams import Streams


@dataclass(frozen=True)
class Split:
    """How many samples each set gets.

    Attributes:
        private: Samples of all sites together; None for all but the public set and the test set.
        public: Samples of the public set.
        test: Samples of the test set, as many of each class as possible. None for the largest balanced part
            of the publisher's own test set.
        validation: Share of a site's samples that it keeps aside, at least one where it has two.
        standardise: Whether each feature is standardised, with statistics of the public set only. For tables,
            whose features have unlike units; sources scale images themselves, by published constants.
    """

    private: int | None
    public: int
    test: int | None
    validation: float = 0.1
    standardise: bool = False

    def __post_init__(self) -> None:
        for name, size in (("private", self.private), ("public", self.public), ("test", self.test)):
            if size is not None:
                require_at_least(f"split.{name}", size, 1)
        require_share("split.validation", self.validation)


def split(
    corpus: Corpus, partition: Partition, public: PublicSet, config: Split, sites: int, streams: Streams
) -> FederatedData:
    """Deals a corpus out.

    The test set comes first, then the private samples, then the public set, so two scenarios that differ in
    the public set or the partition only share their test set and private samples. Every draw has its own
    stream: ("data", "split"), ("data", "partition"), ("data", "public"), ("data", "public-shift"),
    ("site-k", "validation") and ("site-k", "feature-skew").

    Args:
        corpus: The data set.
        partition: Who owns which private sample.
        public: Where the public set comes from.
        config: Sizes.
        sites: Number of sites K.
        streams: The run's random streams.

    Returns:
        Private, public and test samples, disjoint by ids.

    Raises:
        NotEnoughSamplesError: The corpus is too small for the sizes.
        EmptyClassError: A class has no test sample.
        PartitionError: The private samples cannot be dealt like this.
        MissingIdentityError: A natural partition of a corpus without owners.
        OverlapError: Two sets share an id.
        InvalidValuesError: The public set, or a feature skew, does not fit the shape of the corpus.
    """
    require_at_least("sites", sites, 1)
    test, pool = cut_test(corpus, config.test, streams.generator("data", "split"))
    count = _private_count(corpus.name, config, len(pool))
    rows, spare = pool[:count], pool[count : count + config.public]
    private = corpus.train.take(rows)
    owners = None if corpus.owners is None else corpus.owners[rows]
    parts = partition.deal(private.targets, sites, owners, streams.generator("data", "partition"))
    check_deal(parts, count, sites)
    known = public.choose(
        corpus.train.take(spare), config.public, _first_free_id(corpus), streams.generator("data", "public")
    )
    scaling = fit_scaling(known.inputs) if config.standardise else None
    if scaling is not None:
        private, known, test = private.scaled(scaling), known.scaled(scaling), test.scaled(scaling)
    skewed = [_skewed(private.take(part), partition, k, sites, streams) for k, part in enumerate(parts)]
    keeping = [streams.generator(f"site-{k}", "validation") for k in range(sites)]
    owned = [
        keep_aside(seen, config.validation, corpus.classes, rng) for seen, rng in zip(skewed, keeping, strict=True)
    ]
    inputs = public.transform(known.inputs, streams.generator("data", "public-shift"))
    unlabelled = Examples(inputs, np.full(len(known), UNLABELLED, np.int64), known.ids)
    data = FederatedData(tuple(owned), unlabelled, known.targets, test, corpus.classes, corpus.name, scaling)
    check_disjoint(data)
    return data


def _private_count(name: str, config: Split, left: int) -> int:
    count = left - config.public if config.private is None else config.private
    if not 1 <= count <= left:
        raise NotEnoughSamplesError(
            f"{name} has {left} samples beside the test set, but split asks for "
            f"{config.private or 'some'} private and {config.public} public ones",
            "lower split.private, split.public or split.test",
        )
    return count


def _first_free_id(corpus: Corpus) -> int:
    last = int(corpus.train.ids.max())
    return 1 + (last if corpus.test is None else max(last, int(corpus.test.ids.max())))


def _skewed(owned: Examples, partition: Partition, site: int, sites: int, streams: Streams) -> Examples:
    """The samples of a site as it sees them."""
    rng = streams.generator(f"site-{site}", "feature-skew")
    return Examples(partition.transform(owned.inputs, site, sites, rng), owned.targets, owned.ids)


def keep_aside(owned: Examples, validation: float, classes: int, rng: np.random.Generator) -> SiteData:
    """What a site owns, with a share that it chooses with and never trains on.

    Args:
        owned: All of it.
        validation: The share, in [0, 1); at least one sample where there are two, none at 0.
        classes: Number of classes.
        rng: Says which.
    """
    order = rng.permutation(len(owned))
    held = _held_out(len(owned), validation)
    histogram = np.bincount(owned.targets, minlength=classes).astype(np.int64)
    return SiteData(owned.take(order[held:]), owned.take(order[:held]), histogram)


def _held_out(samples: int, validation: float) -> int:
    if validation == 0 or samples < 2:
        return 0
    return min(max(round(samples * validation), 1), samples - 1)
