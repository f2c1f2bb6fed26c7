"""Halves for methods in which a side has nothing to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fedkd.knowledge import Knowledge
from fedkd.learning import Arrays, Job, Model, Store
from fedkd.methods.method import Answers, ClientState, Profile, Setting, Work
from fedkd.models import ArchSpec


class QuietClient:
    """Trains nothing and says nothing; takes over the weights that it is sent.

    Args:
        setting: The agreed setting.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    def start(self, site: Profile) -> ClientState:
        """Weights of its own."""
        return ClientState(self.setting.fresh(site.spec, site.name))

    def absorb(self, state: ClientState, messages: Sequence[Knowledge], round_: int) -> ClientState:
        """Take over the last weights."""
        return ClientState(state.model.reset(dict(messages[-1].arrays))) if messages else state

    def work(self, site: Profile, state: ClientState, round_: int) -> Work:
        """Nothing to train."""
        return Work()

    def report(self, site: Profile, state: ClientState, round_: int, answers: Answers) -> list[Knowledge]:
        """Nothing to say."""
        return []


class QuietServer:
    """Trains nothing and says nothing."""

    def arrays(self) -> Store:
        """Nothing needed."""
        return {}

    def collect(self, contributions: Sequence[Knowledge], round_: int) -> Mapping[str, object]:
        """Nothing to collect."""
        return {}

    def jobs(self, round_: int) -> dict[str, tuple[Model, Job]]:
        """Nothing to train."""
        return {}

    def trained(self, models: Mapping[str, Model], round_: int) -> None:
        """Nothing to take back."""

    def enrol(self, site: Profile) -> None:
        """Nothing depends on it."""

    def messages(self, site: Profile, round_: int) -> list[Knowledge]:
        """Nothing to say."""
        return []

    def students(self) -> Mapping[ArchSpec, Model]:
        """No network."""
        return {}

    def state(self) -> Arrays:
        """Nothing to remember."""
        return {}

    def restore(self, arrays: Arrays) -> None:
        """Nothing to remember."""
