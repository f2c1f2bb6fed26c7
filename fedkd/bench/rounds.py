"""What a round of knowledge costs over gRPC: an aggregator that keeps everything on disk, and sites in processes."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

import numpy as np

from fedkd.bench.codecs import logits
from fedkd.bench.member import SPEC, enrol, join
from fedkd.composition import compose
from fedkd.data import Examples
from fedkd.data.public import UNLABELLED
from fedkd.deployment import Agreed, ScenarioPlan
from fedkd.errors import WorkerDiedError
from fedkd.federation import Exchange, make_exchange
from fedkd.knowledge import Kind, Knowledge
from fedkd.methods import Profile
from fedkd.runtime.deploy import Desk, Door, Hosted, Ledger, Rules, host
from fedkd.runtime.forks import warm_up, worker_context
from fedkd.wire.header import kind_number, kind_of
from fedkd.wire.service.client import AggregatorClient
from fedkd.wire.service.stream import Piece
from fedkd.wire.v1 import aggregator_pb2 as pb

_LONGEST_S = 300.0
_WARM_UP = 3


@dataclass(frozen=True)
class RoundCost:
    """What rounds took.

    Attributes:
        median_ms: From the first push of a round to the last byte of its answer at every site.
        p99_ms: The same.
        rounds: Rounds that were timed.
        bytes_up: Of one site's message.
    """

    median_ms: float
    p99_ms: float
    rounds: int
    bytes_up: int


@dataclass(frozen=True)
class Played:
    """What one site measured.

    Attributes:
        spans: Begin and end of each timed round in seconds of the machine's monotonic clock: before its message is
            encoded, and after the answer is decoded.
        bytes_up: Of its message.
    """

    spans: tuple[tuple[float, float], ...]
    bytes_up: int


def agreed(samples: int, classes: int, rounds: int, stage: str = "Int8", *overrides: str) -> Agreed:
    """A federation that exchanges logits and fuses them by their mean; its server trains nothing.

    Args:
        samples: Of the public set.
        classes: Classes.
        rounds: Rounds.
        stage: Codes the logits.
        overrides: What else to set.
    """
    codec = f"{{_target_: fedkd.wire.Chain, stages: [{{_target_: fedkd.wire.stages.{stage}}}]}}"
    scenario = compose(
        [
            "method=fedmd",
            f"method.logits={codec}",
            "search=fixed",
            f"search.network='{SPEC.to_json()}'",
            "device=unlimited",
            f"federation.rounds={rounds}",
            "runtime.processes=1",
            *overrides,
        ]
    )
    public = Examples(
        np.zeros((samples, 4), np.float32), np.full(samples, UNLABELLED, np.int64), np.arange(samples, dtype=np.int64)
    )
    return Agreed(scenario, public, classes)


def round_cost(sites: int, rounds: int, samples: int, classes: int) -> RoundCost:
    """Run rounds without training between them.

    Raises:
        WorkerDiedError: A site's process ended, or took too long.
    """
    warm_up()
    with tempfile.TemporaryDirectory() as folder:
        desk = _desk(Path(folder), sites, rounds, samples, classes)
        with Hosted(desk, Door()) as hosted:
            names = [site_name(i) for i in range(sites)]
            ends = [_start(f"127.0.0.1:{hosted.port}", name, rounds, samples, classes) for name in names]
            return summary([_result(end) for end in ends])


def serve_rounds(
    address: str, sites: int, rounds: int, samples: int, classes: int, ready: Callable[[int], None]
) -> None:
    """Serve rounds to sites that are started elsewhere, until all have left.

    Raises:
        UnreachableError: The address cannot be had.
    """
    with tempfile.TemporaryDirectory() as folder:
        desk = _desk(Path(folder), sites, rounds, samples, classes)
        asyncio.run(host(desk, Door(address), ready))


def site_name(index: int) -> str:
    """Names of the benchmark's sites."""
    return f"site-{index:02d}"


def _desk(folder: Path, sites: int, rounds: int, samples: int, classes: int) -> Callable[[], Desk]:
    plan = ScenarioPlan(agreed(samples, classes, rounds + _WARM_UP), tuple(site_name(i) for i in range(sites)))
    rules = Rules(quorum=1.0, round_s=_LONGEST_S, lease_s=_LONGEST_S)
    return lambda: Desk(plan, Ledger(folder, plan.agreement), rules)


def summary(played: Sequence[Played]) -> RoundCost:
    """What the rounds took, from what each site measured; all on one machine, whose clock they share."""
    began, ended = (np.array([[span[i] for span in site.spans] for site in played]) for i in (0, 1))
    took = 1e3 * (ended.max(0) - began.min(0))
    return RoundCost(float(np.median(took)), float(np.percentile(took, 99)), len(took), played[0].bytes_up)


def _start(address: str, name: str, rounds: int, samples: int, classes: int) -> Connection:
    ours, theirs = Pipe(duplex=False)
    worker_context().Process(target=_site, args=(theirs, address, name, rounds, samples, classes), daemon=True).start()
    theirs.close()
    return ours


def _result(end: Connection) -> Played:
    try:
        if end.poll(_LONGEST_S):
            found: Played = end.recv()
            return found
    except EOFError:
        pass
    raise WorkerDiedError("a site of the benchmark ended early, or took too long", "look at what it printed")


def _site(end: Connection, address: str, name: str, rounds: int, samples: int, classes: int) -> None:
    end.send(play(address, name, rounds, samples, classes))


def play(address: str, name: str, rounds: int, samples: int, classes: int) -> Played:
    """Take part as one site, once the aggregator is there.

    Raises:
        UnreachableError: It does not come, or goes.
    """
    shared = agreed(samples, classes, rounds + _WARM_UP)
    profile, client = Profile(name, SPEC, 1), AggregatorClient(address)
    exchange = make_exchange(
        shared.scenario.method, shared.scenario.task, shared.setting({"public": shared.public.inputs})
    )
    session = join(client, shared, name)
    enrol(client, shared, session)
    values, spans, size = logits(samples, classes), [], 0
    _pull(client, exchange, profile, session, 0)
    for round_ in range(1, rounds + _WARM_UP + 1):
        said = Knowledge(Kind.LOGITS, {"values": values}, shared.public.ids, name, round_, "0" * 16)
        # One clock for all processes of a machine.
        began = time.monotonic()
        data = exchange.write(said, profile)
        client.push(pb.Head(session=session, round=round_), [Piece(kind_number(said.kind), data)])
        _pull(client, exchange, profile, session, round_)
        spans.append((began, time.monotonic()))
        size = len(data)
    client.leave(session, "done")
    client.close()
    return Played(tuple(spans[_WARM_UP:]), size)


def _pull(client: AggregatorClient, exchange: Exchange, profile: Profile, session: pb.Session, round_: int) -> None:
    request = pb.PullRequest(session=session, round=round_)
    for kind, digest in exchange.holds(profile.name).items():
        request.holds[kind_number(kind)] = digest
    head, pieces = client.pull(request)
    while head.not_yet:
        head, pieces = client.pull(request)
    for piece in pieces:
        exchange.read(piece.data, kind_of(piece.kind), profile, up=False)
