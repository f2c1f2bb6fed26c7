"""What an aggregator does for a crowd: pushes of a thousand sites over gRPC, and fusing what they said."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, Pipe
from typing import Any

import numpy as np
from scipy.special import softmax

from fedkd.aggregate import Fusion, Mean, Median, Votes
from fedkd.bench.codecs import logits
from fedkd.bench.member import SPEC, enrol, join, wait
from fedkd.bench.rounds import agreed
from fedkd.bench.serving import Served
from fedkd.deployment import ScenarioPlan
from fedkd.errors import WorkerDiedError
from fedkd.federation import make_exchange
from fedkd.knowledge import Kind, Knowledge
from fedkd.methods import Profile
from fedkd.runtime.deploy import Rules
from fedkd.runtime.forks import worker_context
from fedkd.wire.header import kind_number
from fedkd.wire.service.client import AggregatorClient, Deadlines
from fedkd.wire.service.stream import Piece
from fedkd.wire.v1 import aggregator_pb2 as pb

_PROCESSES, _CHANNELS, _AT_A_TIME = 2, 8, 32
_LONGEST_S = 600.0

Span = tuple[float, float]


@dataclass(frozen=True)
class CrowdCost:
    """What a round of a crowd took.

    Attributes:
        sites: Sites.
        bytes_up: Of one site's message.
        joined_s: For all to join and to enrol.
        pushes_per_s: From the first push to the last answer.
        median_ms: Of a push, with as many others at the same time as the processes of the sites make.
        p99_ms: The same.
        closed_s: From the last push to the last site's answer: the round is closed, kept, and told to all.
    """

    sites: int
    bytes_up: int
    joined_s: float
    pushes_per_s: float
    median_ms: float
    p99_ms: float
    closed_s: float


def crowd_cost(sites: int, samples: int, classes: int) -> CrowdCost:
    """One round of a crowd, without training: sites in a few processes, each with several connections.

    Raises:
        WorkerDiedError: A process ended, or took too long.
    """
    names = tuple(f"site-{i:04d}" for i in range(sites))
    rules = Rules(quorum=1.0, round_s=_LONGEST_S, gather_s=_LONGEST_S, lease_s=_LONGEST_S)
    with Served(ScenarioPlan(agreed(samples, classes, 1), names), rules) as served:
        ends = [_start(served.port, names[i::_PROCESSES], samples, classes) for i in range(min(_PROCESSES, sites))]
        began = time.monotonic()
        for step in ("join", "enrol", "begin"):
            _do(ends, step)
        joined_s = time.monotonic() - began
        pushed = _do(ends, "push")
        pulled = _do(ends, "pull")
        (size, *_) = _do(ends, "size")
    took = np.array([end - begin for begin, end in pushed])
    whole = max(end for _, end in pushed) - min(begin for begin, _ in pushed)
    closed = max(end for _, end in pulled) - max(end for _, end in pushed)
    median, p99 = (1e3 * float(np.percentile(took, share)) for share in (50, 99))
    return CrowdCost(sites, int(size[0]), joined_s, sites / whole, median, p99, closed)


def _start(port: int, names: Sequence[str], samples: int, classes: int) -> Connection:
    ours, theirs = Pipe()
    worker_context().Process(target=_sites, args=(theirs, port, names, samples, classes), daemon=True).start()
    theirs.close()
    return ours


def _do(ends: Sequence[Connection], step: str) -> list[Span]:
    for end in ends:
        end.send(step)
    spans: list[Span] = []
    for end in ends:
        try:
            if not end.poll(_LONGEST_S):
                raise EOFError
            spans += end.recv()
        except EOFError as error:
            raise WorkerDiedError("sites of the benchmark ended early", "look at what they printed") from error
    return spans


def _sites(end: Connection, port: int, names: Sequence[str], samples: int, classes: int) -> None:
    """Some of the sites; each step is done by all of them, many at a time."""
    shared, values = agreed(samples, classes, 1), logits(samples, classes)
    exchange = make_exchange(
        shared.scenario.method, shared.scenario.task, shared.setting({"public": shared.public.inputs})
    )
    clients = [AggregatorClient(f"127.0.0.1:{port}", None, None, Deadlines(_LONGEST_S)) for _ in range(_CHANNELS)]
    client_of = {name: clients[i % _CHANNELS] for i, name in enumerate(names)}
    sessions: dict[str, pb.Session] = {}
    said = {
        name: exchange.write(
            Knowledge(Kind.LOGITS, {"values": values}, shared.public.ids, name, 1, "0" * 16), Profile(name, SPEC, 1)
        )
        for name in names
    }

    def do_join(name: str) -> None:
        sessions[name] = join(client_of[name], shared, name)

    def do_push(name: str) -> None:
        piece = Piece(kind_number(Kind.LOGITS), said[name])
        client_of[name].push(pb.Head(session=sessions[name], round=1), [piece])

    steps: dict[str, Callable[[str], Any]] = {
        "join": do_join,
        "enrol": lambda name: enrol(client_of[name], shared, sessions[name]),
        "begin": lambda name: wait(client_of[name], sessions[name], 0),
        "push": do_push,
        "pull": lambda name: wait(client_of[name], sessions[name], 1),
    }
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        while (step := end.recv()) != "size":
            end.send(list(pool.map(partial(_timed, steps[step]), names)))
    end.send([(float(len(said[names[0]])), 0.0)])


def _timed(step: Callable[[str], Any], name: str) -> Span:
    began = time.monotonic()
    step(name)
    return began, time.monotonic()


FUSIONS: dict[str, Fusion] = {"mean": Mean(), "median": Median()}


def fuse_cost(sites: int, samples: int, classes: int) -> dict[str, float]:
    """Seconds to fuse the tables of all sites, by the name of the fusion."""
    values = np.stack([softmax(logits(samples, classes, seed), axis=-1) for seed in range(sites)])
    ones = np.ones(sites, np.float32)
    names = tuple(f"site-{i:04d}" for i in range(sites))
    votes = Votes(values, np.ones((sites, samples), bool), names, ones, ones)
    took = {}
    for name, fusion in FUSIONS.items():
        began = time.monotonic()
        fusion(votes)
        took[name] = time.monotonic() - began
    return took
