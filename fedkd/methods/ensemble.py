"""The server half of every method that answers with an ensemble of the sites' predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fedkd.aggregate import Fusion, Guard, MovingAverage, Staleness, Votes, gather, site_distances
from fedkd.distill.teachers import Teacher
from fedkd.knowledge import Kind, Knowledge
from fedkd.learning import Arrays, Job, Model, Store
from fedkd.methods.method import Logits, Profile, Setting
from fedkd.models import ArchSpec

TARGETS, TAUGHT = "targets", "taught"
REMEMBERED, COUNTS, HEARD, TRUST = "guard/", "counts/", "heard/", "trust/"
"""Prefixes of the names of what a guard remembers, and of what sites said."""
NOBODY = "0" * 16
"""Fingerprint of knowledge that stems from many models."""


@dataclass(frozen=True)
class EnsembleRecipe:
    """recall -> guard -> fuse -> teacher -> smooth.

    Attributes:
        fusion: Makes one table of many.
        guard: Puts outliers aside first; None trusts everyone.
        smoothing: Average over rounds.
        teacher: Optional fixed teacher of the public set, mixed in with weight `teacher_share`.
        teacher_share: In [0, 1].
        staleness: How long and how much the last votes of absent sites count.
    """

    fusion: Fusion
    guard: Guard | None = None
    smoothing: MovingAverage = MovingAverage()
    teacher: Teacher | None = None
    teacher_share: float = 0.3
    staleness: Staleness = Staleness()

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
        self._memory: Arrays = {}
        self._announced: tuple[Logits, Knowledge] | None = None
        self._samples = {site.name: site.samples for site in sites}
        self._counts: dict[str, NDArray[np.int64]] = {}
        self._heard: dict[str, Knowledge] = {}
        self._trust: dict[str, np.float32] = {}

    def arrays(self) -> Store:
        """An ensemble needs none."""
        return {}

    def collect(self, contributions: Sequence[Knowledge], round_: int) -> Mapping[str, object]:
        """Recall, guard, fuse, mix the teacher in, smooth."""
        self._counts |= {
            k.sender: class_counts(k, self.setting.classes) for k in contributions if k.kind is Kind.COUNTS
        }
        tables = self._recall([k for k in contributions if k.kind is self.kind], round_)
        if not tables:
            return {}
        counts = self._counts if all(k.sender in self._counts for k in tables) else None
        votes = gather(tables, self.setting.rows, self._samples, counts)
        votes = self._guarded(votes, {k.sender for k in contributions})
        votes = self.recipe.staleness(votes, np.array([round_ - k.round for k in tables], np.int64))
        fused = self._teach(self.recipe.fusion(votes))
        self.targets = self.recipe.smoothing(self.targets, fused)
        return _facts(votes)

    def _guarded(self, votes: Votes, speaking: AbstractSet[str]) -> Votes:
        """Weigh those who speak in this round; others keep the weight that they had when they last did."""
        if self.recipe.guard is None:
            return votes
        fresh = np.array([sender in speaking for sender in votes.senders])
        judged, memory = self.recipe.guard(votes.of(fresh), self._memory)
        self._memory = dict(memory)
        self._trust |= dict(zip(judged.senders, judged.weights, strict=True))
        return votes.reweighted(np.array([self._trust[sender] for sender in votes.senders], np.float32))

    def _recall(self, tables: Sequence[Knowledge], round_: int) -> list[Knowledge]:
        """What was said in this round, and what others said that is not too old, in the order of the sites."""
        oldest = round_ - self.recipe.staleness.rounds
        heard = {name: k for name, k in self._heard.items() if k.round >= oldest} | {k.sender: k for k in tables}
        if self.recipe.staleness.rounds:
            self._heard = heard
        return [heard[name] for name in self._samples if name in heard]

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
        # One message for all sites, so that it is coded once.
        if self._announced is None or self._announced[0] is not targets or self._announced[1].round != round_:
            message = Knowledge(self.kind, {"values": targets}, self.setting.rows, "server", round_, NOBODY)
            self._announced = targets, message
        return self._announced[1]

    def students(self) -> Mapping[ArchSpec, Model]:
        """An ensemble has no network of its own."""
        return {}

    def state(self) -> Arrays:
        """The targets, what the guard remembers, and what the teacher said: its file may change before a resume."""
        known = {TARGETS: self.targets, TAUGHT: self.taught}
        return {
            **{name: table for name, table in known.items() if table is not None},
            **{REMEMBERED + name: array for name, array in self._memory.items()},
            **{COUNTS + name: counts for name, counts in self._counts.items()},
            **{TRUST + name: np.array([self._trust[name]]) for name in self._heard if name in self._trust},
            **{f"{HEARD}{name}/rows": k.rows for name, k in self._heard.items()},
            **{f"{HEARD}{name}/values": np.asarray(k.arrays["values"]) for name, k in self._heard.items()},
            **{f"{HEARD}{name}/round": np.array([k.round]) for name, k in self._heard.items()},
        }

    def restore(self, arrays: Arrays) -> None:
        """Take the targets back, and the guard's memory."""
        self.targets, self.taught = arrays.get(TARGETS), arrays.get(TAUGHT)
        self._memory = _below(REMEMBERED, arrays)
        self._counts = _below(COUNTS, arrays)
        self._trust = {name: weight[0] for name, weight in _below(TRUST, arrays).items()}
        heard = _below(HEARD, arrays)
        for name in (key.removesuffix("/rows") for key in heard if key.endswith("/rows")):
            table, round_ = {"values": heard[f"{name}/values"]}, int(heard[f"{name}/round"][0])
            self._heard[name] = Knowledge(self.kind, table, heard[f"{name}/rows"], name, round_, NOBODY)


def class_counts(knowledge: Knowledge, classes: int) -> NDArray[np.int64]:
    """[C] private samples of each class, as a site reports those that it has."""
    counts = np.zeros(classes, np.int64)
    counts[knowledge.rows] = knowledge.arrays["counts"]
    return counts


def _below(prefix: str, arrays: Arrays) -> Arrays:
    return {key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)}


def _facts(votes: Votes) -> dict[str, object]:
    aside = [s for s, w in zip(votes.senders, votes.weights, strict=True) if w == 0]
    distances = {s: round(float(d), 5) for s, d in zip(votes.senders, site_distances(votes), strict=True)}
    return {"put_aside": aside, "distance": distances}
