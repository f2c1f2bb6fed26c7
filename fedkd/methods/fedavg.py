"""FedAvg: communication-efficient learning from decentralised data (McMahan et al., AISTATS 2017).

The rival that distillation has to be measured against, so it gets what it needs to be good: SGD with momentum
(Adam that is reset every round costs it 10 to 20 points), and updates that may be quantised both ways. All
sites start from one seed, so no initial weights travel. Both directions send updates: the server sends the
difference between what it wants the sites to have and what they have, so quantisation errors do not pile up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fedkd.errors import MixedArchitecturesError
from fedkd.knowledge import Kind, Knowledge
from fedkd.learning import Arrays, Model, Optimizer
from fedkd.methods.common_weights import CommonWeights, update_of, updated
from fedkd.methods.method import Answers, Client, ClientState, Profile, Server, Setting, Work
from fedkd.methods.quiet import QuietServer
from fedkd.methods.recipe import LocalRecipe
from fedkd.models import ArchSpec
from fedkd.wire import Codec


@dataclass(frozen=True)
class FedAvgClient:
    """Trains the common network on its own data and sends the change.

    Attributes:
        setting: The agreed setting.
        recipe: How it trains.
    """

    setting: Setting
    recipe: LocalRecipe

    def start(self, site: Profile) -> ClientState:
        """The common first weights, which follow from the run's seed."""
        model = self.setting.fresh(site.spec, "federation")
        return ClientState(model, dict(model.arrays))

    def absorb(self, state: ClientState, messages: Sequence[Knowledge], round_: int) -> ClientState:
        """Add the server's update to the weights that it last knew of; the optimiser starts afresh."""
        common = updated(state, messages)
        return state if common is None else ClientState(state.model.reset(common), dict(common))

    def work(self, site: Profile, state: ClientState, round_: int) -> Work:
        """Private data alone."""
        return Work((self.recipe.job(self.setting, site, round_, None),))

    def report(self, site: Profile, state: ClientState, round_: int, answers: Answers) -> list[Knowledge]:
        """The change of the weights in this round."""
        return [update_of(state.model, state.memory, site.name, round_)]


class FedAvgServer(QuietServer):
    """Averages updates, weighted by the number of samples.

    Args:
        setting: The agreed setting.
        sites: All sites, with one architecture.
        codec: How updates travel down.
    """

    def __init__(self, setting: Setting, sites: Sequence[Profile], codec: Codec) -> None:
        self.setting = setting
        self.samples = {site.name: float(site.samples) for site in sites}
        self.common = CommonWeights(setting, sites, codec)

    def collect(self, contributions: Sequence[Knowledge], round_: int) -> Mapping[str, object]:
        """Average. An update counts less the older it is: by 1 / sqrt(1 + age), as FedBuff has it."""
        weights = {k.sender: self.samples[k.sender] / (1 + round_ - k.round) ** 0.5 for k in contributions}
        self.common.average(contributions, weights)
        return {}

    def enrol(self, site: Profile) -> None:
        """All sites share one network, so none can move to another."""
        raise MixedArchitecturesError(
            f"{site.name} cannot move to {site.spec.name} under fedavg", "use search=fixed, or exchange predictions"
        )

    def messages(self, site: Profile, round_: int) -> list[Knowledge]:
        """What the site lacks."""
        return [self.common.message(site, round_)] if round_ else []

    def students(self) -> Mapping[ArchSpec, Model]:
        """The common network."""
        return self.common.models

    def state(self) -> Arrays:
        """The weights that the sites have, and those that they should have."""
        return self.common.state()

    def restore(self, arrays: Arrays) -> None:
        """Take the weights back."""
        self.common.restore(arrays)


@dataclass(frozen=True)
class FedAvg:
    """FedAvg.

    Attributes:
        updates: Codec of updates, both ways.
        local: How a site trains.
    """

    updates: Codec
    local: LocalRecipe = field(
        default_factory=lambda: LocalRecipe(steps=20, optimizer=Optimizer("sgd", 0.05, momentum=0.9))
    )
    name: str = field(default="fedavg", init=False)
    one_architecture: bool = field(default=True, init=False)
    sends: tuple[Kind, ...] = field(default=(Kind.UPDATE,), init=False)

    def client(self, setting: Setting) -> Client:
        """The client half."""
        return FedAvgClient(setting, self.local)

    def server(self, setting: Setting, sites: Sequence[Profile]) -> Server:
        """The server half."""
        return FedAvgServer(setting, sites, self.updates)

    def codec(self, kind: Kind, up: bool) -> Codec:
        """One codec for all."""
        return self.updates
