"""Initial weights: seeds, bounds, layers of third parties."""

import math

import pytest
import torch
from torch import nn

from fedkd.errors import ArchitectureError
from fedkd.models.arch import ArchSpec
from fedkd.models.build import build
from fedkd.models.family import ANY, NetworkFamily
from fedkd.models.network import Network

from .cases import CASES, network


@pytest.mark.parametrize("case", CASES)
def test_same_seed_same_bits_and_no_global_draw(case):
    state = torch.get_rng_state()
    one, same, other = (network(case, seed).state_dict() for seed in (7, 7, 8))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(
    ("case", "name", "bound"),
    [
        ("cnn", "body.0.weight", 1 / math.sqrt(1 * 25)),
        ("cnn", "body.2.bias", 1 / math.sqrt(4 * 25)),
        ("dwcnn", "body.2.weight", 1 / 3),  # depthwise: nine inputs
        ("cnn1d", "body.2.weight", 1 / math.sqrt(4 * 5)),
        ("mlp", "body.1.weight", 1 / math.sqrt(6)),
        ("gru", "body.recurrent.weight_hh_l1", 1 / 2),
        ("deepconvlstm", "body.1.recurrent.bias_ih_l0", 1 / 2),
    ],
)
def test_weights_have_the_default_bounds_of_torch(case, name, bound):
    values = torch.cat([network(case, seed).state_dict()[name].flatten() for seed in range(20)])
    assert bound * 0.8 < values.abs().max() <= bound
    assert values.mean().abs() < bound / 4


def test_norms_start_neutral():
    layers = [module for module in network("irnet-batch").modules() if isinstance(module, nn.BatchNorm2d)]
    assert layers
    for layer in layers:
        assert torch.equal(layer.weight, torch.ones_like(layer.weight))
        assert not layer.bias.any()
        assert not layer.running_mean.any()
        assert torch.equal(layer.running_var, torch.ones_like(layer.running_var))
        assert layer.num_batches_tracked == 0


class Scale(nn.Module):
    """A layer that `build` does not know."""

    def __init__(self) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.empty(2))

    def forward(self, x):
        return x * self.factor


class SelfMade(Scale):
    """A layer that `build` asks."""

    def initialise(self, generator):
        self.factor.uniform_(2, 3, generator=generator)


def family_with(layer):
    return NetworkFamily(
        "theirs", ANY, {}, lambda shape, classes: Network(layer(), nn.Linear(2, classes)), vectorises=False
    )


UNKNOWN, KNOWN = family_with(Scale), family_with(SelfMade)


def test_layers_of_third_parties_initialise_themselves():
    generator = torch.Generator().manual_seed(0)
    net = build(ArchSpec.of(f"{__name__}.KNOWN"), (2,), 3, generator)
    assert (net.body.factor >= 2).all()
    with pytest.raises(ArchitectureError, match="weights of a Scale"):
        build(ArchSpec.of(f"{__name__}.UNKNOWN"), (2,), 3, generator)
