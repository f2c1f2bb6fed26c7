"""What a codec costs: bytes, and the time to write and read a table of soft labels."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from fedkd.bench.bare import BareClient, BareStream
from fedkd.knowledge import Kind, Knowledge
from fedkd.wire import Chain, Codec, WireContext
from fedkd.wire.service.stream import Piece, cut
from fedkd.wire.stages import Argmax, Float16, Float32, Int4, Int8, Ranked, Simplex, SoftLabel2, TopK, Zstd
from fedkd.wire.v1 import aggregator_pb2 as pb
from sim.streams import Streams

CODECS: Mapping[str, Codec] = {
    "float32": Chain((Float32(),)),
    "float16": Chain((Float16(),)),
    "int8": Chain((Simplex(), Int8())),
    "int8, zstd": Chain((Simplex(), Int8(), Zstd())),
    "int4": Chain((Simplex(), Int4())),
    "top3": Chain((TopK(3), Zstd())),
    "soft_label2": Chain((SoftLabel2(), Zstd())),
    "ranked (default)": Chain((Ranked(8, 2, 2), Zstd(19))),
    "argmax": Chain((Argmax(), Zstd())),
}


@dataclass(frozen=True)
class CodecCost:
    """What one codec costs for one table.

    Attributes:
        name: What tables call it.
        size: Bytes of the message.
        encode_ms: Median time to write it.
        decode_ms: Median time to read and check it.
        transfer_ms: Median time to send it over a gRPC stream on this machine until it is answered.
    """

    name: str
    size: int
    encode_ms: float
    decode_ms: float
    transfer_ms: float


def soft_labels(samples: int, classes: int, seed: int = 0) -> Knowledge:
    """A table as a trained network would send it: sure of most samples.

    Args:
        samples: Rows N.
        classes: Columns C.
        seed: Names the random stream.
    """
    table = {"values": softmax(logits(samples, classes, seed), axis=-1)}
    return Knowledge(Kind.PROBS, table, np.arange(samples, dtype=np.int64), "site-00", 1, "0" * 16)


def logits(samples: int, classes: int, seed: int = 0) -> NDArray[np.float32]:
    """What such a network says before the softmax: [N, C]."""
    draws = Streams(seed).generator("bench", "logits").standard_normal((samples, classes), np.float32)
    return 4 * draws


def codec_costs(samples: int, classes: int, repeats: int) -> list[CodecCost]:
    """Each codec on the same table, in turns, so that a disturbance does not hit one alone."""
    knowledge, context = soft_labels(samples, classes), WireContext(np.arange(samples, dtype=np.int64))
    written = {name: codec.encode(knowledge, context) for name, codec in CODECS.items()}
    encode: dict[str, list[float]] = {name: [] for name in CODECS}
    decode: dict[str, list[float]] = {name: [] for name in CODECS}
    transfer: dict[str, list[float]] = {name: [] for name in CODECS}
    with BareStream(None) as server, BareClient(server.port, None) as client:
        client.push(cut(pb.Head(), []))
        for _ in range(repeats):
            for name, codec in CODECS.items():
                encode[name].append(_ms(partial(codec.encode, knowledge, context)))
                decode[name].append(_ms(partial(codec.decode, written[name], context)))
                transfer[name].append(_ms(partial(client.push, cut(pb.Head(), [Piece(1, written[name])]))))
    times = [{name: statistics.median(of[name]) for name in CODECS} for of in (encode, decode, transfer)]
    return [CodecCost(name, len(written[name]), *(time[name] for time in times)) for name in CODECS]


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3
