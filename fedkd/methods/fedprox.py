"""FedProx: federated optimisation in heterogeneous networks (Li et al., MLSys 2020).

FedAvg whose sites do not stray: each adds mu / 2 |w - w_common|^2 to its loss. With mu = 0 it would be FedAvg, so
that is refused. (The paper's other idea, that slow devices do less work, is the schedule's business here.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fedkd.knowledge import Kind
from fedkd.learning import Optimizer
from fedkd.methods.fedavg import FedAvgClient, FedAvgServer
from fedkd.methods.method import Client, Profile, Server, Setting
from fedkd.methods.recipe import LocalRecipe
from fedkd.wire import Codec


@dataclass(frozen=True)
class FedProx:
    """FedProx.

    Attributes:
        updates: Codec of updates, both ways.
        local: How a site trains; `pull` is mu.
    """

    updates: Codec
    local: LocalRecipe = LocalRecipe(steps=20, optimizer=Optimizer("sgd", 0.05, momentum=0.9), pull=0.01)
    name: str = field(default="fedprox", init=False)
    one_architecture: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        if self.local.pull == 0:
            raise ValueError("fedprox with local.pull=0 is fedavg; set local.pull, such as 0.01, or use method=fedavg")

    def client(self, setting: Setting) -> Client:
        """The client half."""
        return FedAvgClient(setting, self.local)

    def server(self, setting: Setting, sites: Sequence[Profile]) -> Server:
        """The server half."""
        return FedAvgServer(setting, sites, self.updates)

    def codec(self, kind: Kind, up: bool) -> Codec:
        """One codec for all."""
        return self.updates
