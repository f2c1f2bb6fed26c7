"""Geometry of images, on grids small enough to check by eye."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.data.images import match_images, move, require_pixel_scale, rotate, scale_pixels
from fedkd.errors import InvalidValuesError, OutOfRangeError


def still(count, **changes):
    values = {
        "degrees": np.zeros(count),
        "scales": np.ones(count),
        "shifts": np.zeros((count, 2)),
        "flips": np.zeros(count, bool),
    }
    return values | changes


@pytest.fixture
def image():
    """One channel, not square, dark all around, so that moved content stays inside."""
    inputs = np.zeros((1, 1, 5, 7), np.float32)
    inputs[0, 0, 1:4, 2:5] = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    return inputs


def test_pixels_are_scaled_channel_by_channel():
    images = np.array([0, 255], np.uint8).reshape(1, 2, 1, 1)

    inputs = scale_pixels("toy", images, (0.5, 0.25), (0.5, 0.25))

    assert inputs.ravel().tolist() == [-1.0, 3.0]
    assert inputs.dtype == np.float32


def test_pixels_must_be_bytes_and_channels_must_fit():
    with pytest.raises(InvalidValuesError, match="uint8"):
        scale_pixels("toy", np.zeros((1, 1, 2, 2)), (0.5,), (0.5,))
    with pytest.raises(InvalidValuesError, match="2 channel"):
        scale_pixels("toy", np.zeros((1, 2, 2, 2), np.uint8), (0.5,) * 3, (0.5,) * 3)
    for mean, std in [((0.5,), ()), ((), ()), ((0.5,), (0.0,)), ((float("nan"),), (1.0,))]:
        with pytest.raises(OutOfRangeError):
            require_pixel_scale("source", mean, std)


def test_nothing_moves_by_default(image):
    np.testing.assert_allclose(move(image, **still(1)), image, atol=1e-5)


def test_shift_by_hand(image):
    moved = move(image, **still(1, shifts=np.array([[2.0, -1.0]])))
    np.testing.assert_allclose(moved[0, 0, 0:3, 4:7], image[0, 0, 1:4, 2:5], atol=1e-5)


def test_flip_by_hand(image):
    moved = move(image, **still(1, flips=np.ones(1, bool)))
    np.testing.assert_allclose(moved, image[..., ::-1], atol=1e-5)


def test_quarter_turn_is_counter_clockwise_in_an_oblong_image(image):
    turned = rotate(image, 90.0)
    np.testing.assert_allclose(turned[0, 0, 1:4, 2:5], np.rot90(image[0, 0, 1:4, 2:5]), atol=1e-4)


def test_enlarging_spreads_the_centre():
    inputs = np.zeros((1, 1, 9, 9), np.float32)
    inputs[..., 3:6, 3:6] = 1
    assert move(inputs, **still(1, scales=np.array([2.0]))).sum() == pytest.approx(36, rel=0.05)


def test_outside_has_the_value_of_the_corners():
    inputs = np.full((1, 2, 4, 4), 7.0, np.float32)
    inputs[:, 1] = -3
    moved = move(inputs, **still(1, degrees=np.array([30.0]), shifts=np.array([[3.0, 3.0]])))
    np.testing.assert_allclose(moved, inputs, atol=1e-5)


def test_images_move_one_by_one(image):
    both = np.concatenate([image, image])
    moved = move(both, **still(2, degrees=np.array([0.0, 180.0])))
    np.testing.assert_allclose(moved[0], image[0], atol=1e-5)
    np.testing.assert_allclose(moved[1], image[0, :, ::-1, ::-1], atol=1e-4)


def test_only_images_turn():
    with pytest.raises(InvalidValuesError, match="needs images"):
        rotate(np.zeros((4, 3), np.float32), 10)


def test_matching_changes_channels_and_size():
    grey = np.ones((2, 1, 8, 8), np.float32)
    colour = np.stack([np.full((4, 4), value, np.float32) for value in (1, 2, 6)])[None]

    assert match_images(grey, (3, 4, 4)).shape == (2, 3, 4, 4)
    np.testing.assert_allclose(match_images(grey, (3, 4, 4)), 1, rtol=1e-6)
    np.testing.assert_allclose(match_images(colour, (1, 4, 4)), 3, rtol=1e-6)
    with pytest.raises(InvalidValuesError, match="cannot be brought"):
        match_images(colour, (2, 4, 4))
    with pytest.raises(InvalidValuesError, match="cannot be brought"):
        match_images(colour, (5,))
