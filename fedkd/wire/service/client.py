"""Calling an aggregator from a site: one attempt a call, each with a deadline; repeating is the session's business."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar, cast

import grpc

from fedkd.wire.service.calls import ADMIN, AGGREGATOR, callables
from fedkd.wire.service.options import Connection
from fedkd.wire.service.status import error_of
from fedkd.wire.service.stream import Assembly, Piece, cut
from fedkd.wire.v1 import aggregator_pb2 as pb

Reply = TypeVar("Reply")


@dataclass(frozen=True)
class Deadlines:
    """How long calls may take.

    Attributes:
        call_s: Calls that carry no knowledge.
        wait_s: A pull may wait so long for the end of a round, before it asks again.
        bytes_per_s: Slowest rate at which knowledge may travel, beyond the others. A line that is dead is noticed by
            its pings, so this only bounds one that trickles.
    """

    call_s: float = 5.0
    wait_s: float = 60.0
    bytes_per_s: float = 1e4

    def __post_init__(self) -> None:
        if min(self.call_s, self.wait_s, self.bytes_per_s) <= 0:
            what = f"call_s={self.call_s}, wait_s={self.wait_s} and bytes_per_s={self.bytes_per_s}"
            raise ValueError(f"{what} must be above 0")


class AggregatorClient:
    """Calls of one site, or of an administrator.

    Every call raises one of: UnreachableError (try again), NotAMemberError (join again), FencedError (end),
    RefusedError (the reason), WireError (what came down is damaged).

    Args:
        address: `HOST:PORT`.
        credentials: TLS; None where the aggregator has none.
        connection: As the aggregator's.
        deadlines: How long to wait.
        max_bytes: Most bytes of what comes down at one time; the aggregator may say more when the site joins.
    """

    def __init__(
        self,
        address: str,
        credentials: grpc.ChannelCredentials | None = None,
        connection: Connection | None = None,
        deadlines: Deadlines | None = None,
        max_bytes: int = 2**26,
    ) -> None:
        options = (connection or Connection()).options()
        self.deadlines = deadlines or Deadlines()
        self.max_bytes = max_bytes
        self._channel = (
            grpc.insecure_channel(address, options)
            if credentials is None
            else grpc.secure_channel(address, credentials, options)
        )
        self._calls = callables(AGGREGATOR, self._channel) | callables(ADMIN, self._channel)

    def close(self) -> None:
        """Hang up."""
        self._channel.close()

    def join(self, request: pb.JoinRequest) -> pb.JoinReply:
        """Become a member."""
        reply = self._call("Join", request, pb.JoinReply)
        # What one end may send at one time, the other may too.
        self.max_bytes = max(self.max_bytes, reply.max_bytes)
        return reply

    def enrol(self, request: pb.EnrolRequest) -> pb.Standing:
        """Tell which network was chosen."""
        return self._call("Enrol", request, pb.Standing)

    def beat(self, session: pb.Session) -> pb.Standing:
        """Still here."""
        return self._call("Beat", session, pb.Standing)

    def leave(self, session: pb.Session, reason: str, figures: Mapping[str, float] | None = None) -> pb.Standing:
        """Going; figures of what the last round left behind go into the record."""
        return self._call("Leave", pb.LeaveRequest(session=session, reason=reason, figures=figures or {}), pb.Standing)

    def push(self, head: pb.Head, pieces: Sequence[Piece]) -> pb.PushReply:
        """Say something in a round."""
        size = sum(len(piece.data) for piece in pieces)
        deadline_s = self.deadlines.call_s + size / self.deadlines.bytes_per_s
        return self._call("Push", cut(head, pieces), pb.PushReply, deadline_s)

    def pull(self, request: pb.PullRequest) -> tuple[pb.Head, list[Piece]]:
        """What goes down after a round; waits for its end, but no longer than a deadline."""
        with _said():
            longest_s = self.deadlines.wait_s + self.max_bytes / self.deadlines.bytes_per_s
            stream = self._calls["Pull"](request, timeout=longest_s, wait_for_ready=False)
            assembly = Assembly(next(stream), self.max_bytes)
            for chunk in stream:
                assembly.add(chunk)
            return assembly.head, assembly.pieces()

    def watch(self, run: str = "") -> Iterator[pb.Event]:
        """What happens, from now on.

        Args:
            run: Name of a run that looks after the federation meanwhile; see the proto file.
        """
        with _said():
            yield from self._calls["Watch"](pb.WatchRequest(run=run))

    def status(self) -> pb.StatusReply:
        """Where the federation stands."""
        return self._call("Status", pb.StatusRequest(), pb.StatusReply)

    def fence(self, site: str, epoch: int) -> int:
        """Let no session of a site below an epoch go on; returns the epoch in force."""
        return self._call("Fence", pb.FenceRequest(site=site, epoch=epoch), pb.FenceReply).epoch

    def abort(self, reason: str) -> pb.StatusReply:
        """End the run."""
        return self._call("Abort", pb.AbortRequest(reason=reason), pb.StatusReply)

    def _call(self, name: str, request: object, reply: type[Reply], timeout_s: float | None = None) -> Reply:
        with _said():
            found = self._calls[name](request, timeout=timeout_s or self.deadlines.call_s)
        assert isinstance(found, reply)
        return found


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except grpc.RpcError as error:
        # Every error of a call is a call, which knows its status.
        call = cast(grpc.Call, error)
        raise error_of(call.code(), call.details() or "") from error
