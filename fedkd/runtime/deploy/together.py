"""What arrives while the desk is at work is done in one go: one thread, one write to the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Given = TypeVar("Given")


class Together(Generic[Asked, Given]):
    """Lives on one event loop.

    Args:
        alone: Held while work is done; others may hold it too.
        work: Gives an outcome for each of some things that were asked for, in their order; exceptions are raised where
            these were asked for.
    """

    def __init__(
        self, alone: asyncio.Lock, work: Callable[[Sequence[Asked]], Awaitable[Sequence[Given | Exception]]]
    ) -> None:
        self._alone = alone
        self._work = work
        self._waiting: list[tuple[Asked, asyncio.Future[Given]]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def do(self, asked: Asked) -> Given:
        """Do this, with what else waits, and to its end: a caller that hangs up leaves nothing half done behind it."""
        outcome: asyncio.Future[Given] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, outcome))
        if len(self._waiting) == 1:
            task = asyncio.create_task(self._next())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await outcome

    async def _next(self) -> None:
        async with self._alone:
            waiting, self._waiting = self._waiting, []
            try:
                given = await self._work([asked for asked, _ in waiting])
            except Exception as error:
                given = [error] * len(waiting)
        for (_, outcome), found in zip(waiting, given, strict=True):
            # Whoever hung up has no use for it.
            if not outcome.done():
                _tell(outcome, found)


def _tell(outcome: asyncio.Future[Given], found: Given | Exception) -> None:
    if isinstance(found, Exception):
        outcome.set_exception(found)
    else:
        outcome.set_result(found)
