"""Unlike inputs at each site, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.data.partitions import FeatureSkew, Iid, Shards
from fedkd.errors import InvalidValuesError, OutOfRangeError


def test_deals_as_its_base(rng):
    targets = np.repeat(np.arange(4), 10)
    skew = FeatureSkew(Shards(2), noise=1)
    for ours, theirs in zip(
        skew.deal(targets, 4, None, np.random.default_rng(3)),
        Shards(2).deal(targets, 4, None, np.random.default_rng(3)),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_angles_run_from_one_end_to_the_other(rng):
    """Three sites and 90 degrees: a quarter turn clockwise, none, a quarter turn counter-clockwise."""
    image = np.arange(9, dtype=np.float32).reshape(1, 1, 3, 3)
    skew = FeatureSkew(rotation_degrees=90)
    for site, turns in enumerate((-1, 0, 1)):
        seen = skew.transform(image, site, 3, rng)
        np.testing.assert_allclose(seen[0, 0], np.rot90(image[0, 0], turns), atol=1e-3)
    np.testing.assert_allclose(skew.transform(image, 0, 1, rng), image, atol=1e-3)


def test_noise_grows_from_site_to_site(rng):
    skew = FeatureSkew(noise=2)
    spread = [skew.transform(np.zeros((200, 50), np.float32), site, 4, rng).std() for site in range(4)]
    np.testing.assert_allclose(spread, [0.5, 1, 1.5, 2], rtol=0.05)


def test_skews_add_up(rng):
    image = np.arange(9, dtype=np.float32).reshape(1, 1, 3, 3)
    twice = FeatureSkew(FeatureSkew(rotation_degrees=90), rotation_degrees=90)
    np.testing.assert_allclose(twice.transform(image, 1, 2, rng), image[..., ::-1, ::-1], atol=1e-3)


def test_errors(rng):
    for fields in ({}, {"noise": -1.0}, {"rotation_degrees": -1.0}):
        with pytest.raises(OutOfRangeError):
            FeatureSkew(Iid(), **fields)
    with pytest.raises(InvalidValuesError, match="rotation needs images"):
        FeatureSkew(rotation_degrees=5).transform(np.zeros((2, 3), np.float32), 0, 2, rng)
