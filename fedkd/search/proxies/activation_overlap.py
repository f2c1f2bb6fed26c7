"""Activation overlap: how well the features of a fresh network tell samples apart.

In the spirit of Mellor et al., Neural architecture search without training (ICML 2021), on which features before the
head lie above their median rather than on the signs of every ReLU. It reads networks without ReLUs too, and does not
grow with the number of layers; on the standard space it ranks better than the original (`fedkd.search.proxies`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from fedkd.models import ArchSpec
from fedkd.search.budget import Candidate
from fedkd.search.proxies.fresh import fresh_network, score_networks


@dataclass(frozen=True)
class ActivationOverlap:
    """Log determinant of one plus the kernel of agreeing features."""

    def __call__(
        self, candidates: Sequence[Candidate], inputs: NDArray[np.float32], classes: int, seed: int
    ) -> NDArray[np.float64]:
        """[K] log determinants, NaN for trees. See Proxy."""
        return score_networks(candidates, lambda spec: activation_overlap(spec, inputs, classes, seed))


def activation_overlap(spec: ArchSpec, inputs: NDArray[np.float32], classes: int, seed: int) -> float:
    """The score of one network on `inputs` [B, ...]."""
    network = fresh_network(spec, tuple(inputs.shape[1:]), classes, seed)
    with torch.inference_mode():
        features = network.body(torch.from_numpy(inputs)).flatten(1)
    active = (features > features.median(0).values).double().numpy()
    kernel = active @ active.T + (1 - active) @ (1 - active).T
    sign, logdet = np.linalg.slogdet(kernel + np.eye(len(kernel)))
    return float(logdet) if sign > 0 else 0.0
