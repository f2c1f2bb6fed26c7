"""A family of networks."""

from torch import nn

from fedkd.models import Network
from fedkd.models.family import NetworkFamily
from fedkd.models.options import Whole


def assemble(input_shape, classes, *, width):
    """One hidden layer of hyperbolic tangents."""
    return Network(nn.Sequential(nn.Linear(input_shape[0], width), nn.Tanh()), nn.Linear(width, classes))


FAMILY = NetworkFamily("tanh", frozenset({"table"}), {"width": Whole(8)}, assemble, vectorises=True)
