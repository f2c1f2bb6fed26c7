"""A site's part: whatever process goes on where another ended says the same, and nothing is trained twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fedkd.deployment import ScenarioSite
from fedkd.errors import DiskError, WireError
from fedkd.federation import Part, SiteWorker
from fedkd.knowledge import Kind
from fedkd.runtime.deploy import site_store
from fedkd.runtime.deploy.course import Course
from fedkd.runtime.deploy.inbox import Contribution
from fedkd.runtime.deploy.ledger import Ledger
from fedkd.runtime.deploy.participant import NOTHING, Participant
from fedkd.runtime.deploy.site_store import SiteStore
from fedkd.wire.header import kind_number
from fedkd.wire.service.stream import Piece
from tests.tiny import ROUNDS, tiny

from .federation import ALONE, Deployed, said

SEARCHING = ("search=on_device", "search.rungs=[2,2]", "search.probe=8", "search.limit=2")
CASES = {"fedkdnas": SEARCHING, "fedavg": (), "fedmd": ()}
FEW = 2
MOMENTS = ("chosen", "begun", "absorbed", "spoken", "pushed")


@dataclass
class Table:
    """A course and its participants, each of which may be replaced by one that knows only its disk."""

    deployed: Deployed
    restart: Callable[[str, int], bool] = lambda moment, round_: False
    happened: list[tuple[str, int]] = field(default_factory=list)
    record: list = field(default_factory=list)

    def __post_init__(self):
        d = self.deployed
        self.names = d.names
        self.sites: dict[str, ScenarioSite] = {name: d.site(i) for i, name in enumerate(self.names)}
        self.participants = {name: self.new(name) for name in self.names}
        self.lists = d.plan.list_networks({name: site.device for name, site in self.sites.items()})

    def new(self, name: str) -> Participant:
        return Participant(self.sites[name], SiteStore(self.deployed.folder / name))

    def moment(self, name: str, what: str, round_: int) -> Participant:
        """A moment at which the process of a site may be replaced; returns who goes on."""
        self.happened.append((what, round_))
        if self.restart(what, round_):
            spec = self.participants[name].chosen
            self.participants[name] = self.new(name)
            if what != "chosen":
                self.participants[name].begin(spec)
        return self.participants[name]

    def enrol(self) -> dict[str, tuple[str, int]]:
        enrolled = {}
        for name in self.names:
            self.participants[name].choose(self.lists[name])
            participant = self.moment(name, "chosen", 0)
            participant.begin(participant.chosen)
            self.moment(name, "begun", 0)
            enrolled[name] = participant.chosen, participant.member.samples
        return enrolled

    def play(self) -> list:
        enrolled = self.enrol()
        self.course = Course(
            self.deployed.plan, Ledger(self.deployed.folder / "aggregator", self.deployed.agreed.digest), enrolled
        )
        while True:
            for name in self.names:
                self.take_in(name)
            if self.course.closed == ROUNDS:
                return self.record
            for name in self.names:
                self.speak(name)
            assert self.course.close() == []

    def take_in(self, name: str) -> None:
        round_, participant = self.course.closed, self.participants[name]
        parts = self.course.answer(name, participant.holds())
        participant.absorb(parts, round_)
        self.record.append((name, round_, said(parts)))
        participant = self.moment(name, "absorbed", round_)
        assert participant.absorbed == round_
        self.record.append((name, round_, participant.figures))

    def speak(self, name: str) -> None:
        spoken = self.participants[name].speak()
        again = self.moment(name, "spoken", self.course.open).speak()
        assert (said(again.parts), again.figures) == (said(spoken.parts), spoken.figures)
        pieces = tuple(Piece(kind_number(part.kind), part.data) for part in again.parts)
        figures = {key: value for key, value in again.figures.items() if not key.endswith("_cpu_s")}
        self.record.append((name, self.course.open, said(again.parts), figures))
        self.course.accept(name, self.course.open, Contribution(pieces), lambda: None)
        self.moment(name, "pushed", self.course.open)


def table(folder: Path, method: str, restart: Callable[[str, int], bool] = lambda moment, round_: False) -> Table:
    scenario = tiny(method, *ALONE, f"federation.sites={FEW}", *CASES[method])
    return Table(Deployed(scenario, folder), restart)


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """What is said where nothing goes wrong, by method."""
    found = {}

    def undisturbed(method):
        if method not in found:
            found[method] = table(tmp_path_factory.mktemp(method), method).play()
        return found[method]

    return undisturbed


@pytest.fixture
def counted(monkeypatch):
    """How often each site searched, and trained in each round."""
    done: Counter = Counter()
    step, choose = SiteWorker.step, ScenarioSite.choose

    def stepping(self, round_):
        done[self.profile.name, round_] += 1
        return step(self, round_)

    def choosing(self, shortlist):
        done[self.name, "search"] += 1
        return choose(self, shortlist)

    monkeypatch.setattr(SiteWorker, "step", stepping)
    monkeypatch.setattr(ScenarioSite, "choose", choosing)
    return done


@pytest.mark.parametrize("method", CASES)
@pytest.mark.parametrize("moment", [*MOMENTS, "any"])
def test_replaced_at_a_moment_of_every_round_it_says_the_same(method, moment, tmp_path, records, counted):
    undisturbed = records(method)
    counted.clear()
    replaced = table(tmp_path, method, lambda what, round_: moment in (what, "any"))

    assert replaced.play() == undisturbed

    assert moment == "any" or moment in {what for what, _ in replaced.happened}
    assert set(counted.values()) == {1}
    assert len(counted) == FEW * (1 + ROUNDS)


@pytest.fixture
def begun(tmp_path):
    """A participant with what goes down before the first round, and the table."""
    it = table(tmp_path, "fedmd")
    enrolled = it.enrol()
    it.course = Course(it.deployed.plan, Ledger(tmp_path / "aggregator", it.deployed.agreed.digest), enrolled)
    return it, it.participants[it.names[0]]


def test_a_new_one_has_absorbed_nothing(begun):
    _, participant = begun

    assert (participant.absorbed, NOTHING) == (-1, -1)


def test_what_is_kept_is_kept_before_it_goes_on(begun, monkeypatch, counted):
    it, participant = begun
    it.take_in(participant.member.name)
    before = participant.store.newest()

    def full(*_):
        raise DiskError("'states' cannot be written because the disk is full", "free some space")

    with monkeypatch.context() as patch:
        patch.setattr(site_store, "write_checkpoint", full)
        with pytest.raises(DiskError):
            participant.speak()

    kept = participant.store.newest()
    assert (kept.absorbed, kept.said, before.said) == (0, None, None)


def test_what_does_not_decode_changes_nothing(begun):
    it, participant = begun
    name = participant.member.name
    it.take_in(name)
    figures = participant.figures

    with pytest.raises(WireError):
        participant.absorb([Part(Kind.PROBS, b"noise")], 1)

    assert (participant.absorbed, participant.figures) == (0, figures)
    assert participant.store.newest().absorbed == 0


def test_the_first_round_tells_what_the_search_took(begun):
    it, participant = begun
    name = participant.member.name
    it.take_in(name)

    first = participant.speak()

    assert first.figures["search_cpu_s"] == participant.store.chosen(participant.member.agreement).cpu_s
    assert {"train_cpu_s", "own_validation_accuracy"} <= set(first.figures)
    participant.absorb([], 1)
    assert "search_cpu_s" not in participant.speak().figures


def test_the_figures_are_of_the_network_before_the_training(begun):
    it, participant = begun
    it.take_in(participant.member.name)
    before = participant.figures

    spoken = participant.speak()

    assert {name: spoken.figures[name] for name in before} == before


def test_a_choice_holds_for_one_federation(begun, tmp_path):
    it, participant = begun
    other = Deployed(tiny("fedmd", *ALONE, f"federation.sites={FEW}", "seed=5"), tmp_path)

    elsewhere = Participant(other.site(0), SiteStore(tmp_path / it.names[0]))

    assert participant.chosen is not None
    assert elsewhere.chosen is None
