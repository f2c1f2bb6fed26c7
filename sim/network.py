"""Links: when N bytes arrive, or whether at all. Networks: when many messages do that share an access."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.fair_share import Flow, alone_us, finish_us
from sim.streams import Name, Streams


@dataclass(frozen=True)
class Trip:
    """What chance makes of one message.

    Attributes:
        carried: Bytes that the link carries, those that are sent again included.
        rounds: 1 if no packet was lost; each further round sends again what the one before lost.
        jitter_us: What is added to the link's latency.
    """

    carried: int
    rounds: int
    jitter_us: int


@dataclass(frozen=True)
class Link:
    """The path between one site and the aggregator, or between two agents. Both directions have the same latency.

    A message of N bytes is cut into packets of `packet_bytes` (the last may be shorter; no bytes are one empty
    packet). Each time that a packet is sent it is lost with probability `loss`, independently of all others.

    * `arrival_us`, a reliable stream: the packets leave back to back, lost ones join the queue again, and in each
      round of sending again the sender waits `retry_us` once. With packets of s_1 ... s_P bytes that are sent
      a_1 ... a_P times, the message arrives at
      sent + ceil(sum(a_i s_i) / bandwidth) + (max(a_i) - 1) retry + latency + jitter.
      There is no congestion control: loss costs the bytes and the waits, not the bandwidth.
    * `delivery_us`, a datagram: it arrives at sent + ceil(N / bandwidth) + latency + jitter if no packet is lost, and
      else never. A reliable message of the same draws that lost nothing arrives at the same time.

    Jitter is drawn once a message and is exponential with mean `jitter_us`, so latency is the least that there is and
    messages may overtake one another. All of it is drawn from the generator that the caller passes: one number for the
    jitter, then one a packet, where a number u in [0, 1) means ceil(-jitter_us ln(1 - u)) microseconds, and a packet
    that is sent 1 + floor(ln(1 - u) / ln(loss)) times. Equal draws make more bytes or more loss never arrive earlier.

    Attributes:
        latency_us: Least one-way delay of the first byte, microseconds.
        up_bytes_per_s: Bandwidth towards the aggregator.
        down_bytes_per_s: Bandwidth towards the site.
        jitter_us: Mean of what is added to the latency, microseconds.
        loss: Probability that a packet is lost, each time that it is sent.
        packet_bytes: Most bytes of a packet.
        retry_us: How long it takes until lost packets are sent again, microseconds.
    """

    latency_us: int
    up_bytes_per_s: float
    down_bytes_per_s: float
    jitter_us: int = 0
    loss: float = 0.0
    packet_bytes: int = 1400
    retry_us: int = 0

    def __post_init__(self) -> None:
        # Less than a byte a second is a typing error, and would overflow the clock.
        if self.latency_us < 0 or not _is_rate(self.up_bytes_per_s) or not _is_rate(self.down_bytes_per_s):
            raise ValueError("a link needs latency_us >= 0 and finite bandwidths of at least 1 byte a second")
        if self.jitter_us < 0 or self.retry_us < 0:
            raise ValueError(f"jitter_us={self.jitter_us} and retry_us={self.retry_us} must not be negative")
        if not 0 <= self.loss < 1:
            raise ValueError(f"loss={self.loss} must be at least 0 and below 1")
        if self.packet_bytes < 1:
            raise ValueError(f"packet_bytes={self.packet_bytes} must be at least 1")

    def bytes_per_s(self, up: bool) -> float:
        """Bandwidth of a direction."""
        return self.up_bytes_per_s if up else self.down_bytes_per_s

    def up_us(self, size: int) -> int:
        """Microseconds until the last of `size` bytes reaches the aggregator, without jitter and loss."""
        return self.latency_us + alone_us(size, self.up_bytes_per_s)

    def down_us(self, size: int) -> int:
        """Microseconds until the last of `size` bytes reaches the site, without jitter and loss."""
        return self.latency_us + alone_us(size, self.down_bytes_per_s)

    def arrival_us(self, size: int, sent_us: int, up: bool, rng: np.random.Generator) -> int:
        """Virtual time at which the last byte of a reliable message is there."""
        trip = self.trip(size, rng)
        return sent_us + alone_us(trip.carried, self.bytes_per_s(up)) + self.delay_us(trip)

    def delivery_us(self, size: int, sent_us: int, up: bool, rng: np.random.Generator) -> int | None:
        """Virtual time at which the last byte of a datagram is there, None if it is lost."""
        trip = self.trip(size, rng)
        return None if trip.rounds > 1 else sent_us + alone_us(size, self.bytes_per_s(up)) + self.delay_us(trip)

    def trip(self, size: int, rng: np.random.Generator) -> Trip:
        """Draw what happens to a message of `size` bytes."""
        # Always drawn, so that a link with jitter loses the same packets as one without.
        jitter_us = math.ceil(-self.jitter_us * math.log1p(-rng.random()))
        if self.loss == 0:
            return Trip(size, 1, jitter_us)
        whole = max(0, size - 1) // self.packet_bytes
        times = 1 + np.floor(np.log1p(-rng.random(whole + 1)) / math.log(self.loss)).astype(np.int64)
        last = size - whole * self.packet_bytes
        carried = self.packet_bytes * int(times[:-1].sum()) + last * int(times[-1])
        return Trip(carried, int(times.max()), jitter_us)

    def delay_us(self, trip: Trip) -> int:
        """Microseconds of a trip that no bandwidth could save."""
        return self.latency_us + trip.jitter_us + (trip.rounds - 1) * self.retry_us


@dataclass(frozen=True)
class Transfer:
    """A reliable message that is to be carried.

    Attributes:
        key: Names it, and by that its luck: no two of a run may have the same, so it should say who sends what to
            whom, and when, such as ("site-03", 7, "up").
        sent_us: When the first byte leaves, microseconds of virtual time.
        size: Bytes.
    """

    key: tuple[Name, ...]
    sent_us: int
    size: int

    def __post_init__(self) -> None:
        if self.sent_us < 0 or self.size < 0:
            raise ValueError(f"sent_us={self.sent_us} and size={self.size} of a transfer must not be negative")


@dataclass(frozen=True)
class Network:
    """Equal links that meet at the aggregator, whose own access may be a bottleneck.

    Attributes:
        link: The link of every site.
        shared_up_bytes_per_s: What the aggregator can receive, None if that is never the bottleneck.
        shared_down_bytes_per_s: What the aggregator can send, None if that is never the bottleneck.
    """

    link: Link
    shared_up_bytes_per_s: float | None = None
    shared_down_bytes_per_s: float | None = None

    def __post_init__(self) -> None:
        for name in ("shared_up_bytes_per_s", "shared_down_bytes_per_s"):
            rate = getattr(self, name)
            if rate is not None and not _is_rate(rate):
                raise ValueError(f"{name}={rate} must be at least 1 byte a second and finite")

    def arrivals(self, transfers: Sequence[Transfer], up: bool, streams: Streams) -> list[int]:
        """When the last byte of each message is there.

        A message is in flight from `sent_us` until its last byte has passed, bytes that are sent again included: loss
        multiplies what the bottleneck has to carry. Those in flight at the same time share it fairly (`sim.fair_share`
        states the model and its rounding); latency, jitter and the waits of sending again come after, as in
        `Link.arrival_us`, with which an arrival agrees where no bottleneck is felt.

        Args:
            transfers: All that may meet, in any order. Each has a link to itself: what a site sends at the same time
                is one transfer of all its bytes.
            up: Whether they go towards the aggregator.
            streams: Names the draws: a message's are those of ("network", *key).

        Returns:
            Microseconds of virtual time, in the order of `transfers`.

        Raises:
            ValueError: Two transfers have the same key.
        """
        if len({transfer.key for transfer in transfers}) < len(transfers):
            raise ValueError("each transfer needs a key of its own, or two messages would have the same luck")
        trips = [self.link.trip(t.size, streams.generator("network", *t.key)) for t in transfers]
        flows = [Flow(t.sent_us, trip.carried) for t, trip in zip(transfers, trips, strict=True)]
        passed = self._passed_us(flows, up)
        return [at_us + self.link.delay_us(trip) for at_us, trip in zip(passed, trips, strict=True)]

    def _passed_us(self, flows: Sequence[Flow], up: bool) -> list[int]:
        own = self.link.bytes_per_s(up)
        shared = self.shared_up_bytes_per_s if up else self.shared_down_bytes_per_s
        if shared is None:
            return [flow.start_us + alone_us(flow.size, own) for flow in flows]
        return finish_us(flows, own, shared)


def _is_rate(bytes_per_s: float) -> bool:
    return 1 <= bytes_per_s < math.inf
