"""FedAvg: communication-efficient learning from decentralised data (McMahan et al., AISTATS 2017).

The rival that distillation has to be measured against, so it gets what it needs to be good: SGD with momentum
(Adam that is reset every round costs it 10 to 20 points), and updates that may be quantised both ways. All
sites start from one seed, so no initial weights travel. Both directions send updates: the server sends the
difference between what it wants the sites to have and what they have, so quantisation errors do not pile up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fedkd.aggregate import apply_update, difference, mean_arrays
from fedkd.errors import MixedArchitecturesError
from fedkd.knowledge import Kind, Knowledge
from fedkd.learning import Arrays, Job, Model, Optimizer, Store
from fedkd.methods.method import Client, ClientState, Logits, Profile, Server, Setting
from fedkd.methods.recipe import LocalRecipe
from fedkd.models import ArchSpec, fingerprint
from fedkd.wire import Codec, WireContext

NO_ROWS = np.zeros(0, np.int64)


@dataclass(frozen=True)
class FedAvgClient:
    """Trains the common network on its own data and sends the change.

    Attributes:
        setting: The agreed setting.
        recipe: How it trains.
    """

    setting: Setting
    recipe: LocalRecipe
    asks: tuple[str, ...] = ()

    def start(self, site: Profile) -> ClientState:
        """The common first weights, which follow from the run's seed."""
        model = self.setting.fresh(site.spec, "federation")
        return ClientState(model, dict(model.arrays))

    def absorb(self, state: ClientState, messages: Sequence[Knowledge], round_: int) -> ClientState:
        """Add the server's update to the weights of the last round; the optimiser starts afresh."""
        if not messages:
            return state
        common = apply_update(state.memory, messages[0].arrays)
        return ClientState(state.model.reset(common), dict(common))

    def jobs(self, site: Profile, state: ClientState, round_: int) -> tuple[Job, ...]:
        """Private data alone."""
        return (self.recipe.job(self.setting, site, round_, None),)

    def report(self, site: Profile, state: ClientState, round_: int, logits: Mapping[str, Logits]) -> list[Knowledge]:
        """The change of the weights in this round."""
        update = difference(state.model.arrays, state.memory)
        print_ = fingerprint(state.model.arrays, site.spec)
        return [Knowledge(Kind.UPDATE, update, NO_ROWS, site.name, round_, print_)]


class FedAvgServer:
    """Averages updates, weighted by the number of samples.

    Args:
        setting: The agreed setting.
        sites: All sites, with one architecture.
        codec: How updates travel down; the server must know what the sites will decode.
    """

    def __init__(self, setting: Setting, sites: Sequence[Profile], codec: Codec) -> None:
        self.setting = setting
        self.codec = codec
        self.samples = {site.name: site.samples for site in sites}
        self.common = setting.fresh(sites[0].spec, "federation")
        self.wanted: Arrays = dict(self.common.arrays)
        self.pending: Knowledge | None = None

    def arrays(self) -> Store:
        """It trains nothing itself."""
        return {}

    def collect(self, contributions: Sequence[Knowledge], round_: int) -> Mapping[str, object]:
        """Average, and prepare the update that takes the sites there."""
        mean = mean_arrays([c.arrays for c in contributions], [self.samples[c.sender] for c in contributions])
        # From what was wanted, not from what arrived: what quantisation left out is sent with the next update.
        self.wanted = apply_update(self.wanted, mean)
        step = difference(self.wanted, self.common.arrays)
        print_ = fingerprint(self.wanted, self.common.spec)
        self.pending = Knowledge(Kind.UPDATE, step, NO_ROWS, "server", round_, print_)
        context = WireContext()
        received = self.codec.decode(self.codec.encode(self.pending, context), context)
        self.common = self.common.reset(apply_update(self.common.arrays, received.arrays))
        return {}

    def jobs(self, round_: int) -> dict[str, tuple[Model, Job]]:
        """It trains nothing itself."""
        return {}

    def trained(self, models: Mapping[str, Model], round_: int) -> None:
        """It trains nothing itself."""

    def enrol(self, site: Profile) -> None:
        """All sites share one network, so none can move to another."""
        raise MixedArchitecturesError(
            f"{site.name} cannot move to {site.spec.name} under fedavg", "use search=fixed, or exchange predictions"
        )

    def messages(self, site: Profile, round_: int) -> list[Knowledge]:
        """The update of this round."""
        return [] if self.pending is None else [self.pending]

    def students(self) -> Mapping[ArchSpec, Model]:
        """The common network."""
        return {self.common.spec: self.common}

    def state(self) -> Arrays:
        """The weights that the sites have, and those that they should have."""
        held = {f"common/{name}": array for name, array in self.common.arrays.items()}
        return {**held, **{f"wanted/{name}": array for name, array in self.wanted.items()}}

    def restore(self, arrays: Arrays) -> None:
        """Take the weights back."""
        parts: dict[str, Arrays] = {"common": {}, "wanted": {}}
        for key, array in arrays.items():
            part, name = key.split("/", 1)
            parts[part][name] = array
        self.common, self.wanted = self.common.reset(parts["common"]), parts["wanted"]


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

    def client(self, setting: Setting) -> Client:
        """The client half."""
        return FedAvgClient(setting, self.local)

    def server(self, setting: Setting, sites: Sequence[Profile]) -> Server:
        """The server half."""
        return FedAvgServer(setting, sites, self.updates)

    def codec(self, kind: Kind, up: bool) -> Codec:
        """One codec for all."""
        return self.updates
