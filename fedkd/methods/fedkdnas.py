"""FedKDNAS with hand-down, the project's default method.

After FedKDNAS (arXiv 2605.21322): every site carries the network that its own search chose, and sites and
server exchange soft labels on a public set. Beyond the paper: votes are weighted by certainty, a label costs
two bytes, the server distils one student per architecture on augmented public samples, and hands its weights
down, quantised, every few rounds and at the end. No weights travel upwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fedkd.knowledge import Kind
from fedkd.methods.distilling import DistillingServer
from fedkd.methods.ensemble import EnsembleRecipe
from fedkd.methods.method import Client, Profile, Server, Setting
from fedkd.methods.recipe import LocalRecipe
from fedkd.methods.soft_labels import SoftLabelClient
from fedkd.methods.student import HandDown, StudentRecipe
from fedkd.wire import Chain, Codec


@dataclass(frozen=True)
class FedKDNAS:
    """FedKDNAS with students and hand-down.

    Attributes:
        local: How a site trains.
        ensemble: How votes become targets.
        student: How the server's students train.
        hand_down: What goes down, and when.
        labels: Codec of soft labels, both ways.
        weights: Codec of weights that are handed down.
        shares_histogram: Whether sites tell how many samples of each class they have, as some fusions need. It is
            what strong label skew would hide.
    """

    ensemble: EnsembleRecipe
    labels: Codec
    weights: Codec
    local: LocalRecipe = LocalRecipe()
    student: StudentRecipe = StudentRecipe()
    hand_down: HandDown = HandDown()
    shares_histogram: bool = False
    name: str = field(default="fedkdnas", init=False)
    one_architecture: bool = field(default=False, init=False)
    sends: tuple[Kind, ...] = field(default=(Kind.PROBS, Kind.COUNTS), init=False)

    def client(self, setting: Setting) -> Client:
        """The client half."""
        return SoftLabelClient(setting, self.local, self.hand_down.relabel, self.shares_histogram)

    def server(self, setting: Setting, sites: Sequence[Profile]) -> Server:
        """The server half."""
        return DistillingServer(setting, sites, self.ensemble, self.student, self.hand_down)

    def codec(self, kind: Kind, up: bool) -> Codec:
        """Labels travel in one codec, weights in another, counts as they are."""
        return {Kind.WEIGHTS: self.weights, Kind.COUNTS: Chain()}.get(kind, self.labels)
