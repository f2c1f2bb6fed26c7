"""FedKDNAS as its paper has it (arXiv 2605.21322), as far as the paper is known.

Search per site, cross entropy and distillation, the mean of the sites' soft labels, an optional fixed
teacher, a moving average over rounds. In the spirit of the paper where it is silent (mixing weight,
temperature, rates). Select once replaces the paper's selection in every round, which would throw weights
away at each switch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fedkd.knowledge import Kind
from fedkd.methods.ensemble import EnsembleRecipe, EnsembleServer
from fedkd.methods.method import Client, Profile, Server, Setting
from fedkd.methods.recipe import LocalRecipe
from fedkd.methods.soft_labels import SoftLabelClient
from fedkd.wire import Chain, Codec


@dataclass(frozen=True)
class FedKDNASPaper:
    """FedKDNAS without hand-down.

    Attributes:
        local: How a site trains.
        ensemble: How votes become targets; the paper's teacher and moving average are set here.
        labels: Codec of soft labels, both ways.
        shares_histogram: Whether sites tell how many samples of each class they have, as some fusions need. It is
            what strong label skew would hide.
    """

    ensemble: EnsembleRecipe
    labels: Codec
    local: LocalRecipe = LocalRecipe()
    shares_histogram: bool = False
    name: str = field(default="fedkdnas_paper", init=False)
    one_architecture: bool = field(default=False, init=False)
    sends: tuple[Kind, ...] = field(default=(Kind.PROBS, Kind.COUNTS), init=False)

    def client(self, setting: Setting) -> Client:
        """The client half."""
        return SoftLabelClient(setting, self.local, shares_histogram=self.shares_histogram)

    def server(self, setting: Setting, sites: Sequence[Profile]) -> Server:
        """The server half."""
        return EnsembleServer(setting, sites, self.ensemble, Kind.PROBS)

    def codec(self, kind: Kind, up: bool) -> Codec:
        """Counts as they are, labels in a codec."""
        return Chain() if kind is Kind.COUNTS else self.labels
