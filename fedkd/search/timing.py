"""How long networks take on this machine, on one thread."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch

from fedkd.distill import LABEL, hard_labels
from fedkd.learning import Feed, Job, Optimizer, Store, fresh_model
from fedkd.learning.network import train_networks
from fedkd.models import ArchSpec
from fedkd.search.proxies.fresh import fresh_network

_STEPS = 4


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute on one thread, as sites do."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def forward_us(spec: ArchSpec, shape: tuple[int, ...], classes: int, repeats: int) -> float:
    """Median time of one forward pass of one sample, in microseconds.

    Args:
        spec: A network.
        shape: Shape of one sample.
        classes: Number of classes.
        repeats: Passes that are timed, after a few that are not.
    """
    network, sample = fresh_network(spec, shape, classes, seed=0), torch.zeros((1, *shape))
    with one_thread(), torch.inference_mode():
        return _median_us(lambda: network(sample), repeats, warm_up=3)


def step_us(spec: ArchSpec, shape: tuple[int, ...], classes: int, batch: int, repeats: int) -> float:
    """Median time of a training step of `batch` samples with Adam, in microseconds.

    The local step of the federation is timed, four steps a job, with the fourth part of what a job needs to begin.
    """
    with one_thread():
        return _median_us(lambda: train_steps(spec, shape, classes, batch, _STEPS), repeats, warm_up=1) / _STEPS


def train_steps(spec: ArchSpec, shape: tuple[int, ...], classes: int, batch: int, steps: int) -> None:
    """Train a fresh network as a site would."""
    store: Store = {"inputs": np.zeros((batch, *shape), np.float32), "labels": np.arange(batch) % classes}
    rows = np.tile(np.arange(batch), (steps, 1))
    job = Job((Feed("inputs", {LABEL: "labels"}, rows, hard_labels(1.0)),), Optimizer(), seed=0)
    train_networks([fresh_model(spec, shape, classes, 0)], [job], store, shape, classes)


def _median_us(work: Callable[[], object], repeats: int, warm_up: int) -> float:
    for _ in range(warm_up):
        work()
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1e6
