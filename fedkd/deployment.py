"""From a scenario to the two ends of a deployment: what the aggregator serves, and what a site brings.

Both ends are given the same scenario and the same public set, and check by digest that they are. Data stay where they
are: an end knows the public set, and a site its own samples.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import yaml

from fedkd.composition import dump
from fedkd.construct import construct
from fedkd.data import Examples, SiteData
from fedkd.errors import WrongTypeError
from fedkd.federation import TEST, Aggregation, SelfEvaluation, SiteTrials, SiteWorker, make_exchange
from fedkd.learning import Assignment, Executor, Learner, Store
from fedkd.methods import Profile, Setting
from fedkd.models import ArchSpec, measure
from fedkd.record import Events
from fedkd.runtime.deploy.inbox import Contribution
from fedkd.scenario import Scenario
from fedkd.search import Contest, cheapest_first, list_networks
from fedkd.search.budget import Candidate
from sim.device import DeviceProfile
from sim.streams import Streams

_LOCAL = ("runtime", "run", "network", "availability", "schedule", "attack")
"""What the ends need not share: where and when work is done, and conditions that only a simulation has."""


@dataclass(frozen=True)
class Agreed:
    """What both ends hold.

    Attributes:
        scenario: The experiment; its data sources are those of the simulation and are not looked at.
        public: The public set, unlabelled.
        classes: Number of classes.
    """

    scenario: Scenario
    public: Examples
    classes: int

    @cached_property
    def digest(self) -> str:
        """Tells whether both ends hold the same scenario."""
        plain = yaml.safe_load(dump(self.scenario))
        shared = {key: value for key, value in plain.items() if key not in (*_LOCAL, "data", "partition", "public")}
        about = json.dumps([shared, list(self.public.inputs.shape[1:]), self.classes], sort_keys=True)
        return hashlib.sha256(about.encode()).hexdigest()[:16]

    @cached_property
    def public_digest(self) -> str:
        """Tells whether both ends hold the same public samples, in the same order."""
        digest = hashlib.sha256(self.public.ids.astype("<i8").tobytes())
        digest.update(np.ascontiguousarray(self.public.inputs, "<f4").tobytes())
        return digest.hexdigest()[:16]

    @property
    def learner(self) -> Learner:
        """Trains one site's networks, or the server's, one after the other."""
        runtime = self.scenario.runtime
        return Learner(tuple(self.public.inputs.shape[1:]), self.classes, runtime.cohort, runtime.resolved_device())

    def setting(self, store: Store) -> Setting:
        """The agreed setting, with the arrays of one end."""
        scenario, streams = self.scenario, Streams(self.scenario.seed)
        return Setting(
            scenario.federation.rounds,
            self.classes,
            self.public.ids,
            self.learner,
            store,
            scenario.data.view,
            streams,
            scenario.task.supervised,
            scenario.federation.limits,
        )

    def executor(self, store: Store) -> Executor:
        """Runs the work of one end in its own process."""
        executor = self.scenario.runtime.end().executor(self.learner)
        executor.start(store)
        return executor


@dataclass(frozen=True)
class _End:
    agreed: Agreed

    @property
    def agreement(self) -> str:
        """Digest of the agreement."""
        return self.agreed.digest

    @property
    def public_set(self) -> str:
        """Digest of the public set."""
        return self.agreed.public_digest


@dataclass(frozen=True)
class ScenarioPlan(_End):
    """A federation as the aggregator serves it.

    Attributes:
        agreed: What both ends hold.
        sites: Names, in the agreed order.
        events: Where each round is written down; None keeps no record.
        test: A test set on which the server's networks are tried; None where there is none.
    """

    sites: tuple[str, ...]
    events: Events | None = None
    test: Examples | None = None

    @property
    def rounds(self) -> int:
        """Number of rounds."""
        return self.agreed.scenario.federation.rounds

    def check_device(self, device: str) -> None:
        """Refuse what describes no device.

        Raises:
            ConfigError: It cannot be read.
        """
        read_device(device)

    def list_networks(self, devices: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
        """The shortlist, as far as it fits each site's device.

        Raises:
            WrongTypeError: A device is described in a way that cannot be read.
            NothingFitsError: A device admits none of the networks.
        """
        scenario = self.agreed.scenario
        profiles = {site: read_device(devices[site]) for site in self.sites if site in devices}
        listing = list_networks(
            scenario.search,
            scenario.search.space or scenario.task.space,
            list(profiles.values()),
            self.agreed.public.inputs,
            self.agreed.classes,
            scenario.device.batch,
            Streams(scenario.seed),
        )
        return {
            site: tuple(candidate.spec.to_json() for candidate in listing.options[device])
            for site, device in profiles.items()
        }

    def aggregation(self, enrolled: Mapping[str, tuple[str, int]]) -> Aggregation:
        """The server half."""
        profiles = [
            Profile(site, ArchSpec.from_json(enrolled[site][0]), enrolled[site][1])
            for site in self.sites
            if site in enrolled
        ]
        store: Store = {"public": self.agreed.public.inputs, **_tested(self.test)}
        setting, method = self.agreed.setting(store), self.agreed.scenario.method
        server = method.server(setting, profiles)
        store.update(server.arrays())
        exchange = make_exchange(method, self.agreed.scenario.task, setting)
        return Aggregation(profiles, server, exchange, self.agreed.executor(store))

    def closed(
        self, round_: int, facts: Mapping[str, object], said: Mapping[str, Contribution], aggregation: Aggregation
    ) -> None:
        """Write down what happened in a round."""
        if self.events is not None:
            sizes = {site: sum(len(piece.data) for piece in given.pieces) for site, given in said.items()}
            figures = {site: dict(given.figures) for site, given in said.items()}
            students = self._students(aggregation)
            self.events.append_event("round", round=round_, bytes_up=sizes, figures=figures, students=students, **facts)

    def _students(self, aggregation: Aggregation) -> dict[str, float]:
        """Global accuracy of the server's own networks, by their specs."""
        if self.test is None:
            return {}
        students, classes = aggregation.server.students(), self.agreed.classes
        outcomes = aggregation.executor.run([Assignment(model, (), (TEST,)) for model in students.values()])
        score, labels = self.agreed.scenario.task.scores, self.test.targets
        everything = np.ones(classes, np.int64)
        return {
            spec.to_json(): score(outcome.answers[TEST], labels, everything)["global_accuracy"]
            for spec, outcome in zip(students, outcomes, strict=True)
        }

    def left(self, site: str, figures: Mapping[str, float], sent: int) -> None:
        """Write down what a site ends with."""
        if self.events is not None:
            self.events.append_event("left", site=site, figures=dict(figures), bytes_down=sent)


