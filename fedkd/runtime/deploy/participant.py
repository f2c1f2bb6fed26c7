"""A site's part in a federation, whoever carries its messages: its network and its state outlive every process."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from fedkd.federation import Part, SiteWorker
from fedkd.knowledge import Kind
from fedkd.runtime.deploy.site_store import Chosen, Kept, Said, SiteStore

NOTHING = -1
"""Absorbed by a site that has not been sent anything yet; before the first round it is sent what counts as round 0."""


class Member(Protocol):
    """A site as its participant needs it."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def agreement(self) -> str:
        """Digest of everything that both ends must share."""
        ...

    @property
    def public_set(self) -> str:
        """Digest of its public set."""
        ...

    @property
    def device(self) -> str:
        """What it runs on, as the aggregator's plan reads it."""
        ...

    @property
    def samples(self) -> int:
        """Private training samples."""
        ...

    def choose(self, shortlist: Sequence[str]) -> str:
        """Search among networks on its own data; returns one of them."""
        ...

    def worker(self, spec: str) -> SiteWorker:
        """The client half with a network."""
        ...


class Participant:
    """Chooses a network once, then takes in and trains, round after round, and keeps each state before it goes on.

    Args:
        member: The site.
        store: What outlives this process.
    """

    def __init__(self, member: Member, store: SiteStore) -> None:
        self.member = member
        self.store = store
        kept = None if self.chosen is None else store.newest()
        self.absorbed = NOTHING if kept is None else kept.absorbed
        self._worker: SiteWorker | None = None
        self._figures: dict[str, float] | None = None
        self._said: Said | None = None

    @property
    def chosen(self) -> str | None:
        """The network that it chose for this federation, if it has."""
        found = self.store.chosen(self.member.agreement)
        return None if found is None else found.spec

    def choose(self, shortlist: Sequence[str]) -> str:
        """Search, and keep the outcome."""
        began_s = time.process_time()
        spec = self.member.choose(shortlist)
        self.store.choose(Chosen(self.member.agreement, spec, time.process_time() - began_s))
        return spec

    def begin(self, spec: str) -> None:
        """Get ready with a network, where an earlier process left off."""
        self._worker = self.member.worker(spec)
        if (kept := self.store.newest()) is not None:
            self._worker.restore(kept.arrays)
            self.absorbed, self._said = kept.absorbed, kept.said

    @property
    def figures(self) -> dict[str, float]:
        """What its network is worth as it is between two rounds."""
        if self._figures is None:
            self._figures = self._ready.figures()
        return self._figures

    def holds(self) -> Mapping[Kind, int]:
        """What it holds of each kind that messages may be coded against, as digests."""
        return self._ready.exchange.holds(self.member.name)

    def absorb(self, parts: Sequence[Part], round_: int) -> None:
        """Take in what was sent at the end of a round (0: before the first), and keep the state.

        Raises:
            WireError: It does not decode, or is not what the method sends.
            DiskError: The state cannot be kept.
        """
        self._ready.absorb(parts, round_)
        self.store.save(Kept(round_, self._ready.snapshot(), None))
        self.absorbed, self._said, self._figures = round_, None, None

    def speak(self) -> Said:
        """What to say in the round after the one that was taken in: trains, once, and keeps what came of it.

        The figures are of the network as it was when the round began, of the training, and of the search before it.

        Raises:
            DiskError: The state cannot be kept.
        """
        if self._said is None:
            before, round_ = self.figures, self.absorbed + 1
            parts, trained = self._ready.step(round_)
            chosen = self.store.chosen(self.member.agreement)
            searched = {"search_cpu_s": chosen.cpu_s} if chosen is not None and round_ == 1 else {}
            self._said = Said(parts, before | trained | searched)
            self.store.save(Kept(self.absorbed, self._ready.snapshot(), self._said))
        return self._said

    @property
    def _ready(self) -> SiteWorker:
        assert self._worker is not None, "begin comes first"
        return self._worker
