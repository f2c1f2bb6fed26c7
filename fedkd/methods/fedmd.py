"""FedMD: heterogeneous federated learning via model distillation (Li and Wang, arXiv 1910.03581).

Sites send logits on the public set, the server answers with their mean, and each site first digests it
(mean absolute error on public samples) and then revisits its own data. Departures: the public set is
unlabelled here, so there is no supervised pre-training on it, and the same public samples serve every round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fedkd.aggregate import Mean
from fedkd.distill import TEACHER, Constant, MeanAbsoluteError, Objective
from fedkd.errors import ArchitectureError
from fedkd.knowledge import Kind, Knowledge
from fedkd.learning import Feed, Job, draw_rows
from fedkd.methods.ensemble import EnsembleRecipe, EnsembleServer
from fedkd.methods.method import Client, ClientState, Logits, Profile, Server, Setting
from fedkd.methods.recipe import LocalRecipe
from fedkd.methods.soft_labels import TARGETS, align
from fedkd.models import fingerprint, is_forest
from fedkd.wire import Codec


@dataclass(frozen=True)
class FedMDClient:
    """Digest, then revisit.

    Attributes:
        setting: The agreed setting.
        revisit: How it trains on its own data.
        digest_steps: Steps on the public set a round.
        digest_batch: Public samples a step.
    """

    setting: Setting
    revisit: LocalRecipe
    digest_steps: int
    digest_batch: int
    asks: tuple[str, ...] = ("public",)

    def start(self, site: Profile) -> ClientState:
        """Weights of its own, unlike every other site's.

        Raises:
            ArchitectureError: The site carries trees, which cannot digest logits step by step.
        """
        if is_forest(site.spec):
            raise ArchitectureError(
                f"fedmd trains by gradient, which {site.spec.name} of {site.name} has none of",
                "search among networks, or use a method that exchanges probabilities",
            )
        return ClientState(self.setting.fresh(site.spec, site.name))

    def absorb(self, state: ClientState, messages: Sequence[Knowledge], round_: int) -> ClientState:
        """Keep the mean logits."""
        if not messages:
            return state
        return ClientState(state.model, {TARGETS: align(messages[0], self.setting)})

    def jobs(self, site: Profile, state: ClientState, round_: int) -> tuple[Job, ...]:
        """The revisit alone before the first logits arrive, then both."""
        revisit = self.revisit.job(self.setting, site, round_, None)
        if TARGETS not in state.memory:
            return (revisit,)
        rng = self.setting.streams.generator(site.name, "digest-rows", round_)
        rows = draw_rows(rng, len(self.setting.rows), self.digest_steps, self.digest_batch)
        objective = Objective((MeanAbsoluteError(),), Constant())
        feed = Feed("public", {TEACHER: state.memory[TARGETS]}, rows, objective)
        return Job((feed,), self.revisit.optimizer), revisit

    def report(self, site: Profile, state: ClientState, round_: int, logits: Mapping[str, Logits]) -> list[Knowledge]:
        """Logits on the public set."""
        print_ = fingerprint(state.model.arrays, site.spec)
        table = {"values": logits["public"]}
        return [Knowledge(Kind.LOGITS, table, self.setting.rows, site.name, round_, print_)]


@dataclass(frozen=True)
class FedMD:
    """FedMD.

    Attributes:
        logits: Codec of logits, both ways.
        revisit: How a site trains on its own data.
        digest_steps: Steps on the public set a round.
        digest_batch: Public samples a step.
    """

    logits: Codec
    revisit: LocalRecipe = field(default_factory=LocalRecipe)
    digest_steps: int = 20
    digest_batch: int = 64
    name: str = field(default="fedmd", init=False)
    one_architecture: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        if min(self.digest_steps, self.digest_batch) < 1:
            raise ValueError("digest_steps and digest_batch must be at least 1")

    def client(self, setting: Setting) -> Client:
        """The client half."""
        return FedMDClient(setting, self.revisit, self.digest_steps, self.digest_batch)

    def server(self, setting: Setting, sites: Sequence[Profile]) -> Server:
        """The server half."""
        return EnsembleServer(setting, sites, EnsembleRecipe(Mean()), Kind.LOGITS)

    def codec(self, kind: Kind, up: bool) -> Codec:
        """One codec for all."""
        return self.logits
