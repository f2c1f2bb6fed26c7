"""FedProx: federated optimisation in heterogeneous networks (Li et al., MLSys 2020).

FedAvg whose sites do not stray: each adds mu / 2 |w - w_common|^2 to its loss. With mu = 0 it would be FedAvg, so
that is refused. (The paper's other idea, that slow devices do less work, is the schedule's business here.)
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fedkd.learning import Optimizer
from fedkd.methods.fedavg import FedAvg
from fedkd.methods.recipe import LocalRecipe


@dataclass(frozen=True)
class FedProx(FedAvg):
    """FedProx.

    Attributes:
        updates: Codec of updates, both ways.
        local: How a site trains; `pull` is mu.
    """

    local: LocalRecipe = LocalRecipe(steps=20, optimizer=Optimizer("sgd", 0.05, momentum=0.9), pull=0.01)
    name: str = field(default="fedprox", init=False)

    def __post_init__(self) -> None:
        if self.local.pull == 0:
            raise ValueError("fedprox with local.pull=0 is fedavg; set local.pull, such as 0.01, or use method=fedavg")
