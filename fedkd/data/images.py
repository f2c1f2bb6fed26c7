"""Arithmetic on batches of images [N, channels, height, width]: pixels to inputs, turning, resizing.

torch does the sampling, because one `grid_sample` turns a thousand images in milliseconds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from fedkd.data.checks import require_positive
from fedkd.data.examples import Floats
from fedkd.errors import InvalidValuesError, OutOfRangeError

Doubles = NDArray[np.float64]


def require_pixel_scale(where: str, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
    """Raises OutOfRangeError unless `mean` and `std` pair up, are finite, and `std` is positive."""
    if len(mean) != len(std) or not mean:
        raise OutOfRangeError(
            f"{where} has {len(mean)} means and {len(std)} stds", "give one of each, or one of each a channel"
        )
    for value in std:
        require_positive(f"{where}.std", value)
    if not np.isfinite(mean).all():
        raise OutOfRangeError(f"{where}.mean is {mean}", "give finite numbers")


def scale_pixels(where: str, images: NDArray[Any], mean: tuple[float, ...], std: tuple[float, ...]) -> Floats:
    """Bytes to inputs: (pixel / 255 - mean) / std.

    The constants are those that the publisher of a data set states, so nothing is fitted to anybody's data.

    Args:
        where: What an error calls the data.
        images: [N, C, H, W] uint8.
        mean: One entry for all channels, or one a channel, of pixels in 0..1.
        std: As `mean`.

    Raises:
        InvalidValuesError: Pixels are not uint8, or `mean` fits neither one nor C channels.
    """
    if images.dtype != np.uint8 or images.ndim != 4:
        raise InvalidValuesError(
            f"{where} has images of type {images.dtype} and shape {images.shape}",
            "give them as uint8, 0 to 255",
        )
    if len(mean) not in (1, images.shape[1]):
        raise InvalidValuesError(
            f"{where} has {images.shape[1]} channel(s), but {len(mean)} means",
            "give one mean, or one a channel",
        )
    inputs = images.astype(np.float32)
    inputs /= np.float32(255)
    inputs -= np.asarray(mean, np.float32)[:, None, None]
    inputs /= np.asarray(std, np.float32)[:, None, None]
    return inputs


def require_images(who: str, inputs: Floats) -> None:
    """Raises InvalidValuesError unless `inputs` are [N, C, H, W]."""
    if inputs.ndim != 4:
        raise InvalidValuesError(
            f"{who} needs images [N, channels, height, width], but got shape {inputs.shape}",
            "use it with image data only",
        )


def move(inputs: Floats, degrees: Doubles, scales: Doubles, shifts: Doubles, flips: NDArray[np.bool_]) -> Floats:
    """Flips, turns, scales and shifts each image about its centre, with bilinear sampling.

    What comes in from outside an image has the mean value of the image's own four corners, channel by
    channel: the background of digits and clothes, whatever the normalisation was.

    Args:
        inputs: [N, C, H, W] float32.
        degrees: [N] turn, counter-clockwise as seen.
        scales: [N] 1 leaves the size, 1.1 enlarges by a tenth.
        shifts: [N, 2] pixels to the right and down.
        flips: [N] whether left and right are exchanged first.

    Returns:
        [N, C, H, W] float32, a new array.
    """
    height, width = inputs.shape[2:]
    images = torch.from_numpy(np.ascontiguousarray(inputs))
    corners = images[:, :, [0, 0, -1, -1], [0, -1, 0, -1]].mean(dim=2)[:, :, None, None]
    theta = torch.from_numpy(_inverse(degrees, scales, shifts, flips, height, width))
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    # grid_sample can only fill with zeros, so the background is zero while it samples.
    moved = F.grid_sample(images - corners, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    result: Floats = (moved + corners).numpy()
    return result


def _inverse(
    degrees: Doubles, scales: Doubles, shifts: Doubles, flips: NDArray[np.bool_], height: int, width: int
) -> Floats:
    """[N, 2, 3] maps from output to input positions, in torch's coordinates (-1..1 edge to edge, y down)."""
    cos, sin = np.cos(np.radians(degrees)) / scales, np.sin(np.radians(degrees)) / scales
    right, down = shifts[:, 0], shifts[:, 1]
    mirror = np.where(flips, -1.0, 1.0)
    row_x = [cos, -sin * height / width, -(cos * right - sin * down) * 2 / width]
    row_y = [sin * width / height, cos, -(sin * right + cos * down) * 2 / height]
    maps = np.stack([mirror[:, None] * np.stack(row_x, 1), np.stack(row_y, 1)], axis=1)
    return maps.astype(np.float32)


def rotate(inputs: Floats, degrees: float) -> Floats:
    """Turns all images [N, C, H, W] by the same angle, counter-clockwise as seen.

    Raises:
        InvalidValuesError: `inputs` are not images.
    """
    require_images("a rotation", inputs)
    count = len(inputs)
    return move(inputs, np.full(count, degrees), np.ones(count), np.zeros((count, 2)), np.zeros(count, dtype=np.bool_))


def match_images(inputs: Floats, shape: tuple[int, ...]) -> Floats:
    """Brings images [N, C, H, W] to the sample shape (C', H', W').

    Colours become grey by their mean, grey becomes colour by repetition; sizes change by antialiased bilinear
    resizing.

    Raises:
        InvalidValuesError: Either side is not an image, or the channels are neither equal nor one of them 1.
    """
    require_images("matching another data set", inputs)
    if len(shape) != 3 or (inputs.shape[1] != shape[0] and 1 not in (inputs.shape[1], shape[0])):
        raise InvalidValuesError(
            f"samples of shape {inputs.shape[1:]} cannot be brought to shape {shape}",
            "choose a public source of the same kind as the private data",
        )
    images = torch.from_numpy(np.ascontiguousarray(inputs))
    if images.shape[1] != shape[0]:
        images = images.mean(dim=1, keepdim=True).expand(-1, shape[0], -1, -1)
    if images.shape[2:] != shape[1:]:
        images = F.interpolate(images, size=shape[1:], mode="bilinear", align_corners=False, antialias=True)
    result: Floats = images.contiguous().numpy()
    return result
