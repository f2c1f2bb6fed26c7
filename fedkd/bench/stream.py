"""What a large Knowledge costs on its way from a site to an aggregator, beside a bare stream of the same bytes."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fedkd.bench.bare import BareClient
from fedkd.bench.member import SPEC, enrol, join, wait
from fedkd.bench.rounds import agreed
from fedkd.bench.serving import Pems, Served
from fedkd.deployment import ScenarioPlan
from fedkd.federation import make_exchange
from fedkd.knowledge import Kind, Knowledge
from fedkd.methods import Profile
from fedkd.runtime.deploy import Rules
from fedkd.wire.header import kind_number
from fedkd.wire.service.client import AggregatorClient
from fedkd.wire.service.stream import Piece, cut
from fedkd.wire.v1 import aggregator_pb2 as pb
from sim.streams import Streams

_COLUMNS, _HEADS = 1000, 2**16
_FOREVER_S = 3600.0


@dataclass(frozen=True)
class StreamCost:
    """What one Knowledge cost.

    Attributes:
        tls: Whether TLS was on.
        size: Bytes of the message.
        bare_s: A bare stream of as many bytes.
        encode_s: To make the message.
        push_s: From the first chunk to the answer, without the time to write it to the disk; checks included.
        keep_s: To write it to the disk and wait until it is there.
        tensor: Bytes of its numbers.
        peak: Bytes of memory that the aggregator needed beyond what it had before, at some moment.
    """

    tls: bool
    size: int
    bare_s: float
    encode_s: float
    push_s: float
    keep_s: float
    tensor: int
    peak: int

    @property
    def share(self) -> float:
        """Of the bare stream's throughput."""
        return self.bare_s / self.push_s


def stream_cost(size: float, tls: bool, repeats: int = 3) -> StreamCost:
    """Push float32 numbers of `size` bytes to a real aggregator, and the same chunks to a bare stream, in turns.

    The least time of each counts: a busy machine only ever adds to it. The most memory does.
    """
    samples, most = max(round(size / 4 / _COLUMNS), 1), int(size) + _HEADS
    shared = agreed(samples, _COLUMNS, 1, "Float32", f"federation.max_bytes={most}")
    # The last site never speaks, so the round stays open, and nothing is fused meanwhile.
    names = tuple(f"site-{i:02d}" for i in range(repeats + 1))
    theirs, ours = _identities() if tls else (None, None)
    credentials = None if ours is None else ours.channel()
    setting = shared.setting({"public": shared.public.inputs})
    exchange = make_exchange(shared.scenario.method, shared.scenario.task, setting)
    values = Streams(0).generator("bench", "stream").standard_normal((samples, _COLUMNS), np.float32)
    rules = Rules(quorum=1.0, round_s=_FOREVER_S, lease_s=_FOREVER_S, max_bytes=most)
    costs = []
    plan = ScenarioPlan(shared, names)
    with Served(plan, rules, theirs) as served, BareClient(served.bare, credentials) as bare:
        client = AggregatorClient(f"localhost:{served.port}", credentials)
        sessions = [join(client, shared, name) for name in names]
        for session in sessions:
            enrol(client, shared, session)
        wait(client, sessions[0], 0)
        for name, session in zip(names[:repeats], sessions, strict=False):
            began = time.monotonic()
            said = Knowledge(Kind.LOGITS, {"values": values}, shared.public.ids, name, 1, "0" * 16)
            piece = Piece(kind_number(said.kind), exchange.write(said, Profile(name, SPEC, 1)))
            encode_s = time.monotonic() - began
            bare_s = _bare(bare, piece)
            served.mark(len(piece.data))
            began = time.monotonic()
            reply = client.push(pb.Head(session=session, round=1), [piece])
            took_s = time.monotonic() - began
            assert reply.verdict == pb.PushReply.VERDICT_OK
            used = served.used()
            costs.append((bare_s, encode_s, took_s - used.keep_s, used.keep_s, used.peak))
        client.close()
    bare_s, encode_s, push_s, keep_s, _ = (min(column) for column in zip(*costs, strict=True))
    peak = max(cost[-1] for cost in costs)
    return StreamCost(tls, len(piece.data), bare_s, encode_s, push_s, keep_s, values.nbytes, peak)


def _bare(client: BareClient, piece: Piece) -> float:
    began = time.monotonic()
    assert client.push(cut(pb.Head(), [piece])) > len(piece.data)
    return time.monotonic() - began


def _identities() -> tuple[Pems, Pems]:
    """The aggregator's and a site's; both names that a site's channel may use for this machine are in the former."""
    from fedkd.runtime.identity import Authority

    with tempfile.TemporaryDirectory() as folder:
        authority = Authority.create(Path(folder), "bench")
        issued = authority.issue_server(["localhost", "127.0.0.1"], 1), authority.issue_site("site-00", 1)
    theirs, ours = (Pems(one.key, one.certificate, one.ca) for one in issued)
    return theirs, ours
