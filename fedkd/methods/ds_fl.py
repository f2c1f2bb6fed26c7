"""DS-FL: distillation-based semi-supervised federated learning (Itahara et al., IEEE TMC 2021).

Sites send probabilities on the public set; the server answers with their mean, sharpened (entropy reduction
aggregation, ERA); each site digests it by cross entropy and goes back to its own data. Departure: the same public
samples serve every round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fedkd.distill import soft_labels
from fedkd.knowledge import Kind
from fedkd.methods.digest import Digest, DigestClient
from fedkd.methods.ensemble import EnsembleRecipe, EnsembleServer
from fedkd.methods.method import Client, Profile, Server, Setting
from fedkd.methods.recipe import LocalRecipe
from fedkd.wire import Codec


@dataclass(frozen=True)
class DSFL:
    """DS-FL.

    Attributes:
        ensemble: How votes become targets; the paper's fusion is ERA.
        labels: Codec of probabilities, both ways.
        revisit: How a site trains on its own data.
        digest: How it learns from the targets.
    """

    ensemble: EnsembleRecipe
    labels: Codec
    revisit: LocalRecipe = LocalRecipe()
    digest: Digest = Digest()
    name: str = field(default="ds_fl", init=False)
    one_architecture: bool = field(default=False, init=False)
    sends: tuple[Kind, ...] = field(default=(Kind.PROBS,), init=False)

    def client(self, setting: Setting) -> Client:
        """The client half."""
        return DigestClient(setting, self.revisit, self.digest, soft_labels(), Kind.PROBS, self.name)

    def server(self, setting: Setting, sites: Sequence[Profile]) -> Server:
        """The server half."""
        return EnsembleServer(setting, sites, self.ensemble, Kind.PROBS)

    def codec(self, kind: Kind, up: bool) -> Codec:
        """One codec for all."""
        return self.labels
