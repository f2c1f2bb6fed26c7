"""Strided convolutions, then one linear layer.

The default on [1, 28, 28] with 10 classes has 9,098 parameters. Strides take the place of pooling, after
Springenberg et al., Striving for Simplicity: The All Convolutional Net, ICLR workshop 2015: they cost less,
and unlike max-pooling they gain from vmap.
"""

from __future__ import annotations

from torch import nn

from fedkd.models.family import IMAGE, NetworkFamily
from fedkd.models.network import Network, halved
from fedkd.models.options import Choice, Wholes


def assemble(input_shape: tuple[int, ...], classes: int, *, channels: tuple[int, ...], kernel: int) -> Network:
    """A layer for each entry of `channels`, each halving the image [C, H, W]."""
    layers: list[nn.Module] = []
    width = input_shape[0]
    for channel in channels:
        layers += [nn.Conv2d(width, channel, kernel, stride=2, padding=kernel // 2), nn.ReLU()]
        width = channel
    height, breadth = (halved(size, len(channels)) for size in input_shape[1:])
    return Network(nn.Sequential(*layers, nn.Flatten()), nn.Linear(width * height * breadth, classes))


FAMILY = NetworkFamily(
    "cnn",
    IMAGE,
    {"channels": Wholes((8, 16), high=512), "kernel": Choice(3, (3, 5))},
    assemble,
    vectorises=True,
)
