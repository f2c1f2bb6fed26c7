"""The search as a federation runs it: trials on the sites' own data, counted in CPU and in virtual time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedkd.distill import LABEL
from fedkd.errors import MixedArchitecturesError
from fedkd.federation.parts import Parts
from fedkd.learning import Assignment, Executor, Feed, Job, Learner, Model, Optimizer, draw_rows, fresh_model
from fedkd.models import ArchSpec, is_forest
from fedkd.search import Contest, Entrant, SearchSpace, Selection, select
from fedkd.search.budget import Candidate
from fedkd.tasks import Task
from sim.device import DeviceProfile, Effort
from sim.streams import Streams

BATCH = 32


@dataclass(frozen=True)
class Searched:
    """A search and what it cost.

    Attributes:
        selection: Who chose what, and why.
        cpu_s: CPU seconds of all trials.
        effort: What each site's trials asked of its device, by its name.
    """

    selection: Selection
    cpu_s: float
    effort: dict[str, Effort]


def search(
    parts: Parts,
    sites: Sequence[int],
    devices: Sequence[DeviceProfile],
    executor: Executor,
    space: SearchSpace,
    stage: str = "first",
) -> Searched:
    """Let sites choose their networks.

    Args:
        parts: The federation's parts.
        sites: Positions of the sites that search.
        devices: The device of each of them.
        executor: Runs trials.
        space: Where to look.
        stage: Names the random streams of this search.

    Raises:
        NothingFitsError: A device's Budget admits none of the networks.
        MixedArchitecturesError: The method needs one architecture and the search found several.
    """
    entrants = [
        Entrant(parts.names[i], device, len(parts.data.sites[i].train), parts.data.sites[i].validation.targets)
        for i, device in zip(sites, devices, strict=True)
    ]
    trials = SiteTrials(parts.learner, parts.task, parts.streams, executor, stage)
    public, classes = parts.data.public.inputs, parts.data.classes
    selection = select(parts.search, space, entrants, public, classes, parts.batch, trials, parts.streams)
    specs = {choice.spec for choice in selection.choices}
    if parts.method.one_architecture and len(specs) > 1:
        listed = ", ".join(sorted(spec.name for spec in specs))
        raise MixedArchitecturesError(
            f"{parts.method.name} averages weights but the search chose unlike networks ({listed})",
            "use search=fixed device=unlimited, or a method that exchanges predictions",
        )
    if parts.method.one_architecture and any(is_forest(spec) for spec in specs):
        raise MixedArchitecturesError(
            f"{parts.method.name} averages weights, which trees ({specs.pop().name}) have none of",
            "search among networks, or use a method that exchanges predictions",
        )
    return Searched(selection, trials.cpu_s + selection.listing_cpu_s, trials.effort)


class SiteTrials:
    """Trains candidates on sites' private data, keeping their weights from rung to rung.

    Args:
        learner: Knows the shape of the data.
        task: Says what a network is asked to match.
        streams: Random streams.
        executor: Knows the sites' arrays.
        stage: Names the random streams of this search.
    """

    def __init__(self, learner: Learner, task: Task, streams: Streams, executor: Executor, stage: str) -> None:
        self.learner = learner
        self.task = task
        self.streams = streams
        self.executor = executor
        self.stage = stage
        self.models: dict[tuple[str, ArchSpec], Model] = {}
        self.cpu_s = 0.0
        self.effort: dict[str, Effort] = {}

    def __call__(
        self, entries: Sequence[tuple[Contest, Candidate]], steps: int, rung: int
    ) -> list[NDArray[np.float32]]:
        """Train each entry for further `steps`; returns logits [V, C] on each site's validation samples."""
        outcomes = self.executor.run([self._assignment(c, candidate, steps, rung) for c, candidate in entries])
        for (contest, candidate), outcome in zip(entries, outcomes, strict=True):
            self.models[contest.site, candidate.spec] = outcome.model
            self.cpu_s += outcome.train_cpu_s
            cost, validated = candidate.cost, len(contest.validation_labels)
            spent = cost.training(steps * BATCH, steps) + cost.asking(validated)
            self.effort[contest.site] = self.effort.get(contest.site, Effort()) + spent
        return [o.answers[f"{c.site}/validation"] for (c, _), o in zip(entries, outcomes, strict=True)]

    def _assignment(self, contest: Contest, candidate: Candidate, steps: int, rung: int) -> Assignment:
        streams, site, spec = self.streams, contest.site, candidate.spec
        model = self.models.get((site, spec)) or self._fresh(site, spec)
        rows = draw_rows(streams.generator(site, "trial-rows", self.stage, rung), contest.samples, steps, BATCH)
        feed = Feed(f"{site}/inputs", {LABEL: f"{site}/labels"}, rows, self.task.supervised(1.0))
        seed = streams.integer(site, "trial-fit", self.stage, rung)
        return Assignment(model, (Job((feed,), Optimizer(), seed=seed),), (f"{site}/validation",))

    def _fresh(self, site: str, spec: ArchSpec) -> Model:
        learner = self.learner
        seed = self.streams.integer(site, "trial-init", self.stage, spec.to_json())
        return fresh_model(spec, learner.input_shape, learner.classes, seed)
