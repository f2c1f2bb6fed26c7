"""What comes in at one time: one push a site, none slower than agreed, and all of them within set bounds of memory."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from fedkd.errors import CorruptMessageError, UnreachableError
from fedkd.runtime.deploy.rules import Rules
from fedkd.wire.service.stream import Assembly

_AGAIN = "try again"
_MOST_PULLS = 4


class Intake:
    """Lives on one event loop.

    Args:
        rules: How slow, and how much.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._reading: dict[str, asyncio.Task[Any]] = {}
        self._ousted: set[asyncio.Task[Any]] = set()
        self._waiting = Counter[str]()
        self._bytes = 0

    @contextmanager
    def waiting(self, site: str) -> Iterator[None]:
        """A pull that waits; a site has a few at most.

        Raises:
            UnreachableError: It waits too often already.
        """
        if self._waiting[site] >= _MOST_PULLS:
            raise UnreachableError(f"'{site}' waits {_MOST_PULLS} times already", "end some of these calls")
        self._waiting[site] += 1
        try:
            yield
        finally:
            self._waiting[site] -= 1

    async def begin(self, chunks: AsyncIterator[bytes]) -> Assembly:
        """Read the head of a push.

        Raises:
            CorruptMessageError: There is none, or it makes no sense.
            TooLargeError: It announces too much.
            UnreachableError: It does not come.
        """
        try:
            async with asyncio.timeout(self._rules.call_s):
                first = await anext(chunks, None)
        except TimeoutError as error:
            raise UnreachableError(f"a push did not begin within {self._rules.call_s:g} s", _AGAIN) from error
        if first is None:
            raise CorruptMessageError("a stream is empty", "send the head first, and alone")
        return Assembly(first, self._rules.max_bytes)

    @asynccontextmanager
    async def take(
        self, site: str, assembly: Assembly, chunks: AsyncIterator[bytes], still: Callable[[], None]
    ) -> AsyncIterator[None]:
        """Read the rest; what was read counts until the context is left.

        A push of a site ends an older one that is still being read: its link was cut, or it is not meant well.

        Args:
            site: Who pushes.
            assembly: Has the head.
            chunks: The rest.
            still: Called with every chunk, which is a sign of life; raises where the site's session has ended.

        Raises:
            WireError: The stream is none.
            UnreachableError: It takes too long, another push of the site has begun, or too much comes at one time.
        """
        mine = asyncio.current_task()
        assert mine is not None
        if (older := self._reading.get(site)) is not None:
            self._ousted.add(older)
            older.cancel()
        self._reading[site] = mine
        try:
            await self._read(mine, site, assembly, chunks, still)
            yield
        finally:
            self._bytes -= assembly.filled

    async def _read(
        self,
        mine: asyncio.Task[Any],
        site: str,
        assembly: Assembly,
        chunks: AsyncIterator[bytes],
        still: Callable[[], None],
    ) -> None:
        limit_s = self._rules.call_s + assembly.size / self._rules.bytes_per_s
        try:
            async with asyncio.timeout(limit_s):
                async for chunk in chunks:
                    still()
                    self._add(assembly, chunk)
        except TimeoutError as error:
            what = f"'{site}' has pushed {assembly.filled} of {assembly.size} bytes in {limit_s:.0f} s"
            raise UnreachableError(what, _AGAIN) from error
        except asyncio.CancelledError:
            if mine not in self._ousted:
                raise
            mine.uncancel()
            raise UnreachableError(f"another push of '{site}' has begun", _AGAIN) from None
        finally:
            self._ousted.discard(mine)
            if self._reading.get(site) is mine:
                del self._reading[site]

    def _add(self, assembly: Assembly, chunk: bytes) -> None:
        before = assembly.filled
        assembly.add(chunk)
        self._bytes += assembly.filled - before
        # One push alone is always taken.
        if self._bytes > max(self._rules.max_arriving, assembly.filled):
            raise UnreachableError(f"{self._bytes} bytes arrive at one time, which is too much", _AGAIN)
