"""What a federation is put together from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fedkd.data import FederatedData, View
from fedkd.federation.conditions import Conditions
from fedkd.learning import Learner, Store
from fedkd.methods import Method
from fedkd.search import SearchStrategy
from fedkd.tasks import Task
from fedkd.wire import Limits
from sim.device import DeviceProfile, assign, individual
from sim.streams import Streams


@dataclass(frozen=True)
class Parts:
    """What a federation is put together from.

    Attributes:
        task: What is learnt.
        data: Dealt out.
        view: How inputs may be varied.
        method: How the sites learn together.
        search: How a site finds its network.
        devices: Classes of devices.
        batch: Samples of a training step, for peak memory.
        conditions: Who is there, who lies, when rounds end, how messages travel.
        learner: Trains and asks models.
        rounds: Number of rounds.
        streams: Random streams.
        limits: What a message may hold.
    """

    task: Task
    data: FederatedData
    view: View
    method: Method
    search: SearchStrategy
    devices: tuple[DeviceProfile, ...]
    batch: int
    conditions: Conditions
    learner: Learner
    rounds: int
    streams: Streams
    limits: Limits = Limits()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the sites, site-00 and so on."""
        width = max(2, len(str(len(self.data.sites) - 1)))
        return tuple(f"site-{i:0{width}d}" for i in range(len(self.data.sites)))

    def store(self) -> Store:
        """The arrays that jobs refer to by name."""
        data = self.data
        store: Store = {
            "public": data.public.inputs,
            "test": data.test.inputs,
            "validation": np.concatenate([site.validation.inputs for site in data.sites]),
        }
        for name, site in zip(self.names, data.sites, strict=True):
            store[f"{name}/inputs"] = site.train.inputs
            store[f"{name}/labels"] = site.train.targets
            store[f"{name}/validation"] = site.validation.inputs
        return store

    def fleet(self) -> tuple[DeviceProfile, ...]:
        """The device of each site, with its own speed where those of a class differ."""
        order = self.streams.generator("federation", "devices").permutation(len(self.data.sites))
        dealt = assign(self.devices, len(self.data.sites), tuple(int(i) for i in order))
        return tuple(individual(p, name, self.streams) for p, name in zip(dealt, self.names, strict=True))
