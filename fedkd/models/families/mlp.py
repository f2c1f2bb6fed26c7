"""Fully connected layers over flattened samples. `hidden=()` is multinomial logistic regression."""

from __future__ import annotations

import math
from itertools import pairwise

from torch import nn

from fedkd.models.family import ANY, NetworkFamily
from fedkd.models.network import Network
from fedkd.models.options import Wholes


def assemble(input_shape: tuple[int, ...], classes: int, *, hidden: tuple[int, ...]) -> Network:
    """A hidden layer for each entry of `hidden`."""
    widths = (math.prod(input_shape), *hidden)
    layers: list[nn.Module] = [nn.Flatten()]
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return Network(nn.Sequential(*layers), nn.Linear(widths[-1], classes))


FAMILY = NetworkFamily("mlp", ANY, {"hidden": Wholes((64,), shortest=0)}, assemble, vectorises=True)
