"""FedProto: federated prototype learning across heterogeneous clients (Tan et al., AAAI 2022).

A site sends the mean of its features, as its network's head sees them, over its samples of each class: a prototype.
The server answers with the mean over sites, and each site pulls its features towards the prototypes of their classes by
a squared distance. Networks may differ but must have equally many features. Departures: sites predict with their heads,
not by the nearest prototype, and the distance is the mean over features, as in the authors' code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from fedkd.distill import KNOWN, LABEL, PROTOTYPE, CrossEntropy, Objective, PrototypeDistance, Weighted
from fedkd.errors import MixedArchitecturesError
from fedkd.knowledge import Kind, Knowledge
from fedkd.learning import Arrays, Targets, features_of
from fedkd.methods.class_means import Tally, by_label, class_means
from fedkd.methods.digest import fresh_network
from fedkd.methods.ensemble import NOBODY
from fedkd.methods.method import Answers, Client, ClientState, Profile, Server, Setting, Work
from fedkd.methods.quiet import QuietServer
from fedkd.methods.recipe import LocalRecipe
from fedkd.models import fingerprint
from fedkd.wire import Codec

CLASSES, PROTOTYPES = "classes", "prototypes"


@dataclass(frozen=True)
class FedProtoClient:
    """Trains on labels and towards prototypes.

    Attributes:
        setting: The agreed setting.
        recipe: How it trains.
        pull: Weight lambda of the distance to prototypes.
    """

    setting: Setting
    recipe: LocalRecipe
    pull: float

    def start(self, site: Profile) -> ClientState:
        """Weights of its own."""
        return ClientState(fresh_network(self.setting, site, "fedproto"))

    def absorb(self, state: ClientState, messages: Sequence[Knowledge], round_: int) -> ClientState:
        """Keep the prototypes."""
        if not messages:
            return state
        said = messages[-1]
        return ClientState(state.model, {CLASSES: said.rows, PROTOTYPES: said.arrays["values"]})

    def work(self, site: Profile, state: ClientState, round_: int) -> Work:
        """Private data alone, with one more loss once prototypes have arrived."""
        job = self.recipe.job(self.setting, site, round_, None)
        asks = (features_of(f"{site.name}/inputs"),)
        if CLASSES not in state.memory:
            return Work((job,), asks)
        labels = self.setting.store[f"{site.name}/labels"]
        prototypes, known = by_label(state.memory[CLASSES], state.memory[PROTOTYPES], labels)
        (private,) = job.feeds
        policy = Weighted((("prototype", self.pull),))
        objective = Objective((CrossEntropy(), PrototypeDistance()), policy, featured=True)
        targets: Targets = {LABEL: f"{site.name}/labels", PROTOTYPE: prototypes, KNOWN: known}
        return Work((replace(job, feeds=(replace(private, targets=targets, objective=objective),)),), asks)

    def report(self, site: Profile, state: ClientState, round_: int, answers: Answers) -> list[Knowledge]:
        """A prototype for each of the site's classes."""
        features = answers[features_of(f"{site.name}/inputs")]
        labels = self.setting.store[f"{site.name}/labels"]
        return [class_means(features, labels, site.name, round_, fingerprint(state.model.arrays, site.spec))]


class FedProtoServer(QuietServer):
    """Averages prototypes.

    Args:
        setting: The agreed setting.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.message: Knowledge | None = None

    def collect(self, contributions: Sequence[Knowledge], round_: int) -> Mapping[str, object]:
        """Average over the sites that have a class.

        Raises:
            MixedArchitecturesError: Sites have different numbers of features.
        """
        sizes = {k.arrays["values"].shape[1]: k.sender for k in contributions}
        if len(sizes) > 1:
            listed = ", ".join(f"{sender} has {size}" for size, sender in sorted(sizes.items()))
            raise MixedArchitecturesError(
                f"fedproto needs networks with equally many features, but {listed}",
                "use search=fixed, or a space whose networks share the width of their last layer",
            )
        self.message = Tally(contributions, self.setting.classes).message(round_, NOBODY)
        return {}

    def messages(self, site: Profile, round_: int) -> list[Knowledge]:
        """The prototypes; nothing after the last round."""
        return [] if self.message is None or round_ >= self.setting.rounds else [self.message]

    def state(self) -> Arrays:
        """The prototypes."""
        if self.message is None:
            return {}
        return {CLASSES: self.message.rows, PROTOTYPES: np.asarray(self.message.arrays["values"])}

    def restore(self, arrays: Arrays) -> None:
        """Take them back."""
        if CLASSES in arrays:
            table = {"values": arrays[PROTOTYPES]}
            self.message = Knowledge(Kind.PROTOTYPES, table, arrays[CLASSES], "server", 0, NOBODY)


@dataclass(frozen=True)
class FedProto:
    """FedProto.

    Attributes:
        prototypes: Codec of prototypes, both ways.
        local: How a site trains.
        pull: Weight lambda of the distance to prototypes, above 0.
    """

    prototypes: Codec
    local: LocalRecipe = LocalRecipe()
    pull: float = 1.0
    name: str = field(default="fedproto", init=False)
    one_architecture: bool = field(default=False, init=False)
    sends: tuple[Kind, ...] = field(default=(Kind.PROTOTYPES,), init=False)

    def __post_init__(self) -> None:
        if self.pull <= 0:
            raise ValueError(f"pull={self.pull} would make fedproto local training; it must be above 0, such as 1")

    def client(self, setting: Setting) -> Client:
        """The client half."""
        return FedProtoClient(setting, self.local, self.pull)

    def server(self, setting: Setting, sites: Sequence[Profile]) -> Server:
        """The server half."""
        return FedProtoServer(setting)

    def codec(self, kind: Kind, up: bool) -> Codec:
        """One codec for all."""
        return self.prototypes
