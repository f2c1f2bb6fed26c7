"""Networks as they are before any training, for proxies to look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from fedkd.models import ArchSpec, Network, initial_arrays, is_forest, skeleton
from fedkd.search.budget import Candidate


def fresh_network(spec: ArchSpec, shape: tuple[int, ...], classes: int, seed: int) -> Network:
    """A network with initial weights, in evaluation mode: nothing is to be learnt, running statistics included."""
    network = skeleton(spec, shape, classes).to_empty(device="cpu")
    network.load_state_dict({k: torch.from_numpy(v) for k, v in initial_arrays(spec, shape, classes, seed).items()})
    return network.eval()


def score_networks(candidates: Sequence[Candidate], score: Callable[[ArchSpec], float]) -> NDArray[np.float64]:
    """[K] score of each network, NaN for trees."""
    return np.array([np.nan if is_forest(c.spec) else score(c.spec) for c in candidates], np.float64)
