"""Local-KD: a site distils a fixed teacher on the public set while it learns from its own data. Nothing travels.

The papers that compare with it do not define it. Here the teacher is a fixed one, if there is one, and otherwise the
site's own network as it is after some rounds of training alone: self-distillation (Furlanello et al., Born again neural
networks, ICML 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from scipy.special import softmax

from fedkd.distill.teachers import Teacher
from fedkd.errors import CodecMismatchError
from fedkd.knowledge import Kind, Knowledge
from fedkd.methods.method import Answers, Client, ClientState, Profile, Server, Setting, Work
from fedkd.methods.quiet import QuietClient, QuietServer
from fedkd.methods.recipe import LocalRecipe
from fedkd.methods.soft_labels import TARGETS
from fedkd.wire import Codec


class LocalKDClient(QuietClient):
    """Trains on its own data and on what its teacher says.

    Args:
        setting: The agreed setting.
        recipe: How it trains.
        teacher: A fixed teacher, or None for the site's own network.
        alone: Rounds after which the site's own network becomes its teacher.
    """

    def __init__(self, setting: Setting, recipe: LocalRecipe, teacher: Teacher | None, alone: int) -> None:
        super().__init__(setting)
        self.recipe = recipe
        self.alone = alone
        self.taught = None if teacher is None else teacher.annotate(setting.store["public"])

    def start(self, site: Profile) -> ClientState:
        """Weights of its own, and what the teacher says, which a resumed run must not ask again."""
        state = super().start(site)
        return state if self.taught is None else replace(state, memory={TARGETS: self.taught})

    def absorb(self, state: ClientState, messages: Sequence[Knowledge], round_: int) -> ClientState:
        """At the end of the rounds alone, the site's network becomes its teacher."""
        if TARGETS in state.memory or round_ < self.alone:
            return state
        logits = self.setting.learner.predict(state.model, self.setting.store["public"])
        return replace(state, memory={TARGETS: softmax(logits, axis=-1)})

    def work(self, site: Profile, state: ClientState, round_: int) -> Work:
        """Private data, and the public set once there is a teacher."""
        return Work((self.recipe.job(self.setting, site, round_, state.memory.get(TARGETS)),))

    def report(self, site: Profile, state: ClientState, round_: int, answers: Answers) -> list[Knowledge]:
        """Nothing to say."""
        return []


@dataclass(frozen=True)
class LocalKD:
    """Local-KD.

    Attributes:
        local: How a site trains.
        teacher: A fixed teacher of the public set; None for the site's own network after `alone` rounds.
        alone: Rounds of training alone before that, at least 1.
    """

    local: LocalRecipe = LocalRecipe()
    teacher: Teacher | None = None
    alone: int = 4
    name: str = field(default="local_kd", init=False)
    one_architecture: bool = field(default=False, init=False)
    sends: tuple[Kind, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        if self.alone < 1:
            raise ValueError(f"alone={self.alone} must be at least 1")

    def client(self, setting: Setting) -> Client:
        """The client half."""
        return LocalKDClient(setting, self.local, self.teacher, self.alone)

    def server(self, setting: Setting, sites: Sequence[Profile]) -> Server:
        """The server half."""
        return QuietServer()

    def codec(self, kind: Kind, up: bool) -> Codec:
        """Nothing travels."""
        raise CodecMismatchError(f"local training sends no {kind}", "choose another method")
