"""What every rival is given: the small CNN, the local step of FedAvg, and what the common network is worth.

Plain torch, as a user of the rival would write it: one module a process, its weights set anew for each client.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

Weights = list[NDArray[Any]]

MEAN, STD = np.float32(0.1307), np.float32(0.3081)
LEARNING_RATE, MOMENTUM = 0.05, 0.9

torch.set_num_threads(1)


@lru_cache(maxsize=1)
def load(path: str) -> dict[str, NDArray[Any]]:
    """The arrays of a workload, once a process."""
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def first_weights(path: str) -> Weights:
    """The common first weights, in the order of the state dict."""
    arrays = load(path)
    return [arrays[f"weight_{i}"] for i in range(6)]


def size(path: str) -> tuple[int, int]:
    """Number of rounds and of clients."""
    rounds, clients = load(path)["rows"].shape[:2]
    return rounds, clients


def train(path: str, client: int, round_: int, weights: Weights) -> tuple[Weights, int]:
    """One client's local step.

    Args:
        path: The workload's .npz file.
        client: Its number, from 0.
        round_: Number of the round, from 1.
        weights: The common weights.

    Returns:
        Its weights afterwards, and its number of samples.
    """
    arrays, network = load(path), _network()
    samples = len(arrays["inputs"]) // arrays["rows"].shape[1]
    own = slice(client * samples, (client + 1) * samples)
    inputs, labels = _scaled(arrays["inputs"][own]), torch.from_numpy(arrays["labels"][own])
    _set(network, weights)
    optimizer = torch.optim.SGD(network.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM, fused=True)
    for rows in arrays["rows"][round_ - 1, client].astype(np.int64):
        optimizer.zero_grad()
        F.cross_entropy(network(inputs[rows]), labels[rows]).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return [value.detach().numpy().copy() for value in network.state_dict().values()], samples


def accuracy(path: str, weights: Weights) -> float:
    """Share of the test samples that the network gets right."""
    arrays, network = load(path), _network()
    _set(network, weights)
    with torch.inference_mode():
        said = network(_scaled(arrays["test_inputs"])).argmax(-1)
    return float((said.numpy() == arrays["test_labels"]).mean())


@lru_cache(maxsize=1)
def _network() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 16, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(16 * 7 * 7, 10),
    )


def _set(network: nn.Module, weights: Weights) -> None:
    with torch.no_grad():
        for parameter, value in zip(network.parameters(), weights, strict=True):
            parameter.copy_(torch.tensor(value))


def _scaled(pixels: NDArray[Any]) -> Tensor:
    return torch.from_numpy(((pixels.astype(np.float32) / np.float32(255) - MEAN) / STD)[:, None])
