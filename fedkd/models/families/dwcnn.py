"""Depthwise separable convolutions, strided, then one linear layer.

Each layer but the first filters every channel by itself and then mixes them with a 1 x 1 convolution, without
an activation in between (Chollet, Xception, CVPR 2017, section 4.7).
"""

from __future__ import annotations

from torch import nn

from fedkd.models.family import IMAGE, NetworkFamily
from fedkd.models.network import Network, halved
from fedkd.models.options import Choice, Wholes


def assemble(input_shape: tuple[int, ...], classes: int, *, channels: tuple[int, ...], kernel: int) -> Network:
    """A layer for each entry of `channels`, each halving the image [C, H, W]."""
    width = channels[0]
    layers: list[nn.Module] = [
        nn.Conv2d(input_shape[0], width, kernel, stride=2, padding=kernel // 2),
        nn.ReLU(),
    ]
    for channel in channels[1:]:
        layers += [
            nn.Conv2d(width, width, kernel, stride=2, padding=kernel // 2, groups=width),
            nn.Conv2d(width, channel, 1),
            nn.ReLU(),
        ]
        width = channel
    height, breadth = (halved(size, len(channels)) for size in input_shape[1:])
    return Network(nn.Sequential(*layers, nn.Flatten()), nn.Linear(width * height * breadth, classes))


FAMILY = NetworkFamily(
    "dwcnn",
    IMAGE,
    {"channels": Wholes((8, 16, 32), high=512), "kernel": Choice(3, (3, 5))},
    assemble,
    vectorises=True,
)
