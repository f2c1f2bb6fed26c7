"""The server half of every method that answers with an ensemble of the sites' predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fedkd.aggregate import Fusion, Guard, MovingAverage, Votes, gather, site_distances
from fedkd.distill.teachers import Teacher
from fedkd.knowledge import Kind, Knowledge
from fedkd.learning import Arrays, Job, Model, Store
from fedkd.methods.method import Logits, Profile, Setting
from fedkd.models import ArchSpec

TARGETS, TAUGHT = "targets", "taught"
NOBODY = "0" * 16
"""Fingerprint of knowledge that stems from many models."""


@dataclass(frozen=True)
class EnsembleRecipe:
    """guard -> fuse -> teacher -> smooth.

    Attributes:
        fusion: Makes one table of many.
        guard: Puts outliers aside first; None trusts everyone.
        smoothing: Average over rounds.
        teacher: Optional fixed teacher of the public set, mixed in with weight `teacher_share`.
        teacher_share: In [0, 1].
    """

    fusion: Fusion
    guard: Guard | None = None
    smoothing: MovingAverage = MovingAverage()
    teacher: Teacher | None = None
    teacher_share: float = 0.3

    def __post_init__(self) -> None:
        if not 0 <= self.teacher_share <= 1:
            raise ValueError(f"teacher_share={self.teacher_share} must be in [0, 1]")


class EnsembleServer:
    """Fuses what the sites say into targets and sends these to everyone.

    Args:
        setting: The agreed setting.
        sites: All sites.
        recipe: How to fuse.
        kind: What travels, `PROBS` or `LOGITS`.
    """

    def __init__(self, setting: Setting, sites: Sequence[Profile], recipe: EnsembleRecipe, kind: Kind) -> None:
        self.setting = setting
        self.recipe = recipe
        self.kind = kind
        self.taught = None if recipe.teacher is None else recipe.teacher.annotate(setting.store["public"])
        # What the teacher says is also what sites learn from in the first round, when nobody else has spoken.
        self.targets: Logits | None = self.taught
        self._samples = {site.name: site.samples for site in sites}

    def arrays(self) -> Store:
        """An ensemble needs none."""
        return {}

    def collect(self, contributions: Sequence[Knowledge], round_: int) -> Mapping[str, object]:
        """Guard, fuse, mix the teacher in, smooth."""
        votes = gather(contributions, self.setting.rows, self._samples)
        if self.recipe.guard is not None:
            votes = self.recipe.guard(votes)
        fused = self._teach(self.recipe.fusion(votes))
        self.targets = self.recipe.smoothing(self.targets, fused)
        return _facts(votes)

    def _teach(self, fused: Logits) -> Logits:
        if self.taught is None:
            return fused
        share = self.recipe.teacher_share
        return np.asarray((1 - share) * fused + share * self.taught, np.float32)

    def jobs(self, round_: int) -> dict[str, tuple[Model, Job]]:
        """An ensemble trains nothing."""
        return {}

    def trained(self, models: Mapping[str, Model], round_: int) -> None:
        """An ensemble trains nothing."""

    def enrol(self, site: Profile) -> None:
        """An ensemble does not care which networks its members have."""

    def messages(self, site: Profile, round_: int) -> list[Knowledge]:
        """The targets of the next round; nobody trains after the last, so nothing is sent then."""
        if self.targets is None or round_ >= self.setting.rounds:
            return []
        return [self.announce(self.targets, round_)]

    def announce(self, targets: Logits, round_: int) -> Knowledge:
        """A table over the whole public set as Knowledge."""
        return Knowledge(self.kind, {"values": targets}, self.setting.rows, "server", round_, NOBODY)

    def students(self) -> Mapping[ArchSpec, Model]:
        """An ensemble has no network of its own."""
        return {}

    def state(self) -> Arrays:
        """The targets, and what the teacher said: its file may be another by the time of a resume."""
        known = {TARGETS: self.targets, TAUGHT: self.taught}
        return {name: table for name, table in known.items() if table is not None}

    def restore(self, arrays: Arrays) -> None:
        """Take the targets back."""
        self.targets, self.taught = arrays.get(TARGETS), arrays.get(TAUGHT)


def _facts(votes: Votes) -> dict[str, object]:
    aside = [s for s, w in zip(votes.senders, votes.weights, strict=True) if w == 0]
    distances = {s: round(float(d), 5) for s, d in zip(votes.senders, site_distances(votes), strict=True)}
    return {"put_aside": aside, "distance": distances}
