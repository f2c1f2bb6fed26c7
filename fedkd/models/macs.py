"""Multiply-accumulates of a forward pass, counted on the meta device.

torch's own counter sees every product, and imports torch's compiler, two seconds of CPU. Networks that are made of
linear layers and convolutions alone are counted without it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call

_PRODUCTS = (nn.Linear, nn.Conv1d, nn.Conv2d)
_ELEMENTWISE = (nn.BatchNorm1d, nn.BatchNorm2d, nn.GroupNorm, nn.Identity)
_FREE = tuple(f"torch.nn.modules.{name}" for name in ("activation", "container", "dropout", "flatten", "pooling"))
_OURS = "fedkd.models."


def multiplications(network: nn.Module, sample: Tensor) -> int:
    """Multiply-accumulates in matrix products and convolutions of one pass.

    Args:
        network: On the meta device, in evaluation mode.
        sample: [1, ...] on the meta device.
    """
    with torch.no_grad():
        return by_layers(network, sample) if all(map(_is_plain, network.modules())) else by_torch(network, sample)


def _is_plain(module: nn.Module) -> bool:
    """Whether nothing is multiplied in it but by layers below. Our own modules only put layers together."""
    if isinstance(module, (*_PRODUCTS, *_ELEMENTWISE)):
        return True
    kind = type(module).__module__
    # Attention stands among the activations, with weights of its own.
    return (kind in _FREE or kind.startswith(_OURS)) and not list(module.parameters(recurse=False))


def by_layers(network: nn.Module, sample: Tensor) -> int:
    """One product for each output number of a layer and each weight that goes into it."""
    macs: list[int] = []

    def count(layer: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        weight = layer.weight
        assert isinstance(weight, Tensor)
        macs.append(output.numel() * weight[0].numel())

    hooks = [module.register_forward_hook(count) for module in network.modules() if isinstance(module, _PRODUCTS)]
    # Zeros that take no memory, since even a ReLU of the meta device imports the compiler.
    state = {n: torch.zeros((), dtype=t.dtype).expand(t.shape) for n, t in network.state_dict().items()}
    functional_call(network, state, (torch.zeros(sample.shape),))
    for hook in hooks:
        hook.remove()
    return sum(macs)


def by_torch(network: nn.Module, sample: Tensor) -> int:
    """What torch counts."""
    from torch.utils.flop_counter import FlopCounterMode

    # On the meta device recurrent layers fall apart into matrix products, which the counter sees; the CPU's
    # fused kernels it would count as nothing.
    with FlopCounterMode(display=False) as counter:
        network(sample)
    return int(counter.get_total_flops()) // 2
