"""Input views."""

from __future__ import annotations

import time

import numpy as np
import pytest

from fedkd.data.views import Identity, ImageJitter, Noise, View, pool
from fedkd.errors import InvalidValuesError, OutOfRangeError

VIEWS = [Identity(), ImageJitter(flip=True), Noise(0.5)]


@pytest.mark.parametrize("view", VIEWS)
def test_views_keep_shape_and_type_and_are_reproducible(view, rng):
    inputs = rng.standard_normal((6, 1, 8, 8), dtype=np.float32)
    before = inputs.copy()

    first, second = (view.views(inputs, np.random.default_rng(1)) for _ in range(2))

    assert isinstance(view, View)
    assert first.shape == inputs.shape
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(inputs, before)


def test_jitter_without_width_changes_nothing(rng):
    inputs = rng.standard_normal((3, 2, 5, 5), dtype=np.float32)
    still = ImageJitter(rotation_degrees=0, scale=0, shift_pixels=0)
    np.testing.assert_allclose(still.views(inputs, rng), inputs, atol=1e-5)


def test_half_of_the_images_flip(rng):
    inputs = np.tile(np.array([0, 1], np.float32), (400, 1, 2, 1))
    flip = ImageJitter(rotation_degrees=0, scale=0, shift_pixels=0, flip=True)
    flipped = flip.views(inputs, rng)[:, 0, 0, 0] > 0.5
    assert 150 < flipped.sum() < 250


def test_noise_has_its_standard_deviation(rng):
    noisy = Noise(0.5).views(np.zeros((200, 50), np.float32), rng)
    assert noisy.std() == pytest.approx(0.5, rel=0.05)


def test_pool_of_different_versions(rng):
    versions = pool(ImageJitter(), rng.standard_normal((4, 1, 8, 8), dtype=np.float32), 3, rng)
    assert versions.shape == (3, 4, 1, 8, 8)
    assert not np.array_equal(versions[0], versions[1])


def test_pool_is_fast(rng):
    inputs = rng.standard_normal((1000, 1, 28, 28), dtype=np.float32)
    start = time.process_time()
    pool(ImageJitter(), inputs, 8, rng)
    assert time.process_time() - start < 2  # 0.2 s on an idle core


def test_errors(rng):
    with pytest.raises(InvalidValuesError, match="ImageJitter needs images"):
        ImageJitter().views(np.zeros((3, 4), np.float32), rng)
    with pytest.raises(OutOfRangeError, match=r"view\.scale"):
        ImageJitter(scale=1.0)
    with pytest.raises(OutOfRangeError, match=r"view\.rotation_degrees"):
        ImageJitter(rotation_degrees=-1)
    with pytest.raises(OutOfRangeError, match=r"view\.std"):
        Noise(-0.1)
    with pytest.raises(OutOfRangeError, match="versions"):
        pool(Identity(), np.zeros((3, 4), np.float32), 0, rng)
