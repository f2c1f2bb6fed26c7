"""From a spec to a network with initial weights, drawn from the given generator and from nothing else."""

from __future__ import annotations

import math
from typing import Protocol, runtime_checkable

import torch
from torch import nn

from fedkd.errors import ArchitectureError
from fedkd.models.arch import ArchSpec
from fedkd.models.lookup import network_family
from fedkd.models.network import Network


@runtime_checkable
class SelfInitialising(Protocol):
    """A module of a third party that sets its own parameters and buffers, its children excepted."""

    def initialise(self, generator: torch.Generator) -> None:
        """Set every own parameter and buffer."""


def build(spec: ArchSpec, input_shape: tuple[int, ...], classes: int, generator: torch.Generator) -> Network:
    """A network on the CPU, in training mode.

    Weights have PyTorch's default distributions, but not its global generator: the network is laid out
    without numbers first, then each layer is filled in the order of `modules()`.

    Args:
        spec: The architecture.
        input_shape: Shape of one sample, such as [1, 28, 28].
        classes: Number of logits.
        generator: Source of the initial weights, on the CPU. Same state: same bits.

    Raises:
        UnknownFamilyError: There is no such family.
        ArchitectureError: The options are wrong, the shape does not fit, or a layer has no rule for its
            weights.
    """
    network = network_family(spec).skeleton(spec, input_shape, classes)
    network.to_empty(device="cpu")
    with torch.no_grad():
        for module in network.modules():
            _initialise(module, generator)
    return network


def _initialise(module: nn.Module, generator: torch.Generator) -> None:
    own = [*module.parameters(recurse=False), *module.buffers(recurse=False)]
    if not own:
        return
    if isinstance(module, SelfInitialising):
        module.initialise(generator)
    elif isinstance(module, nn.Linear | nn.Conv1d | nn.Conv2d):
        # One output's weights are as many as its inputs (fan-in), in all three layouts.
        _uniform(module, 1 / math.sqrt(module.weight[0].numel()), generator)
    elif isinstance(module, nn.GRU | nn.LSTM):
        _uniform(module, 1 / math.sqrt(module.hidden_size), generator)
    elif isinstance(module, nn.GroupNorm | nn.BatchNorm1d | nn.BatchNorm2d):
        # Neither draws anything: weight 1, bias 0; BatchNorm also mean 0, variance 1, no batch seen.
        module.reset_parameters()
    else:
        raise ArchitectureError(
            f"no rule is known for the initial weights of a {type(module).__name__}",
            "give the layer a method initialise(generator)",
        )


def _uniform(module: nn.Module, bound: float, generator: torch.Generator) -> None:
    for parameter in module.parameters(recurse=False):
        parameter.uniform_(-bound, bound, generator=generator)
