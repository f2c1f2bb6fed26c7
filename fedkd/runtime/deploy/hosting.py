"""The aggregator as a server: in this thread until the run is over, or in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from types import TracebackType

import grpc

from fedkd.runtime.deploy.desk import Desk
from fedkd.wire.service.calls import ADMIN, AGGREGATOR
from fedkd.wire.service.options import Connection
from fedkd.wire.service.server import serve

_GRACE_S = 1.0


@dataclass(frozen=True)
class Door:
    """Where an aggregator can be reached.

    Attributes:
        address: `HOST:PORT` to listen at; port 0 takes a free one.
        credentials: TLS; None only where nobody else can listen.
        connection: Limits.
        linger_s: How long sites have to get the outcome, once the run is over.
    """

    address: str = "127.0.0.1:0"
    credentials: grpc.ServerCredentials | None = None
    connection: Connection = Connection()
    linger_s: float = 30.0


async def host(desk: Callable[[], Desk], door: Door, ready: Callable[[int], None]) -> Desk:
    """Serve until the run is over, and until sites had the time to learn of it.

    Args:
        desk: Makes the desk, on the loop that it will live on.
        door: Where to listen.
        ready: Is told the port.

    Raises:
        UnreachableError: The address cannot be had.
        DiskError: Something could not be kept; nothing that was accepted is lost.
    """
    made = desk()
    server, port = await serve({AGGREGATOR: made, ADMIN: made}, door.address, door.credentials, door.connection)
    try:
        ready(port)
        await made.run()
        await made.drained(door.linger_s)
    finally:
        await server.stop(_GRACE_S)
    return made


class Hosted:
    """An aggregator in a thread of its own; a context that ends it.

    Args:
        desk: Makes the desk.
        door: Where to listen.
    """

    def __init__(self, desk: Callable[[], Desk], door: Door) -> None:
        self._desk, self._door = desk, door
        self._port: Future[int] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Desk] | None = None
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="aggregator", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens, once it does.

        Raises:
            FedkdError: It could not begin.
        """
        return self._port.result(timeout=60)

    def __enter__(self) -> Hosted:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def join(self, timeout_s: float) -> None:
        """Wait for the end of the run.

        Raises:
            TimeoutError: It did not come.
            FedkdError: The aggregator failed.
        """
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            raise TimeoutError(f"the aggregator was not done within {timeout_s:g} s")
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """End it now, as if its process were killed: nothing but the ledger stays."""
        if self._loop is not None and self._task is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(timeout=30)

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except asyncio.CancelledError:
            pass
        except BaseException as error:
            self._failure = error
            if not self._port.done():
                self._port.set_exception(error)

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(host(self._desk, self._door, self._port.set_result))
        await self._task
