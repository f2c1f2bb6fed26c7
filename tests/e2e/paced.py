"""A method whose sites take their time, named by `_target_` in tests that need a middle of a federation."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from fedkd.knowledge import Knowledge
from fedkd.methods import ClientState, FedAvg, Profile, Setting
from fedkd.methods.fedavg import FedAvgClient
from fedkd.methods.method import Answers


@dataclass(frozen=True)
class _PacedClient(FedAvgClient):
    hurry: str = ""
    pause_s: float = 0.0

    def report(self, site: Profile, state: ClientState, round_: int, answers: Answers) -> list[Knowledge]:
        if not Path(self.hurry).exists():
            time.sleep(self.pause_s)
        return super().report(site, state, round_, answers)


@dataclass(frozen=True)
class PacedFedAvg(FedAvg):
    """FedAvg, in which every round takes so many seconds longer, until there is a file that asks to hurry."""

    hurry: str = "hurry"
    pause_s: float = 0.4

    def client(self, setting: Setting) -> _PacedClient:
        """The client half."""
        return _PacedClient(setting, self.local, self.hurry, self.pause_s)
