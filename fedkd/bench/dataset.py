"""The data of a workload, as files that frameworks of any kind can read.

MNIST-5k is too small to give a thousand sites samples of their own, so each site draws its samples with replacement:
real digits, and the same for everybody. What a benchmark measures does not depend on who owns which digit.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedkd.bench.workload import NETWORK, PRIVATE, PUBLIC, WORK, Workload
from fedkd.data import FederatedData
from fedkd.data.sources import Mnist5k
from fedkd.files import disk_errors
from fedkd.learning import draw_rows
from fedkd.models import initial_arrays
from sim.streams import Streams

MEAN, STD = 0.1307, 0.3081


def write_dataset(workload: Workload, folder: Path) -> None:
    """Write the three files of a workload.

    `private.npz` and `public.npz` are what our scenario reads. `work.npz` holds the same samples site by site
    (`inputs` [K * samples, 28, 28] uint8, `labels` [K * samples] int64, `test_inputs`, `test_labels`), the rows of
    every step (`rows` [rounds, K, steps, batch] uint8) and the first weights (`weight_0` and so on, in the order of the
    state dict), so that a rival takes the very same steps.

    Raises:
        DiskError: The folder cannot be written.
    """
    streams = Streams(workload.seed)
    corpus = Mnist5k().load().train
    pixels, labels = _pixels(corpus.inputs), corpus.targets
    order = streams.generator("bench", "split").permutation(len(labels))
    by_class = [order[labels[order] == c][: max(workload.test // 10, 1)] for c in range(10)]
    test = np.concatenate(by_class)
    rest = order[~np.isin(order, test)]
    public, pool = rest[: workload.public], rest[workload.public :]
    draws = [
        streams.generator(f"site-{k}", "bench-samples").choice(pool, workload.samples) for k in range(workload.sites)
    ]
    owned, owners = np.concatenate(draws), np.repeat(np.arange(workload.sites), workload.samples)
    with disk_errors(folder):
        held_out = {"x_test": pixels[test], "y_test": labels[test]}
        np.savez(folder / PRIVATE, x_train=pixels[owned], y_train=labels[owned], owner=owners, **held_out)
        np.savez(folder / PUBLIC, x_train=pixels[public], y_train=labels[public])
        arrays: Any = _work(workload, folder, streams)  # numpy takes any name for a switch of its own
        np.savez(folder / WORK, **arrays)


def _work(workload: Workload, folder: Path, streams: Streams) -> dict[str, NDArray[np.generic]]:
    """What our federation will do, spelled out."""
    data = _dealt(workload, folder, streams)
    width = max(2, len(str(workload.sites - 1)))
    names = [f"site-{k:0{width}d}" for k in range(workload.sites)]
    rows = [
        [
            draw_rows(streams.generator(name, "private-rows", r), workload.samples, workload.steps, workload.batch)
            for name in names
        ]
        for r in range(1, workload.rounds + 1)
    ]
    seed = streams.integer("federation", "init", NETWORK.to_json())
    weights = initial_arrays(NETWORK, data.input_shape, data.classes, seed)
    return {
        "inputs": _pixels(np.concatenate([site.train.inputs for site in data.sites])),
        "labels": np.concatenate([site.train.targets for site in data.sites]),
        "test_inputs": _pixels(data.test.inputs),
        "test_labels": data.test.targets,
        "rows": np.array(rows, np.uint8),
        **{f"weight_{i}": array for i, array in enumerate(weights.values())},
    }


def _dealt(workload: Workload, folder: Path, streams: Streams) -> FederatedData:
    scenario = workload.scenario("fedavg", 1, folder)
    return scenario.task.load(scenario.data, scenario.partition, scenario.public, workload.sites, streams)


def _pixels(inputs: NDArray[np.float32]) -> NDArray[np.uint8]:
    """[N, 28, 28] bytes of scaled images [N, 1, 28, 28]."""
    return np.asarray(np.rint((inputs[:, 0] * STD + MEAN) * 255), np.uint8)
