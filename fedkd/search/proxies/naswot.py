"""NASWOT: how well the ReLUs of a fresh network tell the samples of one minibatch apart.

Mellor et al., Neural architecture search without training (ICML 2021), equation 2 and algorithm 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fedkd.models import ArchSpec
from fedkd.search.budget import Candidate
from fedkd.search.proxies.fresh import fresh_network, score_networks


@dataclass(frozen=True)
class Naswot:
    """Log determinant of the kernel K[i, j] = units - Hamming distance of the codes of samples i and j.

    The code of a sample is the sign pattern of all ReLU layers. Networks without any have no code, so it is silent on
    them.
    """

    def __call__(
        self, candidates: Sequence[Candidate], inputs: NDArray[np.float32], classes: int, seed: int
    ) -> NDArray[np.float64]:
        """[K] log determinants, NaN for trees and networks without ReLUs. See Proxy."""
        return score_networks(candidates, lambda spec: naswot(spec, inputs, classes, seed))


def naswot(spec: ArchSpec, inputs: NDArray[np.float32], classes: int, seed: int) -> float:
    """The score of one network on `inputs` [B, ...]."""
    network = fresh_network(spec, tuple(inputs.shape[1:]), classes, seed)
    codes: list[Tensor] = []
    for layer in network.modules():
        if isinstance(layer, nn.ReLU | nn.ReLU6):
            layer.register_forward_hook(lambda _layer, _inputs, output: codes.append((output > 0).flatten(1)))
    with torch.inference_mode():
        network(torch.from_numpy(inputs))
    return log_determinant(torch.cat(codes, 1).double().numpy()) if codes else float("nan")


def log_determinant(codes: NDArray[np.float64]) -> float:
    """Log determinant of the kernel of `codes` [B, units], each 0 or 1.

    With fewer units than samples, or two samples of one code, the determinant is 0. To rank such networks among
    themselves, eigenvalues below rounding error count as rounding error.
    """
    kernel = codes @ codes.T + (1 - codes) @ (1 - codes).T
    eigenvalues = np.linalg.eigvalsh(kernel)
    rounding = len(kernel) * np.finfo(np.float64).eps * eigenvalues[-1]
    return float(np.log(np.maximum(eigenvalues, rounding)).sum())
