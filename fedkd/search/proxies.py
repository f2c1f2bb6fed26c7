"""Zero-cost proxies: how good a network may become, without training it.

None of them consistently beats the plain number of parameters (Li et al., ZiCo, ICLR 2023), so that is always
one of the voters. They are computed once per ArchSpec, not once per site.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import rankdata
from torch.func import functional_call

from fedkd.models import ArchSpec, initial_arrays, is_forest, skeleton
from fedkd.search.budget import Candidate


def vote(candidates: Sequence[Candidate], inputs: NDArray[np.float32], classes: int, seed: int) -> NDArray[np.float64]:
    """Mean rank in (0, 1] of each candidate over the proxies; 1 is best.

    Args:
        candidates: Networks to compare.
        inputs: [B, ...] unlabelled samples.
        classes: Number of classes.
        seed: Seed of the initial weights.
    """
    shape = tuple(inputs.shape[1:])
    scores = [
        [float(np.log(c.cost.parameters)) for c in candidates],
        [0.0 if is_forest(c.spec) else synflow(c.spec, shape, classes, seed) for c in candidates],
        [0.0 if is_forest(c.spec) else activation_overlap(c.spec, inputs, classes, seed) for c in candidates],
    ]
    return np.asarray(np.mean([rankdata(s) / len(candidates) for s in scores], axis=0))


def synflow(spec: ArchSpec, shape: tuple[int, ...], classes: int, seed: int) -> float:
    """Log of the sum of |w dR/dw| with R the output for an all-ones input and all weights made positive.

    Tanaka et al., Pruning neural networks without any data by iteratively conserving synaptic flow (2020),
    as a proxy after Abdelfattah et al. (ICLR 2021). float64, since products of layers overflow float32.
    """
    module = skeleton(spec, shape, classes).eval()
    arrays = initial_arrays(spec, shape, classes, seed)
    trainable = {name for name, _ in module.named_parameters()}
    state = {name: torch.from_numpy(np.array(array, np.float64)).abs() for name, array in arrays.items()}
    weights = {name: tensor.requires_grad_() for name, tensor in state.items() if name in trainable}
    output = functional_call(module, {**state, **weights}, (torch.ones((1, *shape), dtype=torch.float64),))
    gradients = torch.autograd.grad(output.sum(), list(weights.values()))
    flow = sum(float((w.detach() * g).abs().sum()) for w, g in zip(weights.values(), gradients, strict=True))
    return float(np.log(max(flow, 1e-300)))


def activation_overlap(spec: ArchSpec, inputs: NDArray[np.float32], classes: int, seed: int) -> float:
    """Log determinant of the kernel of activation patterns: how well a fresh network tells samples apart.

    Mellor et al., Neural architecture search without training (ICML 2021), on the sign pattern of the features
    before the head rather than of every layer, in the spirit of the paper.
    """
    shape = tuple(inputs.shape[1:])
    module = skeleton(spec, shape, classes).eval()
    state = {k: torch.from_numpy(v) for k, v in initial_arrays(spec, shape, classes, seed).items()}
    seen: list[torch.Tensor] = []
    handle = module.get_submodule("body").register_forward_hook(lambda _m, _i, out: seen.append(out))
    with torch.inference_mode():
        functional_call(module, state, (torch.from_numpy(inputs),))
    handle.remove()
    active = (seen[0].flatten(1) > seen[0].flatten(1).median(0).values).double().numpy()
    kernel = active @ active.T + (1 - active) @ (1 - active).T
    sign, logdet = np.linalg.slogdet(kernel + np.eye(len(kernel)))
    return float(logdet) if sign > 0 else 0.0
