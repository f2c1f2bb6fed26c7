"""Both ways to count products agree, and the short one is taken only where it sees them all."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from fedkd.models import ArchSpec, macs, skeleton
from fedkd.models.family import NetworkFamily
from fedkd.models.lookup import family_names, find_family

SHAPES = {"image": (3, 32, 32), "sensor": (4, 40), "table": (12,)}
NETWORKS = [find_family(name) for name in family_names()]
CASES = [
    (family.name, SHAPES[modality])
    for family in NETWORKS
    if isinstance(family, NetworkFamily)
    for modality in sorted(family.modalities)
]


def counts(family: str, shape: tuple[int, ...]) -> tuple[int, int]:
    network = skeleton(ArchSpec.of(family), shape, 10).eval()
    sample = torch.empty(1, *shape, device="meta")
    return macs.multiplications(network, sample), macs.by_torch(network, sample)


@pytest.mark.parametrize(("family", "shape"), CASES, ids=str)
def test_every_family_counts_what_torch_counts(family, shape):
    ours, torchs = counts(family, shape)

    assert ours == torchs > 0


@pytest.mark.parametrize("family", ["cnn", "mlp", "resnet18"])
def test_usual_networks_are_counted_by_layers(family, monkeypatch):
    monkeypatch.setattr(macs, "by_torch", lambda *_: pytest.fail("torch was asked"))

    spec, shape = ArchSpec.of(family), (3, 32, 32)
    assert macs.multiplications(skeleton(spec, shape, 10).eval(), torch.empty(1, *shape, device="meta")) > 0


class Similarity(nn.Module):
    """Multiplies in its own forward pass."""

    def forward(self, x):
        return x @ x.transpose(1, 2)


class Attention(nn.Module):
    """Multiplies with weights of its own."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2)

    def forward(self, x):
        return self.attention(x, x, x)[0]


@pytest.mark.parametrize(("module", "least"), [(Similarity(), 3 * 3 * 4), (Attention(), 3 * 4 * 4 * 4)], ids=str)
def test_products_outside_layers_are_left_to_torch(module, least):
    network = nn.Sequential(nn.ReLU(), module).to("meta").eval()

    assert macs.multiplications(network, torch.empty(1, 3, 4, device="meta")) >= least


def test_attention_is_not_taken_for_an_activation():
    assert type(nn.MultiheadAttention(4, 2)).__module__ == type(nn.ReLU()).__module__
    assert macs._is_plain(nn.ReLU())
    assert not macs._is_plain(nn.MultiheadAttention(4, 2))
