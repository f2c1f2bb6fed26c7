"""What happens at an aggregator: who waits for it wakes up, who watches is told."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable

from fedkd.wire.v1 import aggregator_pb2 as pb

_TICK_S, _LONG_TICK_S = 0.2, 1.0
_FOR_ALL = ("began", "closed", "fenced", "aborted")
"""What sites wait for. The rest is the aggregator's own business, and would wake a thousand sites a thousand times."""

_BACKLOG = 1000


class News:
    """Lives on one event loop.

    Args:
        now_s: A monotonic clock.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._event, self._for_all = asyncio.Event(), asyncio.Event()
        self._watchers: set[asyncio.Queue[pb.Event | None]] = set()

    def tell(self, kind: str, round_: int, site: str = "", **facts: object) -> None:
        """Wake who waits, and tell who watches. Who cannot keep up misses events; nobody waits for a watcher."""
        at_us = time.time_ns() // 1000
        event = pb.Event(at_us=at_us, kind=kind, site=site, round=round_, facts=json.dumps(facts) if facts else "")
        for queue in self._watchers:
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait(event)
        # Whoever waits keeps what it waits for; the next one is new.
        told, self._event = self._event, asyncio.Event()
        told.set()
        if kind in _FOR_ALL:
            told, self._for_all = self._for_all, asyncio.Event()
            told.set()

    async def heard(self, until_s: float) -> None:
        """Wait for news, for a moment (leases end without any), or until a time."""
        await self._wait(self._event, _TICK_S, until_s)

    async def called(self, until_s: float) -> None:
        """Wait for news that are for all sites, for a longer moment (members may be revoked), or until a time."""
        await self._wait(self._for_all, _LONG_TICK_S, until_s)

    async def _wait(self, event: asyncio.Event, tick_s: float, until_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), min(tick_s, max(until_s - self._now_s(), 0.0)))

    def end(self) -> None:
        """Let all who watch go. Calls that are cut off instead leave a traceback of gRPC's."""
        for queue in self._watchers:
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait(None)

    async def watch(self, backlog: int = _BACKLOG) -> AsyncIterator[pb.Event]:
        """Everything from now on, until there is nothing more to tell.

        Args:
            backlog: Events that wait for a watcher before it misses some; 0 for a watcher on this loop, which must not.
        """
        queue: asyncio.Queue[pb.Event | None] = asyncio.Queue(backlog)
        self._watchers.add(queue)
        try:
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self._watchers.discard(queue)
