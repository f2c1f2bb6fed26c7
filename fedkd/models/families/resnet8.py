"""ResNet-8 for small images: 3 stages of one block (He et al., CVPR 2016, section 4.2, n = 1).

Shortcuts that change shape are 1 x 1 convolutions (the paper's option B). [3, 32, 32], 10 classes: 78,042
parameters.
"""

from __future__ import annotations

from torch import nn

from fedkd.models.blocks import ResidualBlock, conv_norm
from fedkd.models.family import IMAGE, NetworkFamily
from fedkd.models.network import GlobalAverage, Network
from fedkd.models.norms import NORM


def assemble(input_shape: tuple[int, ...], classes: int, *, norm: str) -> Network:
    """Reads [C, H, W]; gives 64 features."""
    body = nn.Sequential(
        *conv_norm(input_shape[0], 16, 3, norm),
        nn.ReLU(),
        ResidualBlock(16, 16, 1, norm),
        ResidualBlock(16, 32, 2, norm),
        ResidualBlock(32, 64, 2, norm),
        GlobalAverage(),
    )
    return Network(body, nn.Linear(64, classes))


FAMILY = NetworkFamily("resnet8", IMAGE, {"norm": NORM}, assemble, vectorises=False)
