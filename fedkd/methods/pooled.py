"""Pooled training: one network on all private data together, the reference that no federation may use.

It breaks what a federation is for, since the data leave their sites; the bytes that its figures show are those of
the network that every site receives after each round, not those of the data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fedkd.data.views import pool
from fedkd.distill import LABEL
from fedkd.knowledge import Kind, Knowledge
from fedkd.learning import Arrays, Feed, Job, Model, Optimizer, Store, draw_rows, pack, unpack
from fedkd.methods.method import Client, Profile, Server, Setting
from fedkd.methods.quiet import QuietClient, QuietServer
from fedkd.models import ArchSpec, fingerprint
from fedkd.wire import Codec

INPUTS, LABELS = "pooled/inputs", "pooled/labels"


class PooledServer(QuietServer):
    """Trains one network per architecture on everything.

    Args:
        setting: The setting of a simulation, whose store holds every site's data.
        sites: All sites.
        recipe: How to train.
    """

    def __init__(self, setting: Setting, sites: Sequence[Profile], recipe: Pooled) -> None:
        self.setting = setting
        self.sites = tuple(sites)
        self.recipe = recipe
        specs = sorted({site.spec for site in sites}, key=ArchSpec.to_json)
        self._models = {spec.to_json(): setting.fresh(spec, "server", "pooled") for spec in specs}
        self._labels = np.concatenate([setting.store[f"{site.name}/labels"] for site in sites])

    def arrays(self) -> Store:
        """All private samples, in as many augmented versions as the recipe asks for."""
        inputs = np.concatenate([self.setting.store[f"{site.name}/inputs"] for site in self.sites])
        if self.recipe.versions:
            rng = self.setting.streams.generator("server", "pooled-views")
            views = pool(self.setting.view, inputs, self.recipe.versions, rng)
            inputs = views.reshape(-1, *views.shape[2:])
        return {INPUTS: inputs, LABELS: self._labels}

    def jobs(self, round_: int) -> dict[str, tuple[Model, Job]]:
        """One job a network; the last fifth of the run goes at a fifth of the learning rate."""
        slow = round_ > 0.8 * self.setting.rounds
        rate = self.recipe.optimizer.learning_rate / (5 if slow else 1)
        return {name: (model, self._job(name, round_, rate)) for name, model in self._models.items()}

    def _job(self, name: str, round_: int, rate: float) -> Job:
        rng = self.setting.streams.generator("server", "pooled-rows", name, round_)
        samples = len(self._labels) * max(self.recipe.versions, 1)
        rows = draw_rows(rng, samples, self.recipe.steps, self.recipe.batch)
        feed = Feed(INPUTS, {LABEL: LABELS}, rows, self.setting.supervised(1.0))
        seed = self.setting.streams.integer("server", "pooled-fit", name, round_)
        return Job((feed,), self.recipe.optimizer, (rate,) * self.recipe.steps, seed)

    def trained(self, models: Mapping[str, Model], round_: int) -> None:
        """Take the networks back."""
        self._models = dict(models)

    def enrol(self, site: Profile) -> None:
        """Every architecture has a network here."""
        if site.spec.to_json() not in self._models:
            self._models[site.spec.to_json()] = self.setting.fresh(site.spec, "server", "pooled")

    def messages(self, site: Profile, round_: int) -> list[Knowledge]:
        """The network of the site's architecture."""
        if round_ == 0:
            return []
        arrays = self._models[site.spec.to_json()].arrays
        print_ = fingerprint(arrays, site.spec)
        return [Knowledge(Kind.WEIGHTS, arrays, np.zeros(0, np.int64), "server", round_, print_)]

    def students(self) -> Mapping[ArchSpec, Model]:
        """The pooled networks."""
        return {model.spec: model for model in self._models.values()}

    def state(self) -> Arrays:
        """The networks."""
        return pack(self._models)

    def restore(self, arrays: Arrays) -> None:
        """Take the networks back."""
        self._models = unpack(arrays)


@dataclass(frozen=True)
class Pooled:
    """Pooled training.

    Attributes:
        weights: Codec of the network that goes down after each round.
        steps: Steps a round.
        batch: Samples a step.
        optimizer: How to step.
        versions: Augmented versions of each sample; 0 trains on the samples as they are.
    """

    weights: Codec
    steps: int = 200
    batch: int = 64
    optimizer: Optimizer = field(default_factory=Optimizer)
    versions: int = 8
    name: str = field(default="pooled", init=False)
    one_architecture: bool = field(default=False, init=False)
    sends: tuple[Kind, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        if min(self.steps, self.batch) < 1 or self.versions < 0:
            raise ValueError("steps and batch must be at least 1, versions at least 0")

    def client(self, setting: Setting) -> Client:
        """The client half."""
        return QuietClient(setting)

    def server(self, setting: Setting, sites: Sequence[Profile]) -> Server:
        """The server half."""
        return PooledServer(setting, sites, self)

    def codec(self, kind: Kind, up: bool) -> Codec:
        """One codec for all."""
        return self.weights
