"""The work that every framework is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fedkd.composition import compose
from fedkd.models import ArchSpec
from fedkd.scenario import Scenario

PRIVATE, PUBLIC, WORK = "private.npz", "public.npz", "work.npz"
"""Files of a workload's folder: ours to read, ours to read, the rivals' to read."""

LEARNING_RATE, MOMENTUM = 0.05, 0.9
NETWORK = ArchSpec.of("cnn", channels=(8, 16), kernel=3)
"""The small CNN: two strided convolutions and a linear layer, 9,098 parameters on 28 x 28."""

OURS = ("fedavg", "fedkdnas")
"""Methods of ours that are measured: the rivals' own, and the default."""


@dataclass(frozen=True)
class Workload:
    """FedAvg of the small CNN on MNIST-5k.

    Attributes:
        name: `training` or `trivial`.
        sites: Number of sites K.
        rounds: Number of rounds, at least 2: the first bears the start of the worker processes.
        steps: Local SGD steps a round.
        batch: Samples a step.
        samples: Private samples of a site.
        public: Samples of the public set, which FedAvg does not touch.
        test: Samples of the test set.
        seed: Names all random streams.
    """

    name: str
    sites: int
    rounds: int = 5
    steps: int = 20
    batch: int = 32
    samples: int = 64
    public: int = 500
    test: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        if self.sites < 2 or self.rounds < 2:
            raise ValueError(f"sites={self.sites} and rounds={self.rounds} must be at least 2: a round is timed alone")
        if min(self.steps, self.batch, self.samples, self.public, self.test) < 1:
            raise ValueError("steps, batch, samples, public and test must be at least 1")

    def scenario(self, method: str, processes: int, folder: Path) -> Scenario:
        """The work as a scenario of ours.

        Args:
            method: One of `OURS`.
            processes: Worker processes.
            folder: Holds the files that `write_dataset` wrote.
        """
        source = "_target_: fedkd.data.sources.NpzFile, name: MNIST-5k, layout: NHW, mean: [0.1307], std: [0.3081]"
        sgd = (f"learning_rate={LEARNING_RATE}", f"momentum={MOMENTUM}") if method == "fedavg" else ()
        return compose(
            [
                f"method={method}",
                f"method.local.steps={self.steps}",
                f"method.local.batch={self.batch}",
                *(f"method.local.optimizer.{setting}" for setting in sgd),
                "data=mnist_npz",
                f"data.source={{{source}, path: '{folder / PRIVATE}'}}",
                f"data.split.private={self.sites * self.samples}",
                f"data.split.public={self.public}",
                "data.split.test=null",
                "data.split.validation=0.0",
                "partition=natural",
                "public=other",
                f"public.source={{{source}, path: '{folder / PUBLIC}'}}",
                "search=fixed",
                f"search.network='{NETWORK.to_json()}'",
                "device=unlimited",
                f"federation.sites={self.sites}",
                f"federation.rounds={self.rounds}",
                f"runtime.processes={processes}",
                f"seed={self.seed}",
            ]
        )


def training(sites: int, rounds: int, seed: int = 0) -> Workload:
    """Local work as in use: 20 steps of 32 samples."""
    return Workload("training", sites, rounds, seed=seed)


def trivial(sites: int, rounds: int, seed: int = 0) -> Workload:
    """Next to no local work, one step of one sample: what is left is the framework itself."""
    return Workload("trivial", sites, rounds, steps=1, batch=1, seed=seed)
