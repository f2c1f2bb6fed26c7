"""DeepConvLSTM (Ordóñez & Roggen, Sensors 2016, 16(1):115, figure 2), without dropout.

Each sensor channel is filtered along time by the same convolutions, unpadded as in the paper; an LSTM then
reads all maps of all channels, and its last state is the feature vector. The defaults are the paper's.
"""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from fedkd.errors import ArchitectureError
from fedkd.models.family import SENSOR, NetworkFamily
from fedkd.models.network import Network
from fedkd.models.options import Choice, Whole
from fedkd.models.recurrent import LastState


class PerChannel(nn.Module):
    """Convolutions along time that all features share."""

    def __init__(self, maps: int, convolutions: int, kernel: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in pairwise((1, *[maps] * convolutions)):
            layers += [nn.Conv2d(before, after, (1, kernel)), nn.ReLU()]
        self.layers = nn.Sequential(*layers)

    def forward(self, windows: Tensor) -> Tensor:
        """Maps [B, features x maps, shorter time] of `windows` [B, features, time]."""
        maps: Tensor = self.layers(windows.unsqueeze(1))
        return maps.flatten(1, 2)


def assemble(
    input_shape: tuple[int, ...],
    classes: int,
    *,
    maps: int,
    convolutions: int,
    kernel: int,
    hidden: int,
    layers: int,
) -> Network:
    """Reads [features, time]; gives `hidden` features.

    Raises:
        ArchitectureError: The window is too short for the unpadded convolutions.
    """
    features, time = input_shape
    shortest = convolutions * (kernel - 1) + 1
    if time < shortest:
        raise ArchitectureError(
            f"a window of {time} steps is too short for {convolutions} convolutions of {kernel} steps",
            f"use windows of {shortest} steps or more, or fewer convolutions",
        )
    lstm = nn.LSTM(features * maps, hidden, layers, batch_first=True)
    body = nn.Sequential(PerChannel(maps, convolutions, kernel), LastState(lstm))
    return Network(body, nn.Linear(hidden, classes))


FAMILY = NetworkFamily(
    "deepconvlstm",
    SENSOR,
    {
        "maps": Whole(64, high=256),
        "convolutions": Whole(4, high=8),
        "kernel": Choice(5, (3, 5, 7)),
        "hidden": Whole(128, high=512),
        "layers": Whole(2, high=4),
    },
    assemble,
    vectorises=False,
)
