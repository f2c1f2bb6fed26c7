"""Both ends of a deployed federation do, message for message, what a simulation does."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.errors import KnowledgeError
from fedkd.federation import Aggregation, Part, SelfEvaluation, SiteWorker, make_exchange
from fedkd.knowledge import Knowledge
from fedkd.learning import Learner, unpack
from fedkd.loading import load_data, make_parts
from fedkd.methods import Profile, Setting
from fedkd.record.checkpoint import newest
from fedkd.runtime.local import InProcess
from tests.tiny import ROUNDS, play, tiny

ALONE = ("runtime.processes=1", "runtime.cohort=1")
METHODS = ("fedkdnas", "fedavg", "fedmd", "scarlet", "ditto", "feddf")


class Ends:
    """Workers and the aggregation of a scenario, each with an exchange of its own, joined by a loop."""

    def __init__(self, scenario) -> None:
        self.scenario = scenario
        self.parts = make_parts(scenario, load_data(scenario))
        spec = scenario.search.space.candidates(self.parts.learner.input_shape)[0]
        self.profiles = [
            Profile(name, spec, len(site.train))
            for name, site in zip(self.parts.names, self.parts.data.sites, strict=True)
        ]
        store = {"public": self.parts.data.public.inputs}
        setting = self.setting(store)
        server = scenario.method.server(setting, self.profiles)
        store.update(server.arrays())
        self.aggregation = Aggregation(self.profiles, server, self.exchange(setting), self.executor(store))
        self.workers = [self.worker(profile) for profile in self.profiles]

    def setting(self, store) -> Setting:
        p = self.parts
        return Setting(
            p.rounds, p.data.classes, p.data.public.ids, p.learner, store, p.view, p.streams, p.task.supervised
        )

    def exchange(self, setting):
        return make_exchange(self.scenario.method, self.scenario.task, setting)

    def executor(self, store) -> InProcess:
        executor = InProcess(Learner(self.parts.learner.input_shape, self.parts.data.classes, 1, "cpu"), 1)
        executor.start(store)
        return executor

    def worker(self, profile: Profile) -> SiteWorker:
        own = {key: array for key, array in self.parts.store().items() if key.startswith(f"{profile.name}/")}
        store = own | {"public": self.parts.data.public.inputs}
        setting = self.setting(store)
        client = self.scenario.method.client(setting)
        data = dict(zip(self.parts.names, self.parts.data.sites, strict=True))[profile.name]
        evaluation = SelfEvaluation(self.parts.task, data.histogram, data.validation.targets)
        return SiteWorker(profile, client, self.exchange(setting), self.executor(store), evaluation)

    def down(self, round_: int, said) -> None:
        for worker in self.workers:
            parts = self.aggregation.answer(worker.profile.name, round_)
            said += [(worker.profile.name, False, part.kind, round_, part.data) for part in parts]
            worker.absorb(parts, round_)

    def up(self, round_: int, said) -> dict[str, list[Knowledge]]:
        landed = {}
        # The last site is the first to deliver.
        for worker in reversed(self.workers):
            parts, _ = worker.step(round_)
            name = worker.profile.name
            said += [(name, True, part.kind, round_, part.data) for part in parts]
            landed[name] = self.aggregation.read(parts, name, round_)
        return landed

    def play(self, begin: int = 1) -> list[tuple]:
        said = []
        if begin == 1:
            self.down(0, said)
        for round_ in range(begin, self.parts.rounds + 1):
            self.aggregation.close(self.up(round_, said), round_)
            self.down(round_, said)
        return said


@pytest.mark.parametrize("method", METHODS)
def test_every_message_is_that_of_the_simulation(method, tmp_path):
    scenario = tiny(method, *ALONE)

    simulated = {(m.site, m.up, m.kind, m.round): m.data for m in play(scenario, tmp_path / "run").messages}
    deployed = {said[:4]: said[4] for said in Ends(scenario).play()}

    assert deployed.keys() == simulated.keys()
    assert deployed == simulated


def test_sites_end_with_the_networks_of_the_simulation(tmp_path):
    scenario = tiny("fedkdnas", *ALONE)
    play(scenario, tmp_path / "run")
    ends = Ends(scenario)

    ends.play()

    saved = newest(tmp_path / "run" / "checkpoints").arrays
    models = unpack({key.removeprefix("site::"): array for key, array in saved.items() if key.startswith("site::")})
    for worker in ends.workers:
        simulated = models[worker.profile.name].arrays
        assert simulated.keys() == worker.state.model.arrays.keys()
        for name, array in worker.state.model.arrays.items():
            np.testing.assert_array_equal(array, simulated[name])


def test_both_ends_go_on_from_what_they_saved():
    scenario = tiny("ditto", *ALONE)
    undisturbed = Ends(scenario).play()
    first = Ends(scenario)
    said = []
    first.down(0, said)
    first.aggregation.close(first.up(1, said), 1)
    first.down(1, said)

    again = Ends(scenario)
    again.aggregation.restore(first.aggregation.snapshot())
    for old, new in zip(first.workers, again.workers, strict=True):
        new.restore(old.snapshot())

    assert said + again.play(begin=2) == undisturbed


def test_words_of_others_are_refused():
    ends = Ends(tiny("fedkdnas", *ALONE))
    ends.down(0, [])
    parts, _ = ends.workers[0].step(1)

    with pytest.raises(KnowledgeError, match="a message is from 'site-00' and of round 1, not from 'site-01'"):
        ends.aggregation.read(parts, "site-01", 1)
    with pytest.raises(KnowledgeError, match="not from 'site-00' and of round 2"):
        ends.aggregation.read(parts, "site-00", 2)
    with pytest.raises(KnowledgeError, match="'site-00' sent a kind of knowledge twice"):
        ends.aggregation.read([*parts, *parts], "site-00", 1)
    assert ends.aggregation.read([Part(p.kind, p.data) for p in parts], "site-00", 1)
    assert ROUNDS >= 2
