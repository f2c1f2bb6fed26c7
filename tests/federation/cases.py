"""Parts of a federation, real ones and stand-ins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np

from fedkd.attacks import Adversary
from fedkd.distill import hard_labels
from fedkd.federation import Conditions, Federation, Parts, Schedule, Synchronous, assemble, search
from fedkd.federation.exchange import Exchange
from fedkd.federation.site import Site
from fedkd.knowledge import Kind, Knowledge
from fedkd.learning import Assignment, Feed, Job, Learner, Optimizer, Outcome, Store
from fedkd.methods import ClientState, Profile, Work
from fedkd.models import ArchSpec, Cost
from fedkd.runtime.local import InProcess
from fedkd.scenario import Scenario
from fedkd.wire import WireContext
from sim.availability import Availability
from sim.device import Budget, DeviceProfile
from sim.network import Link, Network
from sim.streams import Streams

ROWS = np.array([4, 7], np.int64)
SPEC = ArchSpec.of("mlp", hidden=())
HALVES = np.full((2, 2), 0.5, np.float32)
LINK = Link(latency_us=100, up_bytes_per_s=1e6, down_bytes_per_s=2e6)


# Real parts.


def make_parts(scenario: Scenario) -> Parts:
    streams = Streams(scenario.seed)
    data = scenario.task.load(scenario.data, scenario.partition, scenario.public, scenario.federation.sites, streams)
    return Parts(
        task=scenario.task,
        data=data,
        view=scenario.data.view,
        method=scenario.method,
        search=scenario.search,
        devices=scenario.device.profiles,
        batch=scenario.device.batch,
        conditions=Conditions(scenario.network, scenario.schedule, scenario.availability, scenario.attack, streams),
        learner=Learner(data.input_shape, data.classes),
        rounds=scenario.federation.rounds,
        streams=streams,
    )


def start(parts: Parts):
    """A function that starts an executor in this process."""

    def starting(store: Store) -> InProcess:
        executor = InProcess(parts.learner, 1)
        executor.start(store)
        return executor

    return starting


def make_search(parts: Parts, devices: Sequence[DeviceProfile] | None = None):
    devices = devices or parts.fleet()
    space = parts.search.space or parts.task.space
    return search(parts, range(len(devices)), devices, start(parts)(parts.store()), space)


def make_federation(scenario: Scenario, specs: Sequence[ArchSpec] | None = None) -> Federation:
    """A federation before its first round; where `specs` are given sites have these and not those that they choose."""
    parts = make_parts(scenario)
    selection = make_search(parts).selection
    specs = specs or [choice.spec for choice in selection.choices]
    return assemble(parts, specs, parts.fleet(), start(parts), selection.shortlist, [0] * len(specs))


# Stand-ins.


def probs(sender: str, round_: int = 1) -> Knowledge:
    return Knowledge(Kind.PROBS, {"values": HALVES}, ROWS, sender, round_, "")


def profile(name: str) -> Profile:
    return Profile(name, SPEC, 3)


def make_site(name: str, macs: int, macs_per_s: float, ready_us: int = 0) -> Site:
    device = DeviceProfile(f"device of {name}", macs_per_s, 1.0, Budget())
    state = ClientState(SimpleNamespace(arrays={}, spec=SPEC))
    cost = Cost(parameters=0, macs=macs, activation_bytes=0, layers=1)
    return Site(profile(name), SimpleNamespace(), device, cost, state, ready_us)


@dataclass
class PaddedCodec:
    """Messages as long as their sender's name says."""

    sizes: Mapping[str, int]
    name: str = "padded"
    sent: list[Knowledge] = field(default_factory=list)

    def encode(self, knowledge: Knowledge, context: WireContext) -> bytes:
        self.sent.append(knowledge)
        return bytes(self.sizes[knowledge.sender])

    def decode(self, data: bytes, context: WireContext) -> Knowledge:
        return self.sent[-1]


def make_conditions(
    schedule: Schedule | None = None, availability: Availability | None = None, network: Network | None = None
) -> Conditions:
    return Conditions(
        network or Network(LINK), schedule or Synchronous(), availability or Availability(), Adversary(), Streams(0)
    )


def make_exchange(codec: object, kinds: tuple[Kind, ...] = (Kind.PROBS,), shapes: object = None) -> Exchange:
    method = SimpleNamespace(codec=lambda kind, up: codec)
    return Exchange(method, kinds, WireContext(ROWS), 2, shapes or (lambda spec: None))


class Client:
    """Trains on so many samples, sends so many messages."""

    def __init__(self, samples: Mapping[str, int], messages: int = 1, asks: tuple[str, ...] = ("public",)) -> None:
        self.samples = samples
        self.messages = messages
        self.asks = asks

    def absorb(self, state: ClientState, messages: Sequence[Knowledge], round_: int) -> ClientState:
        return state

    def work(self, site: Profile, state: ClientState, round_: int) -> Work:
        rows = np.zeros((self.samples[site.name], 1), np.int64)
        return Work((Job((Feed("", {}, rows, hard_labels()),), Optimizer()),), self.asks)

    def report(self, site: Profile, state: ClientState, round_: int, answers: object) -> list[Knowledge]:
        return [probs(site.name, round_)] * self.messages


class Server:
    """Answers every round, and before the first if asked to."""

    def __init__(self, first: int = 1) -> None:
        self.first = first
        self.collected: list[list[str]] = []

    def collect(self, contributions: Sequence[Knowledge], round_: int) -> dict[str, object]:
        self.collected.append([knowledge.sender for knowledge in contributions])
        return {}

    def jobs(self, round_: int) -> dict[str, object]:
        return {}

    def students(self) -> dict[ArchSpec, object]:
        return {}

    def trained(self, models: object, round_: int) -> None:
        """Nothing."""

    def messages(self, site: Profile, round_: int) -> list[Knowledge]:
        return [probs("server", round_)] if round_ >= self.first else []


class Executor:
    """Returns models as they are."""

    def run(self, assignments: Sequence[Assignment]) -> list[Outcome]:
        return [Outcome(a.model, dict.fromkeys(a.asks, HALVES), 0.25) for a in assignments]


class Evaluation:
    """Notes the bytes; any accuracy will do."""

    def rows(self, *given: object) -> tuple[dict[str, object], ...]:
        sites, up, down = given[0], given[4], given[5]
        names = [site.profile.name for site in sites]
        return tuple({"own_validation_accuracy": 0.5, "up": up.get(n, 0), "down": down.get(n, 0)} for n in names)


class NoReselection:
    """Nobody searches again."""

    def after(
        self, sites: Sequence[Site], accuracies: object, round_: int
    ) -> tuple[list[Site], dict[str, object], float]:
        return list(sites), {}, 0.0
