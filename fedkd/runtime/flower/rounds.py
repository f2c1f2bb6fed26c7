"""A federation in Flower's simulation: one message a round and site, and the same course as in a deployment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flwr.serverapp import Grid

from fedkd.errors import RefusedError
from fedkd.knowledge import Kind
from fedkd.runtime.deploy.course import Course
from fedkd.runtime.deploy.inbox import Contribution, read_figures
from fedkd.runtime.deploy.ledger import Ledger
from fedkd.runtime.deploy.plan import Plan
from fedkd.runtime.flower.asking import ask, nodes
from fedkd.runtime.flower.parcel import Parcel
from fedkd.wire.header import kind_number
from fedkd.wire.service.stream import Piece

NETWORK, ROUND = "query.network", "train.round"
_GATHER_S = 300.0

Holds = Mapping[Kind, int]


@dataclass(frozen=True)
class _Seat:
    """Who sits at a node.

    Attributes:
        site: Its name.
        spec: Its network, as JSON.
        samples: Private training samples.
        holds: What it holds, as digests.
    """

    site: str
    spec: str
    samples: int
    holds: Holds


class Rounds:
    """Carries a plan out on a grid.

    Args:
        grid: Flower's.
        plan: The federation.
        ledger: What outlives this process.
        about: Tells a node where its site's data and state are; sent with every message.
        round_s: Seconds that an exchange may take.
    """

    def __init__(self, grid: Grid, plan: Plan, ledger: Ledger, about: Mapping[str, str], round_s: float) -> None:
        self.grid = grid
        self.plan = plan
        self.ledger = ledger
        self.about = about
        self.round_s = round_s

    def run(self, devices: Mapping[str, str]) -> None:
        """Run all rounds that are left.

        Args:
            devices: What each site runs on, as the plan reads it.

        Raises:
            FedkdError: A node failed; what was accepted is kept, and another call goes on from there.
        """
        if not self.ledger.facts.lists:
            self._keep(lists=self.plan.list_networks(devices))
        seats = self._seat()
        if not self.ledger.facts.enrolled:
            enrolled = {seat.site: (seat.spec, seat.samples) for seat in seats.values()}
            self._keep(enrolled={site: enrolled[site] for site in self.plan.sites}, phase="running")
        course = Course(self.plan, self.ledger, self.ledger.facts.enrolled)
        while course.closed < self.plan.rounds:
            seats = self._round(course, seats)
            course.close()
        self._end(course, seats)
        self._keep(phase="finished")

    def _seat(self) -> dict[int, _Seat]:
        found = nodes(self.grid, len(self.plan.sites), _GATHER_S)
        asked = Parcel({**self.about, "lists": self.ledger.facts.lists})
        answers = ask(self.grid, dict.fromkeys(found, asked), NETWORK, self.round_s)
        seats = {
            node: _Seat(said.about["site"], said.about["spec"], int(said.about["samples"]), _holds(said))
            for node, said in answers.items()
        }
        if sorted(seat.site for seat in seats.values()) != sorted(self.plan.sites):
            raise RefusedError("some sites sit at two nodes, or at none", "number partitions from 0, each once")
        return seats

    def _round(self, course: Course, seats: Mapping[int, _Seat]) -> dict[int, _Seat]:
        """One exchange; who has spoken before an interruption is not asked again."""
        silent = set(course.silent)
        asked = {node: seat for node, seat in seats.items() if seat.site in silent}
        answers = self._ask(course, asked, last=False)
        for node, said in answers.items():
            pieces = tuple(Piece(kind_number(part.kind), part.data) for part in said.parts)
            figures = read_figures(said.figures)
            course.accept(asked[node].site, course.open, Contribution(pieces, figures), _goes_on)
        return {
            node: replace(seat, holds=_holds(answers[node])) if node in answers else seat
            for node, seat in seats.items()
        }

    def _end(self, course: Course, seats: Mapping[int, _Seat]) -> None:
        """Send what comes after the last round; there is no training any more."""
        for node, said in self._ask(course, seats, last=True).items():
            site = seats[node].site
            self.plan.left(site, read_figures(said.figures), course.sent[site])

    def _ask(self, course: Course, seats: Mapping[int, _Seat], last: bool) -> dict[int, Parcel]:
        about = {**self.about, "round": course.closed, "last": last}
        parcels = {
            node: Parcel({**about, "spec": seat.spec}, course.answer(seat.site, seat.holds))
            for node, seat in seats.items()
        }
        return ask(self.grid, parcels, ROUND, self.round_s)

    def _keep(self, **facts: object) -> None:
        self.ledger.write(replace(self.ledger.facts, **facts))  # type: ignore[arg-type]


def _holds(said: Parcel) -> Holds:
    return {Kind(kind): int(digest) for kind, digest in said.about["holds"].items()}


def _goes_on() -> None:
    """In a simulation nobody is fenced."""
