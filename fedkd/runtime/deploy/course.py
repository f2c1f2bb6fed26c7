"""The course of the rounds: what was said in the open one, and what the closed ones left behind.

Plain code without a clock or a network: its owner calls one method at a time. Whatever it accepts is on disk first, and
a new one over the same ledger goes on where the old one was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum

from fedkd.errors import RefusedError
from fedkd.federation import Aggregation, Part
from fedkd.knowledge import Kind, Knowledge
from fedkd.runtime.deploy.inbox import Contribution
from fedkd.runtime.deploy.ledger import Ledger
from fedkd.runtime.deploy.plan import Plan
from fedkd.wire.header import kind_of


class Verdict(Enum):
    """What became of a contribution."""

    OK = "ok"
    DUP = "dup"
    LATE = "late"


class Course:
    """Rounds of the sites that are enrolled.

    Args:
        plan: The federation.
        ledger: What outlives this process.
        enrolled: Network as JSON and number of samples of each site.

    Raises:
        DamagedRunError: What an earlier process left cannot be read.
    """

    def __init__(self, plan: Plan, ledger: Ledger, enrolled: Mapping[str, tuple[str, int]]) -> None:
        self._plan = plan
        self._ledger = ledger
        self._aggregation: Aggregation = plan.aggregation(enrolled)
        self.sites = tuple(self._aggregation.profiles)
        self.closed = 0
        if (checkpoint := ledger.newest()) is not None:
            self._aggregation.restore(checkpoint.arrays)
            self.closed = checkpoint.round_
        # What sites sent since is coded against what they were answered.
        for site, holds in ledger.inbox.answered(self.open).items():
            self._aggregation.answer(site, self.closed, holds)
        self._said = ledger.inbox.read(self.open, self.sites)
        self._knowledge = {site: self._read(site, said) for site, said in self._said.items()}

    @property
    def open(self) -> int:
        """The open round."""
        return self.closed + 1

    @property
    def said(self) -> Mapping[str, Contribution]:
        """What was said in the open round, by site."""
        return self._said

    @property
    def silent(self) -> list[str]:
        """Who has said nothing in it."""
        return [site for site in self.sites if site not in self._said]

    def accept(self, site: str, round_: int, said: Contribution, still: Callable[[], None]) -> Verdict:
        """Take in what a site says.

        Args:
            site: Its name.
            round_: The round that it means.
            said: What it says.
            still: Raises where the site's session has ended meanwhile.

        Raises:
            RefusedError: The site is not enrolled, or ahead of the open round.
            WireError: What it says is damaged, or not what the round asks for.
            DiskError: It cannot be kept; it does not count then.
        """
        if site not in self.sites:
            raise RefusedError(f"'{site}' speaks before it is enrolled", "join, choose a network, and enrol it first")
        if round_ <= self.closed:
            return Verdict.LATE
        if round_ > self.open:
            raise RefusedError(f"'{site}' speaks in round {round_}, open is {self.open}", "pull, then push")
        if site in self._said:
            return Verdict.DUP
        knowledge = self._read(site, said)
        still()
        self._ledger.inbox.put(round_, site, said)
        self._said[site], self._knowledge[site] = said, knowledge
        return Verdict.OK

    def _read(self, site: str, said: Contribution) -> list[Knowledge]:
        parts = [Part(kind_of(piece.kind), piece.data) for piece in said.pieces]
        return self._aggregation.read(parts, site, self.open)

    def answer(self, site: str, holds: Mapping[Kind, int]) -> list[Part]:
        """What goes down to a site after the last closed round.

        Args:
            site: Its name.
            holds: What it says that it holds of each kind.
        """
        if site not in self.sites:
            raise RefusedError(f"'{site}' asks before it is enrolled", "join, choose a network, and enrol it first")
        ours = self._aggregation.exchange.holds(site)
        shared = {kind: digest for kind, digest in holds.items() if ours.get(kind) == digest}
        parts = self._aggregation.answer(site, self.closed, holds)
        self._ledger.inbox.note_answered(self.open, site, shared)
        return parts

    def close(self) -> list[str]:
        """Close the open round with what was said; returns who is missing.

        Raises:
            DiskError: It cannot be kept; the round is still open for whoever goes on from the ledger.
        """
        round_, said, silent = self.open, self._said, self.silent
        facts = self._aggregation.close(self._knowledge, round_)
        self._ledger.save(round_, self._aggregation.snapshot())
        self._plan.closed(round_, {**facts, "missing": silent}, said, self._aggregation)
        self.closed, self._said, self._knowledge = round_, {}, {}
        return silent
