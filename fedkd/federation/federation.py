"""The loop that every runtime runs: local step, upload, close, download, absorb, evaluate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fedkd.federation.evaluation import Evaluation
from fedkd.federation.exchange import Delivery, Exchange
from fedkd.federation.reselection import Reselection
from fedkd.federation.site import Site
from fedkd.knowledge import Knowledge
from fedkd.learning import Assignment, Executor, Outcome
from fedkd.methods import Client, Server
from sim.device import PASSES


@dataclass(frozen=True)
class RoundReport:
    """What happened in one round.

    Attributes:
        round_: From 1; 0 is what was sent before the first round.
        rows: One row of figures a site; all follow from the seed.
        facts: What the server noted (sites put aside, distances).
        train_cpu_s: CPU seconds of the sites' training.
        server_cpu_s: CPU seconds of the server's training.
        search_cpu_s: CPU seconds of sites that searched again.
    """

    round_: int
    rows: tuple[dict[str, object], ...]
    facts: dict[str, object]
    train_cpu_s: float
    server_cpu_s: float
    search_cpu_s: float = 0.0


class Federation:
    """Sites, a server, and what passes between them.

    Args:
        sites: The sites before the first round.
        client: The method's client half.
        server: The method's server half.
        exchange: Carries messages.
        executor: Trains and asks models.
        evaluation: Computes figures.
        reselection: Lets sites search again when a trigger says so.
        public_samples: Size of the public set.
        rounds: Number of rounds.
    """

    def __init__(
        self,
        sites: Sequence[Site],
        client: Client,
        server: Server,
        exchange: Exchange,
        executor: Executor,
        evaluation: Evaluation,
        reselection: Reselection,
        public_samples: int,
        rounds: int,
    ) -> None:
        self.sites = list(sites)
        self.client = client
        self.server = server
        self.exchange = exchange
        self.executor = executor
        self.evaluation = evaluation
        self.reselection = reselection
        self.public_samples = public_samples
        self.rounds = rounds
        self.done = 0

    def run(self) -> Iterator[RoundReport]:
        """Run the rounds that are left, one report a round."""
        while self.done < self.rounds:
            yield self.step()

    def step(self) -> RoundReport:
        """Run one round."""
        round_ = self.done + 1
        down = [0] * len(self.sites)
        if round_ == 1:
            down = self._download(0, close_us=0)
        outcomes = self._train(round_)
        uploads = [self._upload(site, outcome, round_) for site, outcome in zip(self.sites, outcomes, strict=True)]
        arrivals = [
            self._trained_us(site, round_) + sum(d.took_us for d in sent)
            for site, sent in zip(self.sites, uploads, strict=True)
        ]
        self._keep(outcomes)
        trained = [outcome.logits["test"] for outcome in outcomes]
        facts = dict(self.server.collect([d.knowledge for sent in uploads for d in sent], round_))
        server_cpu_s = self._serve(round_)
        closing = self._download(round_, close_us=max(arrivals))
        self.done = round_
        up = [sum(d.size for d in sent) for sent in uploads]
        down = [a + b for a, b in zip(down, closing, strict=True)]
        rows = self.evaluation.rows(self.sites, self.server.students(), round_, trained, up, down)
        own: list[float | None] = [row["own_validation_accuracy"] for row in rows]  # type: ignore[misc]
        self.sites, searched, search_cpu_s = self.reselection.after(self.sites, own, round_)
        if searched:
            facts["searched"] = searched
        return RoundReport(round_, rows, facts, sum(o.train_cpu_s for o in outcomes), server_cpu_s, search_cpu_s)

    def _train(self, round_: int) -> list[Outcome]:
        asks = (*self.client.asks, "test")
        return self.executor.run(
            [Assignment(s.state.model, self.client.jobs(s.profile, s.state, round_), asks) for s in self.sites]
        )

    def _keep(self, outcomes: Sequence[Outcome]) -> None:
        self.sites = [
            replace(site, state=replace(site.state, model=outcome.model))
            for site, outcome in zip(self.sites, outcomes, strict=True)
        ]

    def _upload(self, site: Site, outcome: Outcome, round_: int) -> list[Delivery]:
        state = replace(site.state, model=outcome.model)
        sent = self.client.report(site.profile, state, round_, outcome.logits)
        return [self.exchange.carry(knowledge, site.profile, up=True) for knowledge in sent]

    def _trained_us(self, site: Site, round_: int) -> int:
        jobs = self.client.jobs(site.profile, site.state, round_)
        macs = PASSES * site.macs * sum(job.samples for job in jobs)
        asked = self.public_samples if "public" in self.client.asks else 0
        return site.ready_us + site.device.compute_us(macs + site.macs * asked)

    def _serve(self, round_: int) -> float:
        jobs = self.server.jobs(round_)
        outcomes = self.executor.run([Assignment(model, (job,)) for model, job in jobs.values()])
        self.server.trained({name: o.model for name, o in zip(jobs, outcomes, strict=True)}, round_)
        return sum(o.train_cpu_s for o in outcomes)

    def _download(self, round_: int, close_us: int) -> list[int]:
        sizes = []
        for i, site in enumerate(self.sites):
            deliveries = [
                self.exchange.carry(knowledge, site.profile, up=False)
                for knowledge in self.server.messages(site.profile, round_)
            ]
            received: list[Knowledge] = [d.knowledge for d in deliveries]
            state = self.client.absorb(site.state, received, round_)
            ready_us = max(site.ready_us, close_us) + sum(d.took_us for d in deliveries)
            self.sites[i] = replace(site, state=state, ready_us=ready_us)
            sizes.append(sum(d.size for d in deliveries))
        return sizes
