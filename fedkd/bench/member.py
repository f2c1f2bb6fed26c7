"""Sites of benchmarks: they join and enrol as any other, and train nothing."""

from __future__ import annotations

import time
from importlib.metadata import version

from fedkd.deployment import Agreed
from fedkd.errors import UnreachableError
from fedkd.models import ArchSpec
from fedkd.wire.envelope import FORMAT
from fedkd.wire.service.client import AggregatorClient
from fedkd.wire.v1 import aggregator_pb2 as pb

SPEC = ArchSpec.of("mlp", hidden=(4,))
_DEVICE = '{"name": "bench", "macs_per_s": 1e9, "share": 1.0, "budget": {}}'
_PAUSE_S, _PATIENCE_S = 0.01, 60.0


def join(client: AggregatorClient, shared: Agreed, name: str) -> pb.Session:
    """Become a member, once the aggregator is there.

    Raises:
        UnreachableError: It is not there within a minute.
    """
    session, until_s = pb.Session(site=name, epoch=1, instance=name), time.monotonic() + _PATIENCE_S
    while True:
        try:
            _join(client, shared, session)
            return session
        except UnreachableError:
            if time.monotonic() > until_s:
                raise
            time.sleep(_PAUSE_S)


def enrol(client: AggregatorClient, shared: Agreed, session: pb.Session) -> None:
    """Choose the only network there is, once all have joined."""
    while not (reply := _join(client, shared, session)).shortlist:
        time.sleep(_PAUSE_S)
    client.enrol(pb.EnrolRequest(session=session, spec=reply.shortlist[0], samples=1))


def wait(client: AggregatorClient, session: pb.Session, round_: int) -> None:
    """Wait for the end of a round (0: for the beginning of the first)."""
    while client.pull(pb.PullRequest(session=session, round=round_))[0].not_yet:
        pass


def _join(client: AggregatorClient, shared: Agreed, session: pb.Session) -> pb.JoinReply:
    return client.join(
        pb.JoinRequest(
            session=session,
            format=FORMAT,
            package=version("fedkd"),
            agreement=shared.digest,
            public_set=shared.public_digest,
            device=_DEVICE,
        )
    )
