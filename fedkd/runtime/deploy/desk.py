"""The desk of the aggregator: answers every call of its two services, and sees to it that rounds end.

All of it lives on one event loop; what takes long (decoding, fusing, training, writing) runs in a thread, one at a
time.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

from fedkd.errors import AbortedError, FedkdError, RefusedError
from fedkd.federation import Part
from fedkd.knowledge import Kind
from fedkd.runtime.deploy.admission import check_agreement, check_place, describe, offered, why_not
from fedkd.runtime.deploy.attendance import Attendance, Fate, unattended
from fedkd.runtime.deploy.course import Arrival, Course, Verdict
from fedkd.runtime.deploy.inbox import Contribution, read_figures
from fedkd.runtime.deploy.intake import Intake
from fedkd.runtime.deploy.ledger import Ledger
from fedkd.runtime.deploy.membership import Membership
from fedkd.runtime.deploy.news import News
from fedkd.runtime.deploy.plan import Plan
from fedkd.runtime.deploy.rules import Rules
from fedkd.runtime.deploy.timekeeper import Due, Timekeeper
from fedkd.runtime.deploy.together import Together
from fedkd.wire.header import kind_number, kind_of
from fedkd.wire.service.options import CHUNK_BYTES
from fedkd.wire.service.stream import Piece, cut
from fedkd.wire.v1 import aggregator_pb2 as pb

GATHERING, RUNNING, FINISHED, ABORTED = "gathering", "running", "finished", "aborted"
_LONGEST_WAIT_S = 20.0

Doorkeeper = Callable[[Any, str | None], None]
"""Raises where the caller of a gRPC context is not the site of this name, or for None no administrator."""


def open_door(context: Any, site: str | None) -> None:
    """Where nobody else can knock, everyone is who they say."""


class Desk:
    """Answers the calls of both services.

    Args:
        plan: The federation.
        ledger: What outlives this process.
        rules: When rounds end.
        doorkeeper: Knows who calls.
        ask: What became of a run that looked after the federation.
        now_s: A monotonic clock.

    Raises:
        DamagedRunError: What an earlier process left cannot be read.
    """

    def __init__(
        self,
        plan: Plan,
        ledger: Ledger,
        rules: Rules,
        doorkeeper: Doorkeeper = open_door,
        ask: Callable[[str], Fate] = unattended,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.plan = plan
        self.ledger = ledger
        self.rules = rules
        self._doorkeeper = doorkeeper
        self._attendance = Attendance(ask)
        self._now_s = now_s
        self._members = Membership(plan.sites, rules.lease_s, now_s)
        self._time = Timekeeper(rules, now_s)
        self._news = News(now_s)
        self._devices: dict[str, str] = {}
        self._parted: set[str] = set()
        self._work, self._keeping = asyncio.Lock(), threading.Lock()
        self._intake = Intake(rules)
        self._epochs = Together(asyncio.Lock(), self._keep_epochs)
        self._enrolments = Together(self._work, self._enrol)
        self._pushes, self._pulls = Together(self._work, self._accept), Together(self._work, self._answer)
        self._course: Course | None = None
        if ledger.facts.epochs:
            self._members.restore(ledger.facts.epochs)
        if self.phase != GATHERING:
            self._course = Course(plan, ledger, ledger.facts.enrolled)
            self._time.open()
            self._finish_if_over(self._course)

    @property
    def phase(self) -> str:
        """Where the run is."""
        return self.ledger.facts.phase

    @property
    def closed(self) -> int:
        """The last closed round."""
        return 0 if self._course is None else self._course.closed

    # What sites call.

    async def join(self, request: pb.JoinRequest, context: Any) -> pb.JoinReply:
        """Take a site in, or back; one that has no networks to choose from yet is to ask again."""
        session = request.session
        self._doorkeeper(context, session.site)
        check_agreement(self.plan, request)
        check_place(self.ledger.facts, self.closed, request)
        self.plan.check_device(request.device)
        self._members.join(session.site, session.epoch, session.instance)
        await self._epochs.do(None)
        self._parted.discard(session.site)
        new = session.site not in self._devices
        self._devices[session.site] = request.device
        if new:
            self._news.tell("joined", self.closed + 1, session.site)
        return pb.JoinReply(
            standing=self._standing(),
            rounds=self.plan.rounds,
            lease_ms=int(self.rules.lease_s * 1000),
            chunk_bytes=CHUNK_BYTES,
            max_bytes=self.rules.max_bytes,
            shortlist=offered(self.ledger.facts, session.site),
        )

    async def enrol(self, request: pb.EnrolRequest, context: Any) -> pb.Standing:
        """Take down which network a site chose."""
        site = self._check(request.session, context)
        await self._enrolments.do((site, request.spec, int(request.samples)))
        return self._standing()

    async def _enrol(self, chosen: Sequence[tuple[str, str, int]]) -> list[Exception | None]:
        refused = [why_not(self.ledger.facts, *choice) for choice in chosen]
        new = {choice[0]: choice[1:] for choice, error in zip(chosen, refused, strict=True) if error is None}
        old = self.ledger.facts.enrolled
        if not new.items() <= old.items():
            await asyncio.to_thread(self._keep, enrolled={**old, **new})
        for site in (site for site in new if site not in old):
            self._news.tell("enrolled", 1, site, spec=new[site][0], samples=new[site][1])
        return list(refused)

    async def pull(self, request: pb.PullRequest, context: Any) -> AsyncIterator[bytes]:
        """What goes down after a round, or after a later one that is closed already."""
        site = self._check(request.session, context)
        await self._until_closed(request, context)
        if self._course is None or self.closed < request.round:
            for chunk in cut(pb.Head(session=request.session, not_yet=True), []):
                yield chunk
            return
        holds = {kind_of(number): digest for number, digest in request.holds.items()}
        self._check(request.session, context)
        round_, parts = await self._pulls.do((site, holds))
        pieces = [Piece(kind_number(part.kind), part.data) for part in parts]
        for chunk in cut(pb.Head(session=request.session, round=round_), pieces):
            yield chunk

    async def _until_closed(self, request: pb.PullRequest, context: Any) -> None:
        until_s = self._now_s() + _LONGEST_WAIT_S
        with self._intake.waiting(request.session.site):
            while (self._course is None or self.closed < request.round) and self._now_s() < until_s:
                await self._news.called(until_s)
                self._check(request.session, context)

    async def push(self, chunks: AsyncIterator[bytes], context: Any) -> pb.PushReply:
        """Take in what a site says; it is on disk before the site is told so."""
        assembly = await self._intake.begin(chunks)
        session, round_ = assembly.head.session, assembly.head.round
        self._check(session, context)
        still = partial(self._goes_on, session)
        async with self._intake.take(session.site, assembly, chunks, still):
            said = Contribution(tuple(assembly.pieces()), read_figures(assembly.head.figures))
            if self._course is None:
                raise RefusedError(f"'{session.site}' speaks before the first round", "pull round 0 first")
            verdict = await self._pushes.do(Arrival(session.site, round_, said, still))
        return pb.PushReply(verdict=f"VERDICT_{verdict.name}", standing=self._standing())

    async def _answer(
        self, asked: Sequence[tuple[str, Mapping[Kind, int]]]
    ) -> list[tuple[int, list[Part]] | Exception]:
        course = self._course
        assert course is not None
        given = await asyncio.to_thread(course.answer_all, asked)
        return [parts if isinstance(parts, Exception) else (course.closed, parts) for parts in given]

    async def _accept(self, arrivals: Sequence[Arrival]) -> list[Verdict | Exception]:
        course = self._course
        assert course is not None
        verdicts = await asyncio.to_thread(course.accept_all, arrivals)
        for arrival, verdict in zip(arrivals, verdicts, strict=True):
            if verdict is Verdict.OK:
                size = sum(len(piece.data) for piece in arrival.said.pieces)
                self._news.tell("pushed", arrival.round_, arrival.site, bytes=size)
        return verdicts

    async def beat(self, request: pb.Session, context: Any) -> pb.Standing:
        """A site is still here."""
        self._check(request, context)
        return self._standing()

    async def leave(self, request: pb.LeaveRequest, context: Any) -> pb.Standing:
        """A site goes; nobody waits for it."""
        site = self._check(request.session, context)
        figures = read_figures(request.figures)
        self._members.leave(site)
        if site not in self._parted:
            sent = 0 if self._course is None else self._course.sent.get(site, 0)
            await asyncio.to_thread(self.plan.left, site, figures, sent)
        self._parted.add(site)
        self._news.tell("left", self.closed + 1, site, reason=request.reason[:200])
        return self._standing()

    async def watch(self, request: pb.WatchRequest, context: Any) -> AsyncIterator[pb.Event]:
        """What happens, from now on."""
        self._doorkeeper(context, None)
        async with self._attendance.of(request.run, self._abort):
            async for event in self._news.watch():
                yield event

    # What administrators call.

    async def status(self, request: pb.StatusRequest, context: Any) -> pb.StatusReply:
        """Where the federation stands."""
        self._doorkeeper(context, None)
        said = {} if self._course is None else self._course.said
        rows = describe(self.plan.sites, self._members, self.ledger.facts.enrolled, said, self.closed + 1)
        return pb.StatusReply(standing=self._standing(), rounds=self.plan.rounds, members=rows)

    async def fence(self, request: pb.FenceRequest, context: Any) -> pb.FenceReply:
        """Let no older session of a site go on."""
        self._doorkeeper(context, None)
        epoch = self._members.fence(request.site, request.epoch)
        await self._epochs.do(None)
        self._news.tell("fenced", self.closed + 1, request.site, epoch=epoch)
        return pb.FenceReply(epoch=epoch)

    async def abort(self, request: pb.AbortRequest, context: Any) -> pb.StatusReply:
        """End the run."""
        self._doorkeeper(context, None)
        self._abort(request.reason[:500] or "no reason was given")
        return await self.status(pb.StatusRequest(), context)

    # How the run goes on.

    async def run(self) -> None:
        """Go on whenever something is due, until the run is over."""
        while self.phase in (GATHERING, RUNNING):
            async with self._work:
                await (self._gather() if self._course is None else self._referee(self._course))
            if self.phase in (GATHERING, RUNNING):
                await self._news.heard(self._time.deadline_s)

    async def drained(self, linger_s: float) -> None:
        """Wait until every site that is there has left, or has had `linger_s` to do so."""
        until_s = self._now_s() + linger_s
        while self._now_s() < until_s and any(map(self._lingers, self.plan.sites)):
            await self._news.heard(until_s)
        self._news.end()

    def _lingers(self, site: str) -> bool:
        return site not in self._parted and self._members.is_expected(site)

    async def _gather(self) -> None:
        needed, late = self.rules.needed(len(self.plan.sites)), self._time.late
        lists = self.ledger.facts.lists
        here = self.ledger.facts.enrolled if lists else self._devices
        everyone = lists or self.plan.sites
        if len(here) < len(everyone) and not (late and len(here) >= needed):
            if late:
                missing = ", ".join(site for site in self.plan.sites if site not in here)
                self._abort(f"{missing} did not come in time, and {needed} sites are needed")
        elif not lists:
            await self._list()
        else:
            self._course = await asyncio.to_thread(Course, self.plan, self.ledger, self.ledger.facts.enrolled)
            await asyncio.to_thread(self._keep, phase=RUNNING)
            self._time.open()
            self._news.tell("began", 1, sites=len(here))

    async def _list(self) -> None:
        try:
            listed = await asyncio.to_thread(self.plan.list_networks, self._devices)
        except FedkdError as error:
            # Everybody hears why, instead of a server that is gone.
            self._abort(error.what)
        else:
            await asyncio.to_thread(self._keep, lists=listed)
            self._time.gather()
            self._news.tell("listed", 1)

    async def _referee(self, course: Course) -> None:
        if len(course.said) < self.rules.needed(len(course.sites)) and not self._time.late:
            return
        silent = course.silent
        awaited = [site for site in silent if self._members.is_expected(site)]
        due = self._time.due(len(course.said), len(course.sites), len(awaited))
        if due is Due.CLOSE:
            await asyncio.to_thread(self._close, course)
            self._time.open()
            self._news.tell("closed", course.closed, missing=silent)
        elif due is Due.EXTEND:
            self._time.extend()
            self._news.tell("extended", course.open, missing=silent)
        elif due is Due.ABORT:
            there = f"{len(course.said)} of the {self.rules.needed(len(course.sites))} sites that it needs"
            self._abort(f"round {course.open} has {there}, {', '.join(silent)} did not come")

    def _close(self, course: Course) -> None:
        course.close()
        self._finish_if_over(course)

    def _finish_if_over(self, course: Course) -> None:
        # Also when coming back: a kill may have come between the last round and this.
        if self.phase == RUNNING and course.closed == self.plan.rounds:
            self._keep(phase=FINISHED)

    def _abort(self, reason: str) -> None:
        if self.phase in (GATHERING, RUNNING):
            self._keep(phase=ABORTED, reason=reason)
            self._news.tell("aborted", self.closed + 1, reason=reason)

    def _check(self, session: pb.Session, context: Any) -> str:
        self._doorkeeper(context, session.site)
        self._goes_on(session)
        return session.site

    def _goes_on(self, session: pb.Session) -> None:
        self._members.check(session.site, session.epoch, session.instance)
        if self.phase == ABORTED:
            raise AbortedError(f"the run was aborted: {self.ledger.facts.reason}", "start a new one")

    async def _keep_epochs(self, asked: Sequence[None]) -> list[Exception | None]:
        epochs = self._members.epochs()
        if epochs != self.ledger.facts.epochs:
            await asyncio.to_thread(self._keep, epochs=epochs)
        return [None for _ in asked]

    def _keep(self, **facts: Any) -> None:
        """Change some facts on disk. From whatever thread: none may undo what another has just written."""
        with self._keeping:
            self.ledger.write(replace(self.ledger.facts, **facts))

    def _standing(self) -> pb.Standing:
        facts = self.ledger.facts
        phase = cast(pb.Standing.Phase, pb.Standing.Phase.Value(f"PHASE_{facts.phase.upper()}"))
        return pb.Standing(phase=phase, round=self.closed + 1, reason=facts.reason)
