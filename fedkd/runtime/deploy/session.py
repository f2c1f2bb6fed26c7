"""The session of a site: join, choose a network, then pull, train and push, round after round.

Whatever fails on the way is tried again for a while, since the aggregator may be restarted and links may be cut. What a
site trained it does not train again: the same contribution is pushed until there is an answer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from fedkd.errors import AbortedError, FedkdError, FencedError, NotAMemberError, RefusedError, UnreachableError
from fedkd.federation import Part
from fedkd.runtime.deploy.participant import NOTHING, Member, Participant
from fedkd.runtime.deploy.site_store import Said
from fedkd.wire.envelope import FORMAT
from fedkd.wire.header import kind_number, kind_of
from fedkd.wire.service.client import AggregatorClient
from fedkd.wire.service.stream import Piece
from fedkd.wire.v1 import aggregator_pb2 as pb
from sim.streams import Streams

Reply = TypeVar("Reply")

_LAST_BEAT_S = 5.0
_WORTH_TELLING = 5
"""Failed attempts, about three seconds, after which a person may want to know."""


@dataclass(frozen=True)
class Patience:
    """How a site tries again.

    Attributes:
        first_s: Longest pause after the first failure; it doubles with each.
        longest_s: Longest pause of all.
        give_up_s: A site that has had no answer for so long ends, with its state on disk.
        beat_s: How often it says that it is still here.
        gather_s: How often it asks whether all have joined.
        lease_s: How long it waits for an older process of its own to be given up, when it begins.
    """

    first_s: float = 0.2
    longest_s: float = 5.0
    give_up_s: float = 60.0
    beat_s: float = 2.0
    gather_s: float = 0.1
    lease_s: float = 20.0

    def __post_init__(self) -> None:
        if min(vars(self).values()) <= 0:
            raise ValueError(f"{self} must be above 0 throughout")


class Session:
    """One run through a federation.

    Args:
        participant: The site.
        client: Calls the aggregator.
        epoch: Given by whoever starts sites.
        instance: Of this process.
        package: Version of fedkd.
        patience: How to try again.
        told: Hears a line for each round, and when there is no answer.
    """

    def __init__(
        self,
        participant: Participant,
        client: AggregatorClient,
        epoch: int,
        instance: str,
        package: str,
        patience: Patience,
        told: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.participant = participant
        self.client = client
        self.package = package
        self.told = told
        self.patience = patience
        self.session = pb.Session(site=participant.member.name, epoch=epoch, instance=instance)
        self._streams = Streams(epoch)
        self._over = threading.Event()
        self._leaving = False
        self._begun_s = time.monotonic()
        self._ended: FedkdError | None = None

    @property
    def member(self) -> Member:
        """The site."""
        return self.participant.member

    def run(self) -> int:
        """Take part until the federation is over; returns the last round that was taken in.

        Raises:
            FencedError: A newer session has begun.
            AbortedError: The federation was ended before its time.
            RefusedError: The aggregator will not have this site; its reason.
            UnreachableError: No answer for `give_up_s`.
        """
        reply = self._persist(self._first_join)
        beats = threading.Thread(target=self._beat, name=f"beats of {self.member.name}", daemon=True)
        beats.start()
        participant = self.participant
        try:
            self._begin(reply)
            while participant.absorbed < reply.rounds:
                # A site that was away may have missed rounds; it goes on with the one that is open.
                round_ = participant.absorbed + 1
                self.told(f"round {round_} of {reply.rounds}")
                self._push(round_, participant.speak())
                self._absorb(round_)
            self._leaving = True
            # Who is not heard saying goodbye is missed for a lease, no more.
            with suppress(NotAMemberError, UnreachableError):
                self._persist(lambda: self.client.leave(self.session, "done", participant.figures))
        finally:
            self._over.set()
            # A call on a channel that its owner has closed would raise.
            beats.join(_LAST_BEAT_S)
        return participant.absorbed

    def _first_join(self) -> pb.JoinReply:
        """A process that was killed cannot say goodbye: what started in its place waits for its lease."""
        while True:
            try:
                return self._join()
            except FencedError:
                if time.monotonic() - self._begun_s > self.patience.lease_s:
                    raise
            self._pause(min(1.0, self.patience.lease_s / 4))

    def _join(self) -> pb.JoinReply:
        member = self.member
        return self.client.join(
            pb.JoinRequest(
                session=self.session,
                format=FORMAT,
                package=self.package,
                agreement=member.agreement,
                public_set=member.public_set,
                absorbed=max(self.participant.absorbed, 0),
                device=member.device,
            )
        )

    def _begin(self, reply: pb.JoinReply) -> None:
        spec = self.participant.chosen
        while not reply.shortlist:
            self._pause(self.patience.gather_s)
            reply = self._persist(self._join)
        if spec is None:
            self.told(f"searches among {len(reply.shortlist)} networks")
            spec = self.participant.choose(list(reply.shortlist))
            # It may have taken long; who comes too late is told so.
            reply = self._persist(self._join)
        if reply.standing.phase == pb.Standing.PHASE_GATHERING:
            enrolment = pb.EnrolRequest(session=self.session, spec=spec, samples=self.member.samples)
            self._persist(lambda: self.client.enrol(enrolment))
        self.participant.begin(spec)
        if self.participant.absorbed == NOTHING:
            self._absorb(0)

    def _push(self, round_: int, said: Said) -> None:
        head = pb.Head(session=self.session, round=round_, figures=said.figures)
        pieces = [Piece(kind_number(part.kind), part.data) for part in said.parts]
        self._persist(lambda: self.client.push(head, pieces))

    def _absorb(self, round_: int) -> None:
        head, parts = self._persist(lambda: self._pull(round_))
        while head.not_yet:
            head, parts = self._persist(lambda: self._pull(round_))
        self.participant.absorb(parts, head.round)

    def _pull(self, round_: int) -> tuple[pb.Head, list[Part]]:
        request = pb.PullRequest(session=self.session, round=round_)
        for kind, digest in self.participant.holds().items():
            request.holds[kind_number(kind)] = digest
        head, pieces = self.client.pull(request)
        return head, [Part(kind_of(piece.kind), piece.data) for piece in pieces]

    def _persist(self, call: Callable[[], Reply]) -> Reply:
        """Repeat a call until there is an answer; join again where the aggregator forgot us."""
        failures, since_s = 0, time.monotonic()
        while True:
            if self._ended is not None:
                raise self._ended
            try:
                return call()
            except (NotAMemberError, UnreachableError) as error:
                if time.monotonic() - since_s > self.patience.give_up_s:
                    raise UnreachableError(f"'{self.member.name}' gives up: {error.what}", "start it again") from error
                failures += 1
                if failures == _WORTH_TELLING:
                    self.told(f"no answer, trying for {self.patience.give_up_s:g} s: {error.what}")
                self._pause(self._back_off_s(failures))
                if isinstance(error, NotAMemberError):
                    with suppress(NotAMemberError, UnreachableError):
                        self._join()

    def _back_off_s(self, failures: int) -> float:
        """Full jitter: sites that lost one aggregator do not come back in step."""
        longest_s = min(self.patience.first_s * 2.0 ** min(failures - 1, 16), self.patience.longest_s)
        return longest_s * (0.1 + 0.9 * self._streams.generator(self.member.name, "back-off", failures).random())

    def _pause(self, wait_s: float) -> None:
        self._over.wait(wait_s)

    def _beat(self) -> None:
        """From a thread of its own, since training takes longer than a lease."""
        while not self._over.wait(self.patience.beat_s):
            try:
                self.client.beat(self.session)
            except UnreachableError:
                continue
            except NotAMemberError:
                # The aggregator was started again while this site trains.
                if not self._leaving:
                    self._come_back()
            except (AbortedError, FencedError, RefusedError) as error:
                self._ended = error
            if self._ended is not None:
                return

    def _come_back(self) -> None:
        try:
            self._join()
        except (NotAMemberError, UnreachableError):
            return
        except (AbortedError, FencedError, RefusedError) as error:
            self._ended = error
