"""What a model costs: parameters, multiplications, layers, memory. Counted on the meta device, nothing is computed.

Training with Adam at batch B needs at most

    4 bytes x 4 x parameters + B x (3 x activations + 2 x input) + 16 kB

because every parameter has a weight, a gradient and two moments; every layer's output is kept for the backward pass,
beside its gradient and the kernels' working copies of both; the samples are copied into a batch; and kernels need some
kilobytes of their own. The numbers of copies are those that no network of the standard space was measured to exceed
(`fedkd.search.memory`). The interpreter and the libraries come on top, some 300 MB with torch. Tree learners have
neither gradients nor moments, but scikit-learn grows them in about as much: 64 + 8 C bytes a node instead of
4 x (4 + C).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn

from fedkd.models.arch import ArchSpec
from fedkd.models.learner import LearnerFamily
from fedkd.models.lookup import find_family, network_family
from fedkd.models.macs import multiplications
from fedkd.models.network import Network
from sim.device import PASSES, Effort

_BYTES = 4
_ADAM_COPIES = 4
_ACTIVATION_COPIES = 3
_INPUT_COPIES = 2
_WORKSPACE_BYTES = 16 * 1024


@dataclass(frozen=True)
class Cost:
    """What one model costs.

    Attributes:
        parameters: Trained numbers, without buffers. Of tree learners: the most numbers they may store.
        macs: Multiply-accumulates in matrix products and convolutions, forward, one sample. Of tree learners:
            comparisons.
        activation_bytes: Outputs of all layers that training keeps, one sample. Of tree learners: 0.
        layers: Modules that compute something, each of which takes its time to start. Of tree learners: 1.
    """

    parameters: int
    macs: int
    activation_bytes: int
    layers: int

    def training(self, samples: int, steps: int) -> Effort:
        """What it takes to train on so many samples in so many steps, batches counted with repetition."""
        return Effort(float(PASSES * self.macs * samples), float(PASSES * self.layers * steps))

    def asking(self, samples: int) -> Effort:
        """What it takes to answer for so many samples, in one batch."""
        return Effort(float(self.macs * samples), float(self.layers if samples else 0))


def step_bytes(cost: Cost, input_bytes: int, batch: int) -> int:
    """Peak memory of a training step with Adam, in bytes, from above (formula above).

    Args:
        cost: Of the model.
        input_bytes: One sample.
        batch: Samples of a step.
    """
    a_sample = _ACTIVATION_COPIES * cost.activation_bytes + _INPUT_COPIES * input_bytes
    return _BYTES * _ADAM_COPIES * cost.parameters + batch * a_sample + _WORKSPACE_BYTES


@lru_cache(maxsize=4096)
def measure(spec: ArchSpec, input_shape: tuple[int, ...], classes: int) -> Cost:
    """The cost of the network or learner that is made of the same arguments.

    Raises:
        UnknownFamilyError: There is no such family.
        ArchitectureError: The options are wrong, or the shape does not fit.
    """
    family = find_family(spec.family)
    if isinstance(family, LearnerFamily):
        family.check(input_shape, classes)
        size = family.size(math.prod(input_shape), classes, **dict(family.complete(spec).options))
        return Cost(size.numbers, size.comparisons, 0, 1)
    # In evaluation mode, since BatchNorm refuses to train on one sample; the count is the same.
    network = network_family(spec).skeleton(spec, input_shape, classes).eval()
    kept, macs = _forward_counts(network, input_shape)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    return Cost(parameters, macs, _BYTES * sum(kept), len(kept))


def _forward_counts(network: Network, input_shape: tuple[int, ...]) -> tuple[list[int], int]:
    """Numbers that each layer keeps of one sample's forward pass, and its multiply-accumulates."""
    kept: list[int] = []
    leaves = [module for module in network.modules() if not list(module.children())]
    hooks = [leaf.register_forward_hook(_counting(kept)) for leaf in leaves]
    macs = multiplications(network, torch.empty(1, *input_shape, device="meta"))
    for hook in hooks:
        hook.remove()
    return kept, macs


def _counting(
    kept: list[int],
) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor | tuple[Tensor, ...]], None]:
    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor | tuple[Tensor, ...]) -> None:
        if isinstance(module, nn.GRU | nn.LSTM):
            # A step keeps its gates and its state (an LSTM also its cell) in every layer.
            batch, time, _ = inputs[0].shape
            per_step = 4 if isinstance(module, nn.GRU) else 6
            kept.append(batch * time * module.num_layers * module.hidden_size * per_step)
        elif isinstance(output, Tensor) and not isinstance(module, nn.Flatten | nn.Sequential):
            # Flatten and an empty Sequential (a shortcut) give back their input.
            kept.append(math.prod(output.shape))

    return count
