"""Strided convolutions along time, the mean over time, one linear layer.

In the spirit of the fully convolutional network of Wang, Yan & Oates, Time Series Classification from
Scratch, IJCNN 2017, with strides in place of batch normalisation's full-length maps. Its size does not depend
on the window's length.
"""

from __future__ import annotations

from itertools import pairwise

from torch import nn

from fedkd.models.family import SENSOR, NetworkFamily
from fedkd.models.network import GlobalAverage, Network
from fedkd.models.options import Choice, Wholes


def assemble(input_shape: tuple[int, ...], classes: int, *, channels: tuple[int, ...], kernel: int) -> Network:
    """A layer for each entry of `channels`, each halving the time axis of [features, time]."""
    layers: list[nn.Module] = []
    for before, after in pairwise((input_shape[0], *channels)):
        layers += [nn.Conv1d(before, after, kernel, stride=2, padding=kernel // 2), nn.ReLU()]
    return Network(nn.Sequential(*layers, GlobalAverage()), nn.Linear(channels[-1], classes))


FAMILY = NetworkFamily(
    "cnn1d",
    SENSOR,
    {"channels": Wholes((16, 32), high=512), "kernel": Choice(5, (3, 5, 7))},
    assemble,
    vectorises=True,
)
