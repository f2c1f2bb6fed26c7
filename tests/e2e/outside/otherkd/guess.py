"""A task and a method."""

from dataclasses import dataclass
from typing import ClassVar

from fedkd.aggregate import Mean
from fedkd.data.split import split
from fedkd.distill import hard_labels
from fedkd.knowledge import Kind
from fedkd.methods.ensemble import EnsembleRecipe, EnsembleServer
from fedkd.methods.recipe import LocalRecipe
from fedkd.methods.soft_labels import SoftLabelClient
from fedkd.search import ListedSpace
from fedkd.wire import Codec


@dataclass(frozen=True)
class Guess:
    """Classification that knows one figure only."""

    name: ClassVar[str] = "guess"
    kinds: ClassVar[tuple[Kind, ...]] = (Kind.PROBS,)
    space: ClassVar[ListedSpace] = ListedSpace(
        ("{family: otherkd.nets.FAMILY, width: 6}", "{family: otherkd.nets.FAMILY, width: 12}")
    )

    def load(self, data, partition, public, sites, streams):
        """Deal the source out."""
        return split(data.source.load(), partition, public, data.split, sites, streams)

    def supervised(self, weight):
        """Cross entropy."""
        return hard_labels(weight)

    def scores(self, logits, targets, histogram):
        """Share of samples that are right."""
        return {"global_accuracy": float((logits.argmax(-1) == targets).mean())}


@dataclass(frozen=True)
class Whispers:
    """Sites exchange soft labels, and believe the mean."""

    labels: Codec
    local: LocalRecipe = LocalRecipe()
    name: ClassVar[str] = "whispers"
    one_architecture: ClassVar[bool] = False
    sends: ClassVar[tuple[Kind, ...]] = (Kind.PROBS,)

    def client(self, setting):
        """The client half."""
        return SoftLabelClient(setting, self.local)

    def server(self, setting, sites):
        """The server half."""
        return EnsembleServer(setting, sites, EnsembleRecipe(Mean()), Kind.PROBS)

    def codec(self, kind, up):
        """One codec for all."""
        return self.labels
