"""Searching again: when a trigger says so, a site moves to another network without forgetting the old one's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.special import softmax

from fedkd.distill import TEACHER, soft_labels
from fedkd.errors import NothingFitsError
from fedkd.federation.exchange import Exchange
from fedkd.federation.parts import Parts
from fedkd.federation.searching import Searched, search
from fedkd.federation.site import Site
from fedkd.knowledge import Kind
from fedkd.learning import Assignment, Executor, Feed, Job, Optimizer, draw_rows
from fedkd.methods import Client, Server
from fedkd.models import ArchSpec, measure
from fedkd.search import Again, ListedSpace
from sim.device import Effort


class Reselection:
    """Runs later searches.

    Args:
        parts: The federation's parts.
        executor: Trains and asks models.
        client: The method's client half.
        server: The method's server half; it is told of new networks.
        exchange: Forgets what a site held when its network changes.
        shortlist: Networks to look at first, so that a federation keeps few of them.
    """

    def __init__(
        self,
        parts: Parts,
        executor: Executor,
        client: Client,
        server: Server,
        exchange: Exchange,
        shortlist: tuple[ArchSpec, ...],
    ) -> None:
        self.parts = parts
        self.executor = executor
        self.client = client
        self.server = server
        self.exchange = exchange
        self.shortlist = shortlist

    @property
    def again(self) -> Again:
        """The triggers."""
        return self.parts.search.again

    def after(
        self, sites: Sequence[Site], accuracies: Sequence[float | None], round_: int
    ) -> tuple[list[Site], dict[str, dict[str, str]], float]:
        """Let the sites search for which a trigger is due.

        Args:
            sites: All sites after a round.
            accuracies: Accuracy of each on its own validation samples; None where it has none, and no plateau then.
            round_: The round that is over.

        Returns:
            The sites; for each that searched: why, its old and new network, and the reason of its choice; and the
            CPU seconds that it took.
        """
        sites = [
            replace(site, history=(*site.history, accuracy)) if accuracy is not None else site
            for site, accuracy in zip(sites, accuracies, strict=True)
        ]
        causes = {i: self.again.due(site.device, site.history, round_) for i, site in enumerate(sites)}
        due = [i for i, cause in causes.items() if cause and round_ < self.parts.rounds]
        if not due:
            return sites, {}, 0.0
        searched = self._search(sites, due, round_)
        record: dict[str, dict[str, str]] = {}
        cpu_s = searched.cpu_s
        for i, choice in zip(due, searched.selection.choices, strict=True):
            site, old = sites[i], sites[i].profile.spec
            spent_us = site.device.compute_us(searched.effort.get(site.profile.name, Effort()))
            sites[i] = replace(site, history=(), ready_us=site.ready_us + spent_us)
            if choice.spec != old:
                sites[i], spent_s = self._switch(sites[i], choice.spec, round_)
                cpu_s += spent_s
            record[site.profile.name] = {
                "cause": str(causes[i]),
                "from": old.name,
                "to": choice.spec.name,
                "reason": choice.reason,
            }
        return sites, record, cpu_s

    def _search(self, sites: Sequence[Site], due: Sequence[int], round_: int) -> Searched:
        devices = [self.again.device_after(sites[i].device, round_) for i in due]
        listed = ListedSpace(tuple(spec.to_json() for spec in self.shortlist))
        stage = f"after-{round_}"
        try:
            return search(self.parts, due, devices, self.executor, listed, stage)
        except NothingFitsError:
            # A hard limit goes before a short list.
            space = self.parts.search.space or self.parts.task.space
            return search(self.parts, due, devices, self.executor, space, stage)

    def _switch(self, site: Site, spec: ArchSpec, round_: int) -> tuple[Site, float]:
        profile = replace(site.profile, spec=spec)
        self.server.enrol(profile)
        self.exchange.forget(profile.name, Kind.WEIGHTS)
        fresh = self.client.start(profile)
        old = self.executor.run([Assignment(site.state.model, (), ("public",))])[0].answers["public"]
        job = self._warm_start(profile.name, softmax(old, axis=-1), round_)
        warm = self.executor.run([Assignment(fresh.model, (job,))])[0]
        cost = measure(spec, self.parts.learner.input_shape, self.parts.data.classes)
        # The old network labels the public set, the new one learns from it.
        spent_us = site.device.compute_us(site.cost.asking(len(old)) + cost.training(job.samples, job.steps))
        state = replace(site.state, model=warm.model.reset(warm.model.arrays))
        moved = replace(site, profile=profile, cost=cost, state=state, ready_us=site.ready_us + spent_us)
        return moved, warm.train_cpu_s

    def _warm_start(self, name: str, targets: np.ndarray[tuple[int, int], np.dtype[np.float32]], round_: int) -> Job:
        rng = self.parts.streams.generator(name, "warm-rows", round_)
        rows = draw_rows(rng, len(targets), self.again.warm_steps, 64)
        seed = self.parts.streams.integer(name, "warm-fit", round_)
        return Job((Feed("public", {TEACHER: targets}, rows, soft_labels()),), Optimizer(), seed=seed)
