"""FedDF: ensemble distillation for robust model fusion (Lin et al., NeurIPS 2020).

Weights travel as in FedAvg. The server averages the networks of each architecture, then trains each average to say what
all networks together say of the public set: the softmax of their mean logits, at temperature 1. Departures: no
validation set, so a fixed number of steps takes the place of early stopping, at a rate that falls along a cosine.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import softmax

from fedkd.aggregate import apply_update
from fedkd.distill import TEACHER, soft_labels
from fedkd.knowledge import Kind, Knowledge
from fedkd.learning import Feed, Job, Model, Optimizer, draw_rows
from fedkd.methods.fedavg import FedAvgClient, FedAvgServer
from fedkd.methods.method import Client, Logits, Profile, Server, Setting
from fedkd.methods.recipe import LocalRecipe
from fedkd.models import ArchSpec
from fedkd.wire import Codec


@dataclass(frozen=True)
class Fusing:
    """How the server fuses.

    Attributes:
        steps: Steps of each average a round.
        batch: Public samples a step.
        optimizer: How to step; the rate falls to 0 along half a cosine.
    """

    steps: int = 200
    batch: int = 64
    optimizer: Optimizer = Optimizer("adam", 1e-3)

    def __post_init__(self) -> None:
        if min(self.steps, self.batch) < 1:
            raise ValueError("steps and batch must be at least 1")


class FedDFServer(FedAvgServer):
    """Averages, then distils the ensemble into each average.

    Args:
        setting: The agreed setting.
        sites: All sites, of any architectures.
        codec: How updates travel down.
        fusing: How to fuse.
    """

    def __init__(self, setting: Setting, sites: Sequence[Profile], codec: Codec, fusing: Fusing) -> None:
        super().__init__(setting, sites, codec)
        self.specs = {site.name: site.spec for site in sites}
        self.fusing = fusing
        self.targets: Logits | None = None

    def collect(self, contributions: Sequence[Knowledge], round_: int) -> Mapping[str, object]:
        """Ask every network that came about the public set, then average."""
        public = self.setting.store["public"]
        logits = [self.setting.learner.predict(self._network(k), public) for k in contributions]
        self.targets = softmax(np.mean(logits, axis=0), axis=-1)
        return super().collect(contributions, round_)

    def _network(self, knowledge: Knowledge) -> Model:
        # What the site trained from is what the server knows it to hold.
        return Model(self.specs[knowledge.sender], apply_update(self.common.held(knowledge.sender), knowledge.arrays))

    def enrol(self, site: Profile) -> None:
        """Every architecture has an average here."""
        self.specs[site.name] = site.spec
        self.common.move(site)

    def jobs(self, round_: int) -> dict[str, tuple[Model, Job]]:
        """One job an average."""
        if self.targets is None:
            return {}
        return {
            spec.to_json(): (replace(model, optimizer={}, steps=0), self._job(spec, round_, self.targets))
            for spec, model in self.common.models.items()
        }

    def _job(self, spec: ArchSpec, round_: int, targets: Logits) -> Job:
        steps, optimizer = self.fusing.steps, self.fusing.optimizer
        rng = self.setting.streams.generator("server", "fusing-rows", spec.to_json(), round_)
        rows = draw_rows(rng, len(self.setting.rows), steps, self.fusing.batch)
        feed = Feed("public", {TEACHER: targets}, rows, soft_labels())
        rates = tuple(optimizer.learning_rate * (1 + math.cos(math.pi * i / steps)) / 2 for i in range(steps))
        seed = self.setting.streams.integer("server", "fusing-fit", spec.to_json(), round_)
        return Job((feed,), optimizer, rates, seed)

    def trained(self, models: Mapping[str, Model], round_: int) -> None:
        """The fused networks are what the sites are to have."""
        for model in models.values():
            self.common.models[model.spec] = model


@dataclass(frozen=True)
class FedDF:
    """FedDF.

    Attributes:
        updates: Codec of updates, both ways.
        local: How a site trains.
        fusing: How the server fuses.
    """

    updates: Codec
    local: LocalRecipe = LocalRecipe(steps=20, optimizer=Optimizer("sgd", 0.05, momentum=0.9))
    fusing: Fusing = Fusing()
    name: str = field(default="feddf", init=False)
    one_architecture: bool = field(default=False, init=False)
    sends: tuple[Kind, ...] = field(default=(Kind.UPDATE,), init=False)

    def client(self, setting: Setting) -> Client:
        """The client half."""
        return FedAvgClient(setting, self.local)

    def server(self, setting: Setting, sites: Sequence[Profile]) -> Server:
        """The server half."""
        return FedDFServer(setting, sites, self.updates, self.fusing)

    def codec(self, kind: Kind, up: bool) -> Codec:
        """One codec for all."""
        return self.updates
