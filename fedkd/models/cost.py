"""What a model costs: parameters, multiplications, memory. Counted on the meta device, nothing is computed.

Training with Adam at batch B needs about

    4 bytes x (4 x parameters + B x activations)

because every parameter has a weight, a gradient and two moments, and every layer's output is kept for the
backward pass. This is an estimate from above for the activations (an in-place or freed output is counted
nevertheless), and leaves out the interpreter and the libraries, some 300 MB with torch. Tree learners have
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
from torch.utils.flop_counter import FlopCounterMode

from fedkd.models.arch import ArchSpec
from fedkd.models.learner import LearnerFamily
from fedkd.models.lookup import find_family, network_family
from fedkd.models.network import Network

_BYTES = 4
_ADAM_COPIES = 4
_REFERENCE_BATCH = 32


@dataclass(frozen=True)
class Cost:
    """What one model costs.

    Attributes:
        parameters: Trained numbers, without buffers. Of tree learners: the most numbers they may store.
        macs: Multiply-accumulates in matrix products and convolutions, forward, one sample. Of tree learners:
            comparisons.
        activation_bytes: Outputs of all layers that training keeps, one sample. Of tree learners: 0.
        peak_bytes: `training_bytes` at batch 32, to compare models by.
    """

    parameters: int
    macs: int
    activation_bytes: int
    peak_bytes: int


def training_bytes(cost: Cost, batch: int) -> int:
    """Peak memory of a training step with Adam at `batch` samples, in bytes (formula above)."""
    return _training_bytes(cost.parameters, cost.activation_bytes, batch)


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
        return _cost(size.numbers, size.comparisons, 0)
    # In evaluation mode, since BatchNorm refuses to train on one sample; the count is the same.
    network = network_family(spec).skeleton(spec, input_shape, classes).eval()
    macs, activations = _forward_counts(network, input_shape)
    return _cost(sum(parameter.numel() for parameter in network.parameters()), macs, _BYTES * activations)


def _cost(parameters: int, macs: int, activation_bytes: int) -> Cost:
    peak_bytes = _training_bytes(parameters, activation_bytes, _REFERENCE_BATCH)
    return Cost(parameters, macs, activation_bytes, peak_bytes)


def _training_bytes(parameters: int, activation_bytes: int, batch: int) -> int:
    return _BYTES * _ADAM_COPIES * parameters + batch * activation_bytes


def _forward_counts(network: Network, input_shape: tuple[int, ...]) -> tuple[int, int]:
    """Multiply-accumulates and kept numbers of one sample's forward pass."""
    kept: list[int] = []
    leaves = [module for module in network.modules() if not list(module.children())]
    hooks = [leaf.register_forward_hook(_counting(kept)) for leaf in leaves]
    # On the meta device recurrent layers fall apart into matrix products, which the counter sees; the CPU's
    # fused kernels it would count as nothing.
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(torch.empty(1, *input_shape, device="meta"))
    for hook in hooks:
        hook.remove()
    return counter.get_total_flops() // 2, sum(kept)


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
