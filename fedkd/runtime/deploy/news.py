"""What happens at an aggregator: who waits for it wakes up, who watches is told."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable

from fedkd.wire.v1 import aggregator_pb2 as pb

_TICK_S = 0.2
_BACKLOG = 1000


class News:
    """Lives on one event loop.

    Args:
        now_s: A monotonic clock.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._event = asyncio.Event()
        self._watchers: set[asyncio.Queue[pb.Event]] = set()

    def tell(self, kind: str, round_: int, site: str = "", **facts: object) -> None:
        """Wake who waits, and tell who watches. Who cannot keep up misses events; nobody waits for a watcher."""
        at_us = time.time_ns() // 1000
        event = pb.Event(at_us=at_us, kind=kind, site=site, round=round_, facts=json.dumps(facts) if facts else "")
        for queue in self._watchers:
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait(event)
        self.wake()

    def wake(self) -> None:
        """Wake who waits."""
        # Whoever waits keeps the event that it waits for; the next one is new.
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def heard(self, until_s: float) -> None:
        """Wait for news, for a moment (leases end without any), or until a time."""
        wait_s = min(_TICK_S, max(until_s - self._now_s(), 0.0))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), wait_s)

    async def watch(self) -> AsyncIterator[pb.Event]:
        """Everything from now on."""
        queue: asyncio.Queue[pb.Event] = asyncio.Queue(_BACKLOG)
        self._watchers.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._watchers.discard(queue)
