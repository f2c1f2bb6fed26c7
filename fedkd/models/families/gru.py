"""A gated recurrent network (Cho et al., EMNLP 2014); its last hidden state is the feature vector."""

from __future__ import annotations

from torch import nn

from fedkd.models.family import SENSOR, NetworkFamily
from fedkd.models.network import Network
from fedkd.models.options import Whole
from fedkd.models.recurrent import LastState


def assemble(input_shape: tuple[int, ...], classes: int, *, hidden: int, layers: int) -> Network:
    """Reads [features, time]; gives `hidden` features."""
    body = LastState(nn.GRU(input_shape[0], hidden, layers, batch_first=True))
    return Network(body, nn.Linear(hidden, classes))


FAMILY = NetworkFamily(
    "gru", SENSOR, {"hidden": Whole(32, high=512), "layers": Whole(1, high=4)}, assemble, vectorises=False
)
