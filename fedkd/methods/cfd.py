"""CFD: communication-efficient federated distillation (Sattler et al., IEEE TNSE 2021; arXiv 2012.00632).

Soft labels are quantised to very few bits (one bit is the argmax) both ways, and distillation is dual: the server
distils the fused votes into a network of its own, and what comes down are this network's labels, not the fused votes.
In the spirit of the paper: zstd takes the place of its delta coding, and there is no active curation of public samples.
An independent run of the one-bit form stayed at chance with a large network from scratch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fedkd.distill import soft_labels
from fedkd.knowledge import Kind
from fedkd.methods.digest import Digest, DigestClient
from fedkd.methods.distilling import DistillingServer
from fedkd.methods.ensemble import EnsembleRecipe
from fedkd.methods.method import Client, Profile, Server, Setting
from fedkd.methods.recipe import LocalRecipe
from fedkd.methods.student import HandDown, StudentRecipe
from fedkd.wire import Codec

DUAL = HandDown(mode="feedback", share=1.0, ramp=1)
"""What comes down are the students' labels from the first round on."""


@dataclass(frozen=True)
class CFD:
    """CFD.

    Attributes:
        ensemble: How votes become targets; the paper's fusion is the mean.
        up: Codec of the sites' labels.
        down: Codec of the server's labels.
        revisit: How a site trains on its own data.
        digest: How it learns from the server's labels.
        student: How the server's network trains.
    """

    ensemble: EnsembleRecipe
    up: Codec
    down: Codec
    revisit: LocalRecipe = LocalRecipe()
    digest: Digest = Digest()
    student: StudentRecipe = StudentRecipe(versions=1)
    name: str = field(default="cfd", init=False)
    one_architecture: bool = field(default=False, init=False)
    sends: tuple[Kind, ...] = field(default=(Kind.PROBS,), init=False)

    def client(self, setting: Setting) -> Client:
        """The client half."""
        return DigestClient(setting, self.revisit, self.digest, soft_labels(), Kind.PROBS, self.name)

    def server(self, setting: Setting, sites: Sequence[Profile]) -> Server:
        """The server half."""
        return DistillingServer(setting, sites, self.ensemble, self.student, DUAL)

    def codec(self, kind: Kind, up: bool) -> Codec:
        """One codec for each direction."""
        return self.up if up else self.down
