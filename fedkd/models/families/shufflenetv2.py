"""ShuffleNetV2 at width 0.5 (Ma et al., ECCV 2018, table 5 and figure 3).

Up to 64 pixels the stem has stride 1 and there is no max-pooling after it, as is common for CIFAR. With 3
channels and 10 classes it has 352,042 parameters, whatever the image size.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fedkd.models.blocks import conv_norm, is_small
from fedkd.models.family import IMAGE, NetworkFamily
from fedkd.models.network import GlobalAverage, Network
from fedkd.models.norms import NORM

# Channels and units of stages 2 to 4. The first unit of a stage halves the image.
_STAGES = ((48, 4), (96, 8), (192, 4))


class ShuffleUnit(nn.Module):
    """Half of the channels pass by, half are filtered, and then both are shuffled.

    In a unit of stride 2 (figure 3d), both branches read all channels, and the one that passes by is filtered
    as well.
    """

    def __init__(self, channels_in: int, channels_out: int, stride: int, norm: str) -> None:
        super().__init__()
        half = channels_out // 2
        self.is_split = stride == 1
        read = half if self.is_split else channels_in
        self.filtered = nn.Sequential(
            *conv_norm(read, half, 1, norm),
            nn.ReLU(),
            *conv_norm(half, half, 3, norm, stride, groups=half),
            *conv_norm(half, half, 1, norm),
            nn.ReLU(),
        )
        passing = [
            *conv_norm(channels_in, channels_in, 3, norm, stride, groups=channels_in),
            *conv_norm(channels_in, half, 1, norm),
            nn.ReLU(),
        ]
        self.passing = nn.Sequential(*([] if self.is_split else passing))

    def forward(self, maps: Tensor) -> Tensor:
        """[B, channels_in, H, W] → [B, channels_out, ceil(H / stride), ceil(W / stride)]."""
        left, right = maps.chunk(2, 1) if self.is_split else (maps, maps)
        pair = torch.stack([self.passing(left), self.filtered(right)], 2)
        # Stacking behind the channel axis interleaves the two halves: that is the shuffle.
        return pair.flatten(1, 2)


def assemble(input_shape: tuple[int, ...], classes: int, *, norm: str) -> Network:
    """Reads [C, H, W]; gives 1,024 features."""
    small = is_small(input_shape)
    width = 24
    layers = [*conv_norm(input_shape[0], width, 3, norm, 1 if small else 2), nn.ReLU()]
    if not small:
        layers.append(nn.MaxPool2d(3, stride=2, padding=1))
    for channels, units in _STAGES:
        layers.append(ShuffleUnit(width, channels, 2, norm))
        layers += [ShuffleUnit(channels, channels, 1, norm) for _ in range(units - 1)]
        width = channels
    layers += [*conv_norm(width, 1024, 1, norm), nn.ReLU(), GlobalAverage()]
    return Network(nn.Sequential(*layers), nn.Linear(1024, classes))


FAMILY = NetworkFamily("shufflenetv2", IMAGE, {"norm": NORM}, assemble, vectorises=False)
