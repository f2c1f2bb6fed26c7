"""Sizes of groups."""

import pytest
import torch
from torch import nn

from fedkd.models.norms import norm_layer


@pytest.mark.parametrize(("channels", "groups"), [(8, 1), (24, 3), (64, 8), (12, 1), (20, 2), (7, 1), (1, 1), (11, 1)])
def test_groups_have_eight_channels_or_all(channels, groups):
    layer = norm_layer("group", channels)
    assert isinstance(layer, nn.GroupNorm)
    assert layer.num_groups == groups


def test_groups_are_not_normalised_to_nothing_on_one_pixel():
    maps = torch.arange(24.0).reshape(1, 24, 1, 1)
    assert norm_layer("group", 24)(maps).abs().min() > 0


def test_batch_norm_is_batch_norm():
    assert isinstance(norm_layer("batch", 4), nn.BatchNorm2d)