@dataclass(frozen=True)
class ScenarioSite(_End):
    """A site as its session needs it.

    Attributes:
        agreed: What both ends hold.
        name: Its name.
        data: Its own samples.
        profile: What it runs on.
        test: A test set that everyone was given; None where there is none.
    """

    name: str
    data: SiteData
    profile: DeviceProfile
    test: Examples | None = None

    @property
    def device(self) -> str:
        """The device's profile as JSON."""
        return json.dumps(dataclasses.asdict(self.profile))

    @property
    def samples(self) -> int:
        """Private training samples."""
        return len(self.data.train)

    def choose(self, shortlist: Sequence[str]) -> str:
        """Search among networks on the site's own data."""
        scenario, learner = self.agreed.scenario, self.agreed.learner
        specs = [ArchSpec.from_json(text) for text in shortlist]
        options = cheapest_first(
            [Candidate(spec, measure(spec, learner.input_shape, learner.classes)) for spec in specs]
        )
        contest = Contest(self.name, self.samples, self.data.validation.targets, options)
        streams = Streams(scenario.seed)
        trials = SiteTrials(learner, scenario.task, streams, self.agreed.executor(self._store()), "first")
        (choice,) = scenario.search.choose([contest], trials, streams)
        return choice.spec.to_json()

    def worker(self, spec: str) -> SiteWorker:
        """The client half with a network."""
        store = self._store()
        setting, method = self.agreed.setting(store), self.agreed.scenario.method
        profile = Profile(self.name, ArchSpec.from_json(spec), self.samples)
        exchange = make_exchange(method, self.agreed.scenario.task, setting)
        return SiteWorker(profile, method.client(setting), exchange, self.agreed.executor(store), self._evaluation())

    def _evaluation(self) -> SelfEvaluation:
        data, test = self.data, self.test
        labels = None if test is None else test.targets
        return SelfEvaluation(self.agreed.scenario.task, data.histogram, data.validation.targets, labels)

    def _store(self) -> Store:
        return {
            "public": self.agreed.public.inputs,
            f"{self.name}/inputs": self.data.train.inputs,
            f"{self.name}/labels": self.data.train.targets,
            f"{self.name}/validation": self.data.validation.inputs,
            **_tested(self.test),
        }


def _plain(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """No class is named from afar: it would be imported here."""
    if any(key == "_target_" for key, _ in pairs):
        raise ValueError("a device names a class")
    return dict(pairs)


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _tested(test: Examples | None) -> Store:
    return {} if test is None else {TEST: test.inputs}


def read_device(text: str) -> DeviceProfile:
    """A device's profile from JSON.

    Raises:
        WrongTypeError: It is not JSON, or no profile.
    """
    try:
        plain = json.loads(text, object_pairs_hook=_plain, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise WrongTypeError(
            f"a site describes its device as {text[:80]!r}", "send a device profile as JSON"
        ) from error
    profile: DeviceProfile = construct(plain, DeviceProfile, whole="the device")
    return profile
