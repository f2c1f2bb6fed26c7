"""MobileNetV2 at width 1.0 (Sandler et al., CVPR 2018, table 2), without dropout.

Up to 64 pixels the stem and the second stage have stride 1, as is common for CIFAR. With 3 channels and 10
classes it has 2,236,682 parameters, whatever the image size.
"""

from __future__ import annotations

from torch import nn

from fedkd.models.blocks import InvertedResidual, conv_norm, is_small
from fedkd.models.family import IMAGE, NetworkFamily
from fedkd.models.network import GlobalAverage, Network
from fedkd.models.norms import NORM

# Expansion, channels, blocks, stride of the first block: one row of table 2 each.
_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
_EARLY_STAGES = 2


def assemble(input_shape: tuple[int, ...], classes: int, *, norm: str) -> Network:
    """Reads [C, H, W]; gives 1,280 features."""
    small = is_small(input_shape)
    width = 32
    layers = [*conv_norm(input_shape[0], width, 3, norm, 1 if small else 2), nn.ReLU6()]
    for stage, (expansion, channels, blocks, first) in enumerate(_STAGES):
        for block in range(blocks):
            strided = block == 0 and not (small and stage < _EARLY_STAGES)
            layers.append(InvertedResidual(width, channels, first if strided else 1, expansion, norm))
            width = channels
    layers += [*conv_norm(width, 1280, 1, norm), nn.ReLU6(), GlobalAverage()]
    return Network(nn.Sequential(*layers), nn.Linear(1280, classes))


FAMILY = NetworkFamily("mobilenetv2", IMAGE, {"norm": NORM}, assemble, vectorises=False)
