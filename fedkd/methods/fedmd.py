"""FedMD: heterogeneous federated learning via model distillation (Li and Wang, arXiv 1910.03581).

Sites send logits on the public set, the server answers with their mean, and each site first digests it
(mean absolute error on public samples) and then revisits its own data. Departures: the public set is
unlabelled here, so there is no supervised pre-training on it, and the same public samples serve every round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fedkd.aggregate import Mean
from fedkd.distill import Constant, MeanAbsoluteError, Objective
from fedkd.knowledge import Kind
from fedkd.methods.digest import Digest, DigestClient
from fedkd.methods.ensemble import EnsembleRecipe, EnsembleServer
from fedkd.methods.method import Client, Profile, Server, Setting
from fedkd.methods.recipe import LocalRecipe
from fedkd.wire import Codec


@dataclass(frozen=True)
class FedMD:
    """FedMD.

    Attributes:
        logits: Codec of logits, both ways.
        revisit: How a site trains on its own data.
        digest: How it learns from the mean logits.
    """

    logits: Codec
    revisit: LocalRecipe = LocalRecipe()
    digest: Digest = Digest()
    name: str = field(default="fedmd", init=False)
    one_architecture: bool = field(default=False, init=False)
    sends: tuple[Kind, ...] = field(default=(Kind.LOGITS,), init=False)

    def client(self, setting: Setting) -> Client:
        """The client half."""
        objective = Objective((MeanAbsoluteError(),), Constant())
        return DigestClient(setting, self.revisit, self.digest, objective, Kind.LOGITS, self.name)

    def server(self, setting: Setting, sites: Sequence[Profile]) -> Server:
        """The server half."""
        return EnsembleServer(setting, sites, EnsembleRecipe(Mean()), Kind.LOGITS)

    def codec(self, kind: Kind, up: bool) -> Codec:
        """One codec for all."""
        return self.logits
