"""A tiny federation that is deployed for real, in threads: a gRPC server, and a session a site."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from fedkd.data import FederatedData
from fedkd.deployment import Agreed, ScenarioPlan, ScenarioSite
from fedkd.federation import Part
from fedkd.loading import load_data, make_parts
from fedkd.runtime.deploy.desk import Desk
from fedkd.runtime.deploy.hosting import Door, Hosted
from fedkd.runtime.deploy.ledger import Ledger
from fedkd.runtime.deploy.participant import Participant
from fedkd.runtime.deploy.rules import Rules
from fedkd.runtime.deploy.session import Patience, Session
from fedkd.runtime.deploy.site_store import SiteStore
from fedkd.scenario import Scenario
from fedkd.wire.service.client import AggregatorClient, Deadlines

QUICK = Patience(first_s=0.05, longest_s=0.2, give_up_s=30, beat_s=0.1, gather_s=0.02, lease_s=0.1)
ALONE = ("runtime.processes=1", "runtime.cohort=1")


@dataclass
class Deployed:
    """Both ends of a scenario."""

    scenario: Scenario
    folder: Path
    rules: Rules = field(default_factory=lambda: Rules(quorum=1.0, round_s=30, lease_s=2))
    patience: Patience = QUICK

    def __post_init__(self) -> None:
        self.data: FederatedData = load_data(self.scenario)
        parts = make_parts(self.scenario, self.data)
        self.names, self.fleet = parts.names, parts.fleet()
        self.agreed = Agreed(self.scenario, self.data.public, self.data.classes)
        self.plan = ScenarioPlan(self.agreed, self.names)

    def desk(self) -> Desk:
        return Desk(self.plan, Ledger(self.folder / "aggregator", self.agreed.digest), self.rules)

    def host(self, port: int = 0) -> Hosted:
        return Hosted(self.desk, Door(f"127.0.0.1:{port}", linger_s=5))

    def client(self, port: int) -> AggregatorClient:
        return AggregatorClient(f"127.0.0.1:{port}", deadlines=Deadlines(call_s=3, wait_s=10))

    def site(self, index: int) -> ScenarioSite:
        return ScenarioSite(self.agreed, self.names[index], self.data.sites[index], self.fleet[index])

    def session(self, index: int, port: int, epoch: int = 1) -> Session:
        participant = Participant(self.site(index), SiteStore(self.folder / self.names[index]))
        instance = uuid.uuid4().hex
        return Session(participant, self.client(port), epoch, instance, version("fedkd"), self.patience)


class Running(threading.Thread):
    """A session in a thread."""

    def __init__(self, session: Session) -> None:
        super().__init__(daemon=True)
        self.session = session
        self.outcome: int | BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.outcome = self.session.run()
        except BaseException as error:
            self.outcome = error

    def result(self, timeout_s: float = 60) -> int | BaseException | None:
        self.join(timeout_s)
        assert not self.is_alive(), f"the session of {self.session.member.name} goes on and on"
        return self.outcome


def said(parts: list[Part]) -> list[tuple[str, bytes]]:
    return [(part.kind.value, part.data) for part in parts]
