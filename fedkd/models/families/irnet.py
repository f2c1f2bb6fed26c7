"""A small network of inverted residual blocks, in the spirit of MobileNetV2 (Sandler et al., CVPR 2018).

A strided convolution to `width` channels, then `depth` blocks. Every second block, from the first on, halves
the image and doubles the channels; the ones between keep both and have a shortcut.
"""

from __future__ import annotations

from torch import nn

from fedkd.models.blocks import InvertedResidual, conv_norm
from fedkd.models.family import IMAGE, NetworkFamily
from fedkd.models.network import GlobalAverage, Network
from fedkd.models.norms import NORM
from fedkd.models.options import Whole


def assemble(
    input_shape: tuple[int, ...], classes: int, *, width: int, expansion: int, depth: int, norm: str
) -> Network:
    """Reads [C, H, W]; gives width x 2 ** ceil(depth / 2) features."""
    layers = [*conv_norm(input_shape[0], width, 3, norm, stride=2), nn.ReLU6()]
    for block in range(depth):
        stride = 2 if block % 2 == 0 else 1
        layers.append(InvertedResidual(width, width * stride, stride, expansion, norm))
        width *= stride
    return Network(nn.Sequential(*layers, GlobalAverage()), nn.Linear(width, classes))


FAMILY = NetworkFamily(
    "irnet",
    IMAGE,
    {"width": Whole(8, high=64), "expansion": Whole(4, high=8), "depth": Whole(3, high=8), "norm": NORM},
    assemble,
    vectorises=True,
)
