"""The course of the rounds: what was said in the open one, and what the closed ones left behind.

Plain code without a clock or a network: its owner calls one method at a time. Whatever it accepts is on disk first, and
a new one over the same ledger goes on where the old one was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from fedkd.errors import FedkdError, RefusedError
from fedkd.federation import Aggregation, Part
from fedkd.knowledge import Kind, Knowledge
from fedkd.runtime.deploy.inbox import Contribution
from fedkd.runtime.deploy.ledger import Ledger
from fedkd.runtime.deploy.plan import Plan
from fedkd.wire.header import kind_of

Outcome = TypeVar("Outcome")


class Verdict(Enum):
    """What became of a contribution."""

    OK = "ok"
    DUP = "dup"
    LATE = "late"


@dataclass(frozen=True)
class Arrival:
    """What a site says.

    Attributes:
        site: Its name.
        round_: The round that it means.
        said: What it says.
        still: Raises where the site's session has ended meanwhile.
    """

    site: str
    round_: int
    said: Contribution
    still: Callable[[], None]


class Course:
    """Rounds of the sites that are enrolled.

    Attributes:
        closed: The last closed round.
        sent: Bytes that each site was answered with since.

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
        self.sent: dict[str, int] = {}
        if (checkpoint := ledger.newest()) is not None:
            self._aggregation.restore(checkpoint.arrays)
            self.closed = checkpoint.round_
        self._aggregation.resume(ledger.inbox.noted(self.open))
        self._said = ledger.inbox.read(self.open, self.sites)
        self._knowledge = {site: self._read(site, said) for site, said in self._said.items()}
        # Who has spoken was answered before; the same bytes again.
        self.sent = {site: self._size(self._aggregation.answer(site, self.closed)) for site in self._said}

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
        """Take in what one site says; see `accept_all`."""
        return _one(self.accept_all([Arrival(site, round_, said, still)]))

    def accept_all(self, arrivals: Sequence[Arrival]) -> list[Verdict | Exception]:
        """Take in what sites say, and keep it with one write to the disk.

        Returns:
            What became of each, or why not: RefusedError where the site is not enrolled, or ahead of the open round;
            WireError where what it says is damaged, or not what the round asks for.

        Raises:
            DiskError: They cannot be kept; none of them counts then.
        """
        outcomes: list[Verdict | Exception] = []
        new: dict[str, tuple[Contribution, list[Knowledge]]] = {}
        for arrival in arrivals:
            try:
                verdict = Verdict.DUP if arrival.site in new else self._place(arrival.site, arrival.round_)
                if verdict is Verdict.OK:
                    knowledge = self._read(arrival.site, arrival.said)
                    arrival.still()
                    new[arrival.site] = arrival.said, knowledge
                outcomes.append(verdict)
            except FedkdError as error:
                outcomes.append(error)
        if new:
            self._ledger.inbox.put(self.open, {site: said for site, (said, _) in new.items()})
        for site, (said, knowledge) in new.items():
            self._said[site], self._knowledge[site] = said, knowledge
        return outcomes

    @staticmethod
    def _size(parts: Sequence[Part]) -> int:
        return sum(len(part.data) for part in parts)

    def _place(self, site: str, round_: int) -> Verdict:
        if site not in self._aggregation.profiles:
            raise RefusedError(f"'{site}' speaks before it is enrolled", "join, choose a network, and enrol it first")
        if round_ <= self.closed:
            return Verdict.LATE
        if round_ > self.open:
            raise RefusedError(f"'{site}' speaks in round {round_}, open is {self.open}", "pull, then push")
        return Verdict.DUP if site in self._said else Verdict.OK

    def _read(self, site: str, said: Contribution) -> list[Knowledge]:
        parts = [Part(kind_of(piece.kind), piece.data) for piece in said.pieces]
        return self._aggregation.read(parts, site, self.open)

    def answer(self, site: str, holds: Mapping[Kind, int]) -> list[Part]:
        """What goes down to one site; see `answer_all`."""
        return _one(self.answer_all([(site, holds)]))

    def answer_all(self, asked: Sequence[tuple[str, Mapping[Kind, int]]]) -> list[list[Part] | Exception]:
        """What goes down to sites after the last closed round; RefusedError to one that is not enrolled.

        Args:
            asked: Names, and what each says that it holds of each kind.

        Raises:
            DiskError: What must be noted of them cannot be.
        """
        outcomes: list[list[Part] | Exception] = []
        unexpected: dict[str, dict[Kind, int]] = {}
        for site, holds in asked:
            if site not in self._aggregation.profiles:
                what = f"'{site}' asks before it is enrolled"
                outcomes.append(RefusedError(what, "join, choose a network, and enrol it first"))
                continue
            if (shared := self._aggregation.agree(site, holds)) is not None:
                unexpected[site] = shared
            parts = self._aggregation.answer(site, self.closed)
            self.sent[site] = self.sent.get(site, 0) + self._size(parts)
            outcomes.append(parts)
        if unexpected:
            self._ledger.inbox.note(self.open, unexpected)
        return outcomes

    def close(self) -> list[str]:
        """Close the open round with what was said; returns who is missing.

        Raises:
            DiskError: It cannot be kept; the round is still open for whoever goes on from the ledger.
        """
        round_, said, silent = self.open, self._said, self.silent
        facts = self._aggregation.close(self._knowledge, round_)
        facts = {**facts, "missing": silent, "bytes_down": self.sent}
        # Written down first: whoever closes it again writes the same again, and a reader takes the last.
        self._plan.closed(round_, facts, said, self._aggregation)
        self._ledger.save(round_, self._aggregation.snapshot())
        self.closed, self.sent, self._said, self._knowledge = round_, {}, {}, {}
        return silent


def _one(outcomes: Sequence[Outcome | Exception]) -> Outcome:
    (outcome,) = outcomes
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
