"""SCARLET: soft-label caching and sharpening for communication-efficient federated distillation (arXiv 2504.19602).

In each round a part of the public set is in play, and only samples whose cached label is missing or too old are asked
for: sites send their probabilities on these, the server sends the sharpened mean back, and both ends keep it. What
expires follows from the rounds in which labels were made, so no signals travel. A site that was away is sent all labels
made since it was last there, each with its round. In the spirit of the paper: the digest follows DS-FL's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from fedkd.aggregate import Fusion, gather
from fedkd.distill import soft_labels
from fedkd.knowledge import Kind, Knowledge
from fedkd.learning import Arrays
from fedkd.methods.digest import Digest, fresh_network
from fedkd.methods.ensemble import NOBODY
from fedkd.methods.method import Answers, Client, ClientState, Profile, Server, Setting, Work
from fedkd.methods.quiet import QuietServer
from fedkd.methods.recipe import LocalRecipe
from fedkd.models import fingerprint
from fedkd.wire import Codec

LABELS, STAMPS = "labels", "stamps"


@dataclass(frozen=True)
class Cache:
    """Which public samples a round needs labels for; sites and server come to the same answer.

    Attributes:
        share: Share of the public set that is in play in a round, in (0, 1].
        duration: Rounds for which a label is good.
    """

    share: float = 0.5
    duration: int = 4

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1 or self.duration < 1:
            raise ValueError(
                f"cache needs share={self.share} above 0 and at most 1, and duration={self.duration} of at least 1"
            )

    def played(self, setting: Setting, round_: int) -> NDArray[np.int64]:
        """Positions of the public samples in play."""
        count = max(1, round(self.share * len(setting.rows)))
        drawn = setting.streams.generator("federation", "public-part", round_).permutation(len(setting.rows))
        return np.sort(drawn[:count])

    def wanted(self, setting: Setting, stamps: NDArray[np.int64], round_: int) -> NDArray[np.int64]:
        """Positions of those in play whose label is missing (stamp 0) or was made `duration` rounds ago or earlier."""
        played = self.played(setting, round_)
        stale: NDArray[np.int64] = played[(stamps[played] == 0) | (round_ - stamps[played] >= self.duration)]
        return stale


def empty(setting: Setting) -> Arrays:
    """A cache without labels: stamps are the rounds in which they were made."""
    samples = len(setting.rows)
    uniform = np.full((samples, setting.classes), 1 / setting.classes, np.float32)
    return {LABELS: uniform, STAMPS: np.zeros(samples, np.int64)}


def keep(cache: Arrays, setting: Setting, knowledge: Knowledge) -> Arrays:
    """The cache with the labels of a message, stamped with its round."""
    labels, stamps = cache[LABELS].copy(), cache[STAMPS].copy()
    order = np.argsort(setting.rows)
    at = order[np.searchsorted(setting.rows, knowledge.rows, sorter=order)]
    labels[at], stamps[at] = knowledge.arrays["values"], knowledge.round
    return {LABELS: labels, STAMPS: stamps}


@dataclass(frozen=True)
class ScarletClient:
    """Digests cached labels, revisits its data, labels what is wanted.

    Attributes:
        setting: The agreed setting.
        revisit: How it trains on its own data.
        digest: How it learns from labels.
        cache: Which labels are wanted.
    """

    setting: Setting
    revisit: LocalRecipe
    digest: Digest
    cache: Cache

    def start(self, site: Profile) -> ClientState:
        """Weights of its own, and no labels."""
        return ClientState(fresh_network(self.setting, site, "scarlet"), empty(self.setting))

    def absorb(self, state: ClientState, messages: Sequence[Knowledge], round_: int) -> ClientState:
        """Keep new labels."""
        memory = state.memory
        for message in messages:
            memory = keep(memory, self.setting, message)
        return ClientState(state.model, memory)

    def work(self, site: Profile, state: ClientState, round_: int) -> Work:
        """Learn from the labels in play of the last round, if there are any, then from its own data."""
        revisit = self.revisit.job(self.setting, site, round_, None)
        known = np.flatnonzero(state.memory[STAMPS])
        if round_ == 1 or not len(known):
            return Work((revisit,), ("public",))
        played = np.intersect1d(self.cache.played(self.setting, round_ - 1), known)
        rows = played if len(played) else known
        labels, objective = state.memory[LABELS], soft_labels()
        digest = self.digest.job(self.setting, site, round_, labels, objective, self.revisit, rows)
        return Work((digest, revisit), ("public",))

    def report(self, site: Profile, state: ClientState, round_: int, answers: Answers) -> list[Knowledge]:
        """Probabilities on the samples that are wanted; nothing if none is."""
        wanted = self.cache.wanted(self.setting, state.memory[STAMPS], round_)
        if not len(wanted):
            return []
        table = {"values": softmax(answers["public"][wanted], axis=-1)}
        print_ = fingerprint(state.model.arrays, site.spec)
        return [Knowledge(Kind.PROBS, table, self.setting.rows[wanted], site.name, round_, print_)]


class ScarletServer(QuietServer):
    """Fuses what is wanted and sends each site what it lacks.

    Args:
        setting: The agreed setting.
        sites: All sites.
        fusion: Makes one table of many.
        cache: Which labels are wanted.
    """

    def __init__(self, setting: Setting, sites: Sequence[Profile], fusion: Fusion, cache: Cache) -> None:
        self.setting = setting
        self.fusion = fusion
        self.cache = cache
        self.held = empty(setting)
        self.told = {site.name: 0 for site in sites}
        self.samples = {site.name: site.samples for site in sites}

    def collect(self, contributions: Sequence[Knowledge], round_: int) -> Mapping[str, object]:
        """Fuse the votes on the samples that the server wants, and keep the result."""
        wanted = self.cache.wanted(self.setting, self.held[STAMPS], round_)
        votes = gather(contributions, self.setting.rows, self.samples)
        voted = wanted[votes.valid[:, wanted].any(axis=0)]
        if len(voted):
            values = self.fusion(votes)[voted]
            fresh = Knowledge(Kind.PROBS, {"values": values}, self.setting.rows[voted], "server", round_, NOBODY)
            self.held = keep(self.held, self.setting, fresh)
        return {"asked": len(wanted), "played": len(self.cache.played(self.setting, round_))}

    def messages(self, site: Profile, round_: int) -> list[Knowledge]:
        """Labels made since the site was last told, one message a round of their making."""
        if round_ >= self.setting.rounds:
            return []
        stamps, since = self.held[STAMPS], self.told[site.name]
        self.told[site.name] = round_
        sent = []
        for stamp in np.unique(stamps[stamps > since]).tolist():
            at = np.flatnonzero(stamps == stamp)
            table = {"values": self.held[LABELS][at]}
            sent.append(Knowledge(Kind.PROBS, table, self.setting.rows[at], "server", stamp, NOBODY))
        return sent

    def state(self) -> Arrays:
        """The labels, and until when each site was told."""
        return {**self.held, "told": np.array(list(self.told.values()), np.int64)}

    def restore(self, arrays: Arrays) -> None:
        """Take them back."""
        self.held = {LABELS: arrays[LABELS], STAMPS: arrays[STAMPS]}
        self.told = dict(zip(self.told, arrays["told"].tolist(), strict=True))


@dataclass(frozen=True)
class Scarlet:
    """SCARLET.

    Attributes:
        fusion: Makes one table of many; the paper's is enhanced ERA.
        labels: Codec of probabilities, both ways.
        revisit: How a site trains on its own data.
        digest: How it learns from labels.
        cache: Which labels are wanted.
    """

    fusion: Fusion
    labels: Codec
    revisit: LocalRecipe = LocalRecipe()
    digest: Digest = Digest()
    cache: Cache = Cache()
    name: str = field(default="scarlet", init=False)
    one_architecture: bool = field(default=False, init=False)
    sends: tuple[Kind, ...] = field(default=(Kind.PROBS,), init=False)

    def client(self, setting: Setting) -> Client:
        """The client half."""
        return ScarletClient(setting, self.revisit, self.digest, self.cache)

    def server(self, setting: Setting, sites: Sequence[Profile]) -> Server:
        """The server half."""
        return ScarletServer(setting, sites, self.fusion, self.cache)

    def codec(self, kind: Kind, up: bool) -> Codec:
        """One codec for all."""
        return self.labels
