"""Ditto: fair and robust federated learning through personalization (Li et al., ICML 2021).

Every site trains two networks: the common one, as FedAvg does, and a personal one that is pulled towards the common
one by lambda / 2 |v - w|^2, with w as it was received. The personal one is what the site is judged by. With lambda = 0
it would be local training (the default of a well-known library, and a trap), so that is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from fedkd.knowledge import Kind, Knowledge
from fedkd.learning import Optimizer
from fedkd.methods.common_weights import update_of, updated
from fedkd.methods.fedavg import FedAvgServer
from fedkd.methods.method import Answers, Client, ClientState, Profile, Server, Setting, Work
from fedkd.methods.recipe import LocalRecipe
from fedkd.wire import Codec


@dataclass(frozen=True)
class DittoClient:
    """Trains a personal network beside the common one.

    Attributes:
        setting: The agreed setting.
        recipe: How it trains both.
        personal_pull: Lambda.
    """

    setting: Setting
    recipe: LocalRecipe
    personal_pull: float

    def start(self, site: Profile) -> ClientState:
        """Both start from the common first weights; `memory` holds the common ones as they were received."""
        model = self.setting.fresh(site.spec, "federation")
        return ClientState(model, dict(model.arrays), model)

    def absorb(self, state: ClientState, messages: Sequence[Knowledge], round_: int) -> ClientState:
        """Update the common network; the personal one stays."""
        common = updated(state, messages)
        if common is None:
            return state
        assert state.companion is not None
        return replace(state, memory=dict(common), companion=state.companion.reset(common))

    def work(self, site: Profile, state: ClientState, round_: int) -> Work:
        """The same samples for both; the personal network is pulled towards the common one."""
        job = self.recipe.job(self.setting, site, round_, None)
        return Work((replace(job, pull=self.personal_pull, anchor=dict(state.memory)),), companion=(job,))

    def report(self, site: Profile, state: ClientState, round_: int, answers: Answers) -> list[Knowledge]:
        """The change of the common network."""
        assert state.companion is not None
        return [update_of(state.companion, state.memory, site.name, round_)]


@dataclass(frozen=True)
class Ditto:
    """Ditto.

    Attributes:
        updates: Codec of updates, both ways.
        local: How a site trains both networks.
        personal_pull: Lambda, above 0.
    """

    updates: Codec
    local: LocalRecipe = LocalRecipe(steps=20, optimizer=Optimizer("sgd", 0.05, momentum=0.9))
    personal_pull: float = 1.0
    name: str = field(default="ditto", init=False)
    one_architecture: bool = field(default=True, init=False)
    sends: tuple[Kind, ...] = field(default=(Kind.UPDATE,), init=False)

    def __post_init__(self) -> None:
        if self.personal_pull <= 0:
            raise ValueError(
                f"personal_pull={self.personal_pull} would make ditto local training; it must be above 0, such as 1"
            )

    def client(self, setting: Setting) -> Client:
        """The client half."""
        return DittoClient(setting, self.local, self.personal_pull)

    def server(self, setting: Setting, sites: Sequence[Profile]) -> Server:
        """The server half."""
        return FedAvgServer(setting, sites, self.updates)

    def codec(self, kind: Kind, up: bool) -> Codec:
        """One codec for all."""
        return self.updates
