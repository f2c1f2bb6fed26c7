"""Synaptic flow: how much of an all-ones input reaches the output.

Tanaka et al., Pruning neural networks without any data by iteratively conserving synaptic flow (NeurIPS 2020), as a
proxy after Abdelfattah et al., Zero-cost proxies for lightweight NAS (ICLR 2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch.func import functional_call

from fedkd.models import ArchSpec, initial_arrays, skeleton
from fedkd.search.budget import Candidate
from fedkd.search.proxies.fresh import score_networks


@dataclass(frozen=True)
class SynFlow:
    """Log of the sum of |w dR/dw| with R the output for an all-ones input and all weights made positive."""

    def __call__(
        self, candidates: Sequence[Candidate], inputs: NDArray[np.float32], classes: int, seed: int
    ) -> NDArray[np.float64]:
        """[K] logarithms, NaN for trees; only the shape of `inputs` counts. See Proxy."""
        shape = tuple(inputs.shape[1:])
        return score_networks(candidates, lambda spec: synflow(spec, shape, classes, seed))


@lru_cache(maxsize=4096)
def synflow(spec: ArchSpec, shape: tuple[int, ...], classes: int, seed: int) -> float:
    """The score of one network, kept for a second search. float64, since products of layers overflow float32."""
    module = skeleton(spec, shape, classes).eval()
    arrays = initial_arrays(spec, shape, classes, seed)
    trainable = {name for name, _ in module.named_parameters()}
    state = {name: torch.from_numpy(np.array(array, np.float64)).abs() for name, array in arrays.items()}
    weights = {name: tensor.requires_grad_() for name, tensor in state.items() if name in trainable}
    output = functional_call(module, {**state, **weights}, (torch.ones((1, *shape), dtype=torch.float64),))
    gradients = torch.autograd.grad(output.sum(), list(weights.values()))
    flow = sum(float((w.detach() * g).abs().sum()) for w, g in zip(weights.values(), gradients, strict=True))
    return float(np.log(max(flow, 1e-300)))
