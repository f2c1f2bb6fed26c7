"""A method with a site that can be held in a round, named by `_target_` in tests that need a middle of a run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from fedkd.distill import Constant, MeanAbsoluteError, Objective
from fedkd.knowledge import Kind, Knowledge
from fedkd.methods import ClientState, FedMD, Profile, Setting
from fedkd.methods.digest import DigestClient
from fedkd.methods.method import Answers


@dataclass(frozen=True)
class _HeldClient(DigestClient):
    site: str = ""
    round: int = 0
    file: str = ""

    def report(self, site: Profile, state: ClientState, round_: int, answers: Answers) -> list[Knowledge]:
        while (site.name, round_) == (self.site, self.round) and Path(self.file).exists():
            time.sleep(0.05)
        return super().report(site, state, round_, answers)


@dataclass(frozen=True)
class HeldFedMD(FedMD):
    """FedMD, in which one site does not get on for as long as there is a file.

    Attributes:
        site: Who.
        round: When: after its training.
        file: Path.
    """

    site: str = "site-01"
    round: int = 2
    file: str = "hold"

    def client(self, setting: Setting) -> _HeldClient:
        """The client half."""
        objective = Objective((MeanAbsoluteError(),), Constant())
        held = self.site, self.round, self.file
        return _HeldClient(setting, self.revisit, self.digest, objective, Kind.LOGITS, self.name, *held)
