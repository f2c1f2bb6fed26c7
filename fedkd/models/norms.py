"""Normalisation layers: GroupNorm by default, because BatchNorm's statistics break on non-IID data.

Sources: Wu & He, Group Normalization, ECCV 2018; Hsieh et al., The Non-IID Data Quagmire of Decentralized
Machine Learning, ICML 2020 (BatchNorm fails under label skew, GroupNorm does not). Both have one weight and
one bias a channel, so parameter counts do not depend on the choice; only BatchNorm has buffers.
"""

from __future__ import annotations

from torch import nn

from fedkd.models.options import Choice

NORM = Choice("group", ("group", "batch"))

_SMALLEST_GROUP = 8


def norm_layer(norm: str, channels: int) -> nn.Module:
    """The layer that `norm` (a choice of NORM) names, over `channels` channels of [B, channels, H, W]."""
    if norm == "batch":
        return nn.BatchNorm2d(channels)
    return nn.GroupNorm(channels // _group_size(channels), channels)


def _group_size(channels: int) -> int:
    # The smallest divisor from 8 on: a group of one channel on a 1 x 1 map would be normalised to nothing.
    return next((size for size in range(_SMALLEST_GROUP, channels) if channels % size == 0), channels)
