"""ResNet-18 (He et al., CVPR 2016, table 1) with the 3 x 3 stem that is common for CIFAR.

The stem has stride 1 up to 64 pixels and stride 2 above, and there is no max-pooling after it. [3, 32, 32]
and 10 classes: 11,173,962 parameters.
"""

from __future__ import annotations

from itertools import pairwise

from torch import nn

from fedkd.models.blocks import ResidualBlock, conv_norm, is_small
from fedkd.models.family import IMAGE, NetworkFamily
from fedkd.models.network import GlobalAverage, Network
from fedkd.models.norms import NORM

_WIDTHS = (64, 64, 128, 256, 512)


def assemble(input_shape: tuple[int, ...], classes: int, *, norm: str) -> Network:
    """Reads [C, H, W]; gives 512 features."""
    layers = [*conv_norm(input_shape[0], 64, 3, norm, 1 if is_small(input_shape) else 2), nn.ReLU()]
    for before, width in pairwise(_WIDTHS):
        stride = 1 if before == width else 2
        layers += [ResidualBlock(before, width, stride, norm), ResidualBlock(width, width, 1, norm)]
    return Network(nn.Sequential(*layers, GlobalAverage()), nn.Linear(512, classes))


FAMILY = NetworkFamily("resnet18", IMAGE, {"norm": NORM}, assemble, vectorises=False)
