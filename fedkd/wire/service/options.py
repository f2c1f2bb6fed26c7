"""What both ends of a connection are set to, in one place: pings that one side sends and the other forbids end it."""

from __future__ import annotations

from dataclasses import dataclass

CHUNK_BYTES = 256 * 1024
"""Serialising and copying are cheapest here: smaller chunks cost calls, larger ones page faults."""

_SLACK_BYTES = 64 * 1024


@dataclass(frozen=True)
class Connection:
    """Limits of a connection.

    Attributes:
        ping_s: How often a silent connection is tried; a cut is found after this and `pong_s`.
        pong_s: How long an answer may take.
        metadata_bytes: Most bytes of metadata of a call.
        streams: Most calls of one connection at one time; further ones wait at the client.
    """

    ping_s: float = 10.0
    pong_s: float = 5.0
    metadata_bytes: int = 8192
    streams: int = 16

    def __post_init__(self) -> None:
        if min(self.ping_s, self.pong_s) <= 0 or self.metadata_bytes < 1024 or self.streams < 1:
            raise ValueError(
                f"ping_s={self.ping_s} and pong_s={self.pong_s} must be above 0, "
                f"metadata_bytes={self.metadata_bytes} at least 1024, and streams={self.streams} at least 1"
            )

    def options(self) -> list[tuple[str, int]]:
        """Arguments of gRPC channels and servers."""
        message = CHUNK_BYTES + _SLACK_BYTES
        return [
            ("grpc.max_receive_message_length", message),
            ("grpc.max_send_message_length", message),
            ("grpc.max_metadata_size", self.metadata_bytes),
            ("grpc.keepalive_time_ms", int(self.ping_s * 1000)),
            ("grpc.keepalive_timeout_ms", int(self.pong_s * 1000)),
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.http2.max_pings_without_data", 0),
            # A server that expects fewer pings than clients send answers with "too many pings", and hangs up.
            ("grpc.http2.min_recv_ping_interval_without_data_ms", int(self.ping_s * 500)),
            ("grpc.http2.max_ping_strikes", 0),
            # Of one connection; those of a site are few.
            ("grpc.max_concurrent_streams", self.streams),
            # Clients of one process share no connection: each may have its own certificate, and the bound is its own.
            ("grpc.use_local_subchannel_pool", 1),
            # A second server at the same port would get every other call.
            ("grpc.so_reuseport", 0),
            # By default a channel waits for up to two minutes before it dials again; its owner asks sooner.
            ("grpc.initial_reconnect_backoff_ms", 200),
            ("grpc.max_reconnect_backoff_ms", 5000),
            # Calls are repeated by their owner, who knows what was accepted.
            ("grpc.enable_retries", 0),
        ]
