"""From a scenario's parts to a federation that is ready for its first round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedkd.data import FederatedData, SiteData, View
from fedkd.distill import LABEL
from fedkd.errors import MixedArchitecturesError
from fedkd.federation.evaluation import Evaluation
from fedkd.federation.exchange import Exchange
from fedkd.federation.federation import Federation
from fedkd.federation.site import Site
from fedkd.learning import (
    Assignment,
    Executor,
    Feed,
    Job,
    Learner,
    Model,
    Optimizer,
    Store,
    draw_rows,
    fresh_model,
)
from fedkd.methods import Method, Profile, Setting
from fedkd.models import ArchSpec, is_forest, measure
from fedkd.search import Contest, Entrant, SearchStrategy, Selection, select
from fedkd.search.budget import Candidate
from fedkd.tasks import Task
from fedkd.wire import WireContext
from sim.device import DeviceProfile, assign
from sim.network import Link
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
        link: The link of every site.
        learner: Trains and asks models.
        rounds: Number of rounds.
        streams: Random streams.
    """

    task: Task
    data: FederatedData
    view: View
    method: Method
    search: SearchStrategy
    devices: tuple[DeviceProfile, ...]
    batch: int
    link: Link
    learner: Learner
    rounds: int
    streams: Streams

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the sites, site-00 and so on."""
        width = max(2, len(str(len(self.data.sites) - 1)))
        return tuple(f"site-{i:0{width}d}" for i in range(len(self.data.sites)))


def base_store(parts: Parts) -> Store:
    """The arrays that jobs refer to by name."""
    data = parts.data
    store: Store = {
        "public": data.public.inputs,
        "test": data.test.inputs,
        "validation": np.concatenate([site.validation.inputs for site in data.sites]),
    }
    for name, site in zip(parts.names, data.sites, strict=True):
        store[f"{name}/inputs"] = site.train.inputs
        store[f"{name}/labels"] = site.train.targets
        store[f"{name}/validation"] = site.validation.inputs
    return store


def fleet(parts: Parts) -> tuple[DeviceProfile, ...]:
    """The device of each site."""
    order = parts.streams.generator("federation", "devices").permutation(len(parts.data.sites))
    return assign(parts.devices, len(parts.data.sites), tuple(int(i) for i in order))


def search(parts: Parts, devices: Sequence[DeviceProfile], trials: Executor) -> tuple[Selection, float]:
    """Let every site choose its network; also returns the CPU seconds of its trials."""
    entrants = [
        Entrant(name, device, len(site.train), site.validation.targets)
        for name, device, site in zip(parts.names, devices, parts.data.sites, strict=True)
    ]
    race = _Trials(parts, trials)
    space = parts.search.space or parts.task.space
    selection = select(
        parts.search,
        space,
        entrants,
        parts.data.public.inputs,
        parts.data.classes,
        parts.batch,
        race,
        parts.streams,
    )
    specs = {choice.spec for choice in selection.choices}
    if parts.method.one_architecture and len(specs) > 1:
        listed = ", ".join(sorted(spec.name for spec in specs))
        raise MixedArchitecturesError(
            f"{parts.method.name} averages weights but the search chose unlike networks ({listed})",
            "use search=fixed, or a method that exchanges predictions",
        )
    return selection, race.cpu_s


class _Trials:
    """Trains candidates on sites' private data, keeping their weights from rung to rung."""

    def __init__(self, parts: Parts, executor: Executor) -> None:
        self.parts = parts
        self.executor = executor
        self.models: dict[tuple[str, ArchSpec], Model] = {}
        self.cpu_s = 0.0

    def __call__(
        self, entries: Sequence[tuple[Contest, Candidate]], steps: int, stage: int
    ) -> list[NDArray[np.float32]]:
        outcomes = self.executor.run([self._assignment(c, candidate, steps, stage) for c, candidate in entries])
        for (contest, candidate), outcome in zip(entries, outcomes, strict=True):
            self.models[contest.site, candidate.spec] = outcome.model
            self.cpu_s += outcome.train_cpu_s
        return [o.logits[f"{c.site}/validation"] for (c, _), o in zip(entries, outcomes, strict=True)]

    def _assignment(self, contest: Contest, candidate: Candidate, steps: int, stage: int) -> Assignment:
        streams, site, spec = self.parts.streams, contest.site, candidate.spec
        model = self.models.get((site, spec)) or self._fresh(site, spec)
        rows = draw_rows(streams.generator(site, "trial-rows", stage), contest.samples, steps, 32)
        feed = Feed(f"{site}/inputs", {LABEL: f"{site}/labels"}, rows, self.parts.task.supervised(1.0))
        seed = streams.integer(site, "trial-fit", stage)
        return Assignment(model, (Job((feed,), Optimizer(), seed=seed),), (f"{site}/validation",))

    def _fresh(self, site: str, spec: ArchSpec) -> Model:
        learner = self.parts.learner
        seed = self.parts.streams.integer(site, "trial-init", spec.to_json())
        return fresh_model(spec, learner.input_shape, learner.classes, seed)


def assemble(
    parts: Parts,
    specs: Sequence[ArchSpec],
    devices: Sequence[DeviceProfile],
    store: Store,
    start: Callable[[Store], Executor],
) -> Federation:
    """Put sites and server together.

    Args:
        parts: The parts.
        specs: The network of each site.
        devices: The device of each site.
        store: What `base_store` returned.
        start: Starts an executor that knows a store.
    """
    setting = Setting(
        parts.rounds,
        parts.data.classes,
        parts.data.public.ids,
        parts.learner,
        store,
        parts.view,
        parts.streams,
        parts.task.supervised,
    )
    profiles = [
        Profile(name, spec, len(site.train))
        for name, spec, site in zip(parts.names, specs, parts.data.sites, strict=True)
    ]
    client, server = parts.method.client(setting), parts.method.server(setting, profiles)
    store.update(server.arrays())
    executor = start(store)
    sites = [
        Site(profile, data, device, _macs(profile.spec, parts), client.start(profile))
        for profile, data, device in zip(profiles, parts.data.sites, devices, strict=True)
    ]
    exchange = Exchange(
        parts.method, parts.task.kinds, WireContext(setting.rows), setting.classes, parts.link, _shapes(sites)
    )
    labels = np.concatenate([site.validation.targets for site in parts.data.sites])
    evaluation = Evaluation(parts.task, executor, parts.data.test.targets, labels)
    return Federation(sites, client, server, exchange, executor, evaluation, parts.data, parts.rounds)


def _macs(spec: ArchSpec, parts: Parts) -> int:
    return measure(spec, parts.learner.input_shape, parts.data.classes).macs


def _shapes(sites: Sequence[Site]) -> dict[ArchSpec, dict[str, tuple[int, ...]] | None]:
    return {
        site.profile.spec: None
        if is_forest(site.profile.spec)
        else {name: array.shape for name, array in site.state.model.arrays.items()}
        for site in sites
    }


def histograms(sites: Sequence[SiteData]) -> NDArray[np.int64]:
    """[K, C] labels of each site."""
    return np.stack([site.histogram for site in sites])
