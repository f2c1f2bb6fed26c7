"""The loop that every runtime runs: local step, upload, close, download, absorb, evaluate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from fedkd.federation.conditions import Conditions
from fedkd.federation.evaluation import Evaluation
from fedkd.federation.exchange import Exchange
from fedkd.federation.flight import Flight
from fedkd.federation.reselection import Reselection
from fedkd.federation.round_report import RoundReport
from fedkd.federation.schedule import Closing
from fedkd.federation.site import Site
from fedkd.knowledge import Knowledge
from fedkd.learning import Assignment, Executor, Outcome, inputs_of
from fedkd.methods import Client, Server, Work
from sim.device import Effort

Sizes = dict[str, int]
"""Bytes by the name of a site."""


class Federation:
    """Sites, a server, and what passes between them.

    Args:
        sites: The sites before the first round.
        client: The method's client half.
        server: The method's server half.
        exchange: Codes and counts messages.
        executor: Trains and asks models.
        evaluation: Computes figures.
        reselection: Lets sites search again when a trigger says so.
        conditions: Who is there, who lies, when rounds end, how messages travel.
        samples: Number of samples of everything that a site may ask its network about.
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
        conditions: Conditions,
        samples: Mapping[str, int],
        rounds: int,
    ) -> None:
        self.sites = list(sites)
        self.client = client
        self.server = server
        self.exchange = exchange
        self.executor = executor
        self.evaluation = evaluation
        self.reselection = reselection
        self.conditions = conditions
        self.samples = samples
        self.rounds = rounds
        self.done = 0
        self.opened_us = min(site.ready_us for site in sites)
        self.asked: tuple[str, ...] = ()
        self.flying: list[Flight] = []
        names = [site.profile.name for site in sites]
        self.attackers = conditions.adversary.attackers(names, conditions.streams)

    def run(self) -> Iterator[RoundReport]:
        """Run the rounds that are left, one report a round."""
        while self.done < self.rounds:
            yield self.step()

    def step(self) -> RoundReport:
        """Run one round."""
        round_ = self.done + 1
        down = self._open(0) if round_ == 1 else {}
        starting = self._named(self.asked)
        works = [self.client.work(s.profile, s.state, round_) for s in starting]
        outcomes = self._train(starting, works)
        self._keep(starting, outcomes)
        up, silent = self._upload(starting, works, outcomes, round_)
        closing = self._close(silent)
        landed = self._land(closing)
        facts = (dict(self.server.collect(landed, round_)) if landed else {}) | _missing(closing)
        server_cpu_s = self._serve(round_)
        self.opened_us = closing.at_us
        closed = self._open(round_)
        self.done = round_
        trained = {s.profile.name: o[0].answers["test"] for s, o in zip(starting, outcomes, strict=True)}
        down = {name: down.get(name, 0) + closed.get(name, 0) for name in {*down, *closed}}
        rows = self.evaluation.rows(self.sites, self.server.students(), round_, trained, up, down, self.attackers)
        own: list[float | None] = [row["own_validation_accuracy"] for row in rows]  # type: ignore[misc]
        self.sites, searched, search_cpu_s = self.reselection.after(self.sites, own, round_)
        if searched:
            facts["searched"] = searched
        train_cpu_s = sum(o.train_cpu_s for site in outcomes for o in site)
        return RoundReport(round_, rows, facts, train_cpu_s, server_cpu_s, search_cpu_s)

    def _named(self, names: Sequence[str]) -> list[Site]:
        by_name = {site.profile.name: site for site in self.sites}
        return [by_name[name] for name in names]

    def _train(self, starting: Sequence[Site], works: Sequence[Work]) -> list[list[Outcome]]:
        """Outcomes of each site: its network's, and its companion's if it has one."""
        assignments = [
            Assignment(s.state.model, w.jobs, (*w.asks, "test")) for s, w in zip(starting, works, strict=True)
        ]
        paired = [i for i, site in enumerate(starting) if site.state.companion is not None]
        for i in paired:
            companion = starting[i].state.companion
            assert companion is not None
            assignments.append(Assignment(companion, works[i].companion))
        done = self.executor.run(assignments)
        outcomes = [[outcome] for outcome in done[: len(starting)]]
        for i, outcome in zip(paired, done[len(starting) :], strict=True):
            outcomes[i].append(outcome)
        return outcomes

    def _keep(self, starting: Sequence[Site], outcomes: Sequence[Sequence[Outcome]]) -> None:
        states = {
            site.profile.name: replace(
                site.state, model=own.model, companion=other[0].model if other else site.state.companion
            )
            for site, (own, *other) in zip(starting, outcomes, strict=True)
        }
        self.sites = [replace(s, state=states.get(s.profile.name, s.state)) for s in self.sites]

    def _upload(
        self, starting: Sequence[Site], works: Sequence[Work], outcomes: Sequence[Sequence[Outcome]], round_: int
    ) -> tuple[Sizes, list[str]]:
        """Send what the sites have to say; returns bytes, and who broke off."""
        names = [site.profile.name for site in starting]
        said: list[Knowledge] = []
        for site, outcome in zip(self._named(names), outcomes, strict=True):
            said += self.client.report(site.profile, site.state, round_, outcome[0].answers)
        conditions = self.conditions
        rows = self.exchange.context.row_set
        assert rows is not None
        said = conditions.adversary.distort(said, self.attackers, rows, round_, conditions.streams)
        silent = conditions.silent(names, round_)
        sizes, received = dict.fromkeys(names, 0), {name: list[Knowledge]() for name in names if name not in silent}
        profiles = {site.profile.name: site.profile for site in starting}
        for knowledge in said:
            if knowledge.sender in received:
                delivery = self.exchange.carry(knowledge, profiles[knowledge.sender], up=True)
                sizes[knowledge.sender] += delivery.size
                received[knowledge.sender].append(delivery.knowledge)
        trained = {s.profile.name: self._trained_us(s, w) for s, w in zip(starting, works, strict=True)}
        sends = [(name, trained[name], sizes[name]) for name, given in received.items() if given]
        arrives = trained | conditions.arrivals(sends, round_, up=True)
        self.flying += [Flight(name, tuple(given), arrives[name]) for name, given in received.items()]
        # Those that break off are back when they would have been done.
        self._ready({name: arrives[name] for name in names})
        return sizes, [name for name in names if name in silent]

    def _trained_us(self, site: Site, work: Work) -> int:
        effort = Effort()
        for job in (*work.jobs, *work.companion):
            effort += site.cost.training(job.samples, job.steps)
        for asked in work.asks:
            effort += site.cost.asking(self.samples[inputs_of(asked)])
        return site.ready_us + site.device.compute_us(effort)

    def _ready(self, times: Mapping[str, int]) -> None:
        self.sites = [replace(s, ready_us=max(s.ready_us, times.get(s.profile.name, s.ready_us))) for s in self.sites]

    def _close(self, silent: Sequence[str]) -> Closing:
        arrivals = {flight.site: flight.arrives_us for flight in self.flying}
        return self.conditions.schedule.close(arrivals, silent, self.opened_us)

    def _land(self, closing: Closing) -> list[Knowledge]:
        """What the aggregator has, in the order of the sites; what it waited for in vain comes to nothing."""
        taken = set(closing.taken)
        landed = {flight.site: flight.contributions for flight in self.flying if flight.site in taken}
        gone = taken | set(closing.missing)
        self.flying = [flight for flight in self.flying if flight.site not in gone]
        return [k for site in self.sites for k in landed.get(site.profile.name, ())]

    def _serve(self, round_: int) -> float:
        jobs = self.server.jobs(round_)
        outcomes = self.executor.run([Assignment(model, (job,)) for model, job in jobs.values()])
        self.server.trained({name: o.model for name, o in zip(jobs, outcomes, strict=True)}, round_)
        return sum(o.train_cpu_s for o in outcomes)

    def _open(self, round_: int) -> Sizes:
        """Ask the sites of the next round, and send them what they need; after the last, send it to all."""
        idle = self._idle(round_)
        last = round_ == self.rounds
        self.asked = tuple(s.profile.name for s in self.sites) if last else self._ask(idle, round_ + 1)
        received, sends = self._send(self.asked, round_)
        arrives = self.conditions.arrivals([send for send in sends if send[2]], round_, up=False)
        for i, site in enumerate(self.sites):
            name = site.profile.name
            if name in received:
                state = self.client.absorb(site.state, received[name], round_)
                self.sites[i] = replace(site, state=state)
        self._ready({name: arrives.get(name, sent_us) for name, sent_us, _ in sends})
        return {name: size for name, _, size in sends}

    def _idle(self, round_: int) -> dict[str, int]:
        """When each site is ready that has nothing on its way; whoever waits for nobody asks only who is ready now."""
        flying = {flight.site for flight in self.flying}
        landed = {s.profile.name: s.ready_us for s in self.sites if s.profile.name not in flying}
        if round_ == 0 or self.conditions.schedule.patient:
            return landed
        return {name: ready_us for name, ready_us in landed.items() if ready_us <= self.opened_us} or landed

    def _ask(self, idle: dict[str, int], round_: int) -> tuple[str, ...]:
        return self.conditions.ask(idle, self.opened_us, len(self.sites), round_)

    def _send(self, names: Sequence[str], round_: int) -> tuple[dict[str, list[Knowledge]], list[tuple[str, int, int]]]:
        """Code what goes down: what each site decodes, and name, time and bytes of each transfer."""
        received: dict[str, list[Knowledge]] = {}
        sends: list[tuple[str, int, int]] = []
        for site in self._named(names):
            name = site.profile.name
            deliveries = [
                self.exchange.carry(knowledge, site.profile, up=False)
                for knowledge in self.server.messages(site.profile, round_)
            ]
            received[name] = [d.knowledge for d in deliveries]
            sent_us = self.conditions.on_us(name, max(site.ready_us, self.opened_us))
            sends.append((name, sent_us, sum(d.size for d in deliveries)))
        return received, sends


def _missing(closing: Closing) -> dict[str, object]:
    return {"missing": list(closing.missing)} if closing.missing else {}
