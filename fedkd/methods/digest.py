"""The client half that first digests what the others say of the public set, then revisits its own data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from fedkd.distill import TEACHER, Objective
from fedkd.errors import ArchitectureError
from fedkd.knowledge import Kind, Knowledge
from fedkd.learning import Feed, Job, Model, draw_rows
from fedkd.methods.method import Answers, ClientState, Logits, Profile, Setting, Work
from fedkd.methods.recipe import LocalRecipe
from fedkd.methods.soft_labels import TARGETS, align
from fedkd.models import fingerprint, is_forest


@dataclass(frozen=True)
class Digest:
    """How a site learns from the public set.

    Attributes:
        steps: Steps on the public set a round.
        batch: Public samples a step.
    """

    steps: int = 20
    batch: int = 64

    def __post_init__(self) -> None:
        if min(self.steps, self.batch) < 1:
            raise ValueError(f"digest needs steps={self.steps} and batch={self.batch} of at least 1")

    def job(
        self,
        setting: Setting,
        site: Profile,
        round_: int,
        targets: Logits,
        objective: Objective,
        recipe: LocalRecipe,
        rows: NDArray[np.int64] | None = None,
    ) -> Job:
        """The job of one round.

        Args:
            setting: The agreed setting.
            site: The site.
            round_: The round.
            targets: [N, C] for the whole public set.
            objective: What to match.
            recipe: Names the optimiser.
            rows: Positions in the public set to learn from; None for all.
        """
        rng = setting.streams.generator(site.name, "digest-rows", round_)
        drawn = draw_rows(rng, len(setting.rows) if rows is None else len(rows), self.steps, self.batch)
        feed = Feed("public", {TEACHER: targets}, drawn if rows is None else rows[drawn], objective)
        return Job((feed,), recipe.optimizer)


@dataclass(frozen=True)
class DigestClient:
    """Digest, revisit, say what it thinks of the public set.

    Attributes:
        setting: The agreed setting.
        revisit: How it trains on its own data.
        digest: How it learns from the public set.
        objective: What to match there.
        kind: What it sends: `PROBS` or `LOGITS`.
        method: Its name, for messages.
    """

    setting: Setting
    revisit: LocalRecipe
    digest: Digest
    objective: Objective
    kind: Kind
    method: str

    def start(self, site: Profile) -> ClientState:
        """Weights of its own, unlike every other site's.

        Raises:
            ArchitectureError: The site carries trees, which cannot learn step by step.
        """
        return ClientState(fresh_network(self.setting, site, self.method))

    def absorb(self, state: ClientState, messages: Sequence[Knowledge], round_: int) -> ClientState:
        """Keep what the others say."""
        tables = [message for message in messages if message.kind is self.kind]
        if not tables:
            return state
        return ClientState(state.model, {TARGETS: align(tables[-1], self.setting)})

    def work(self, site: Profile, state: ClientState, round_: int) -> Work:
        """The revisit alone before anything arrived, then both."""
        revisit = self.revisit.job(self.setting, site, round_, None)
        if TARGETS not in state.memory:
            return Work((revisit,), ("public",))
        targets = state.memory[TARGETS]
        digest = self.digest.job(self.setting, site, round_, targets, self.objective, self.revisit)
        return Work((digest, revisit), ("public",))

    def report(self, site: Profile, state: ClientState, round_: int, answers: Answers) -> list[Knowledge]:
        """Logits or probabilities on the public set."""
        logits = answers["public"]
        table: Mapping[str, Logits] = {"values": logits if self.kind is Kind.LOGITS else softmax(logits, axis=-1)}
        print_ = fingerprint(state.model.arrays, site.spec)
        return [Knowledge(self.kind, dict(table), self.setting.rows, site.name, round_, print_)]


def fresh_network(setting: Setting, site: Profile, method: str) -> Model:
    """Weights of the site's own.

    Raises:
        ArchitectureError: The site carries trees, and the method learns step by step.
    """
    if is_forest(site.spec):
        raise ArchitectureError(
            f"{method} trains by gradient, which {site.spec.name} of {site.name} has none of",
            "search among networks, or use a method that trains on labels and soft labels at once, such as fedkdnas",
        )
    return setting.fresh(site.spec, site.name)
