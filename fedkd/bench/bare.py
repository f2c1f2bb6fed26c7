"""A bare gRPC stream: a server that counts bytes and does nothing else. What ours is measured against."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from types import TracebackType
from typing import Any, cast

import grpc
import grpc.aio

from fedkd.wire.service.options import Connection as Options

_SERVICE, _CALL = "fedkd.bench.Bare", "Push"
_LONGEST_S = 300.0


class BareStream:
    """A context in which the server is there, in a thread with an event loop of its own.

    Args:
        credentials: TLS, or None.
    """

    def __init__(self, credentials: grpc.ServerCredentials | None) -> None:
        self._credentials = credentials
        self._port: Future[int] = Future()
        self._over: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="bare stream", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port.result(timeout=60)

    def __enter__(self) -> BareStream:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        loop, over = self._over.result(timeout=60)
        loop.call_soon_threadsafe(over.set)
        self._thread.join()

    async def _serve(self) -> None:
        server = grpc.aio.server(options=Options().options())
        handler: Any = grpc.stream_unary_rpc_method_handler(cast(Any, _count))
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, {_CALL: handler}),))
        add, address = server.add_insecure_port, "127.0.0.1:0"
        port = add(address) if self._credentials is None else server.add_secure_port(address, self._credentials)
        await server.start()
        over = asyncio.Event()
        self._over.set_result((asyncio.get_running_loop(), over))
        self._port.set_result(port)
        await over.wait()
        await server.stop(0)


async def _count(chunks: AsyncIterator[bytes], context: Any) -> bytes:
    count = 0
    async for chunk in chunks:
        count += len(chunk)
    return str(count).encode()


class BareClient:
    """A context with a connection to such a server.

    Args:
        port: Of the server, on this machine.
        credentials: TLS, or None.
    """

    def __init__(self, port: int, credentials: grpc.ChannelCredentials | None) -> None:
        address, options = f"localhost:{port}", Options().options()
        self._channel = (
            grpc.insecure_channel(address, options)
            if credentials is None
            else grpc.secure_channel(address, credentials, options)
        )
        self._call: Any = self._channel.stream_unary(f"/{_SERVICE}/{_CALL}")

    def __enter__(self) -> BareClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._channel.close()

    def push(self, chunks: Iterator[bytes]) -> int:
        """Send chunks; returns how many bytes came."""
        return int(self._call(chunks, timeout=_LONGEST_S))
