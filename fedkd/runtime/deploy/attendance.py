"""Who looks after the federation from outside, such as a run of Flower's, and what becomes of it when nobody does.

A run that fails, or cannot be reached, is no reason to end: the sites go on. One that was stopped on purpose is.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import Enum

from fedkd.errors import FedkdError


class Fate(Enum):
    """What became of a run."""

    STOPPED = "stopped"
    ENDED = "ended"
    GOES_ON = "goes on"


class Attendance:
    """Runs whose attendants hold a call open.

    Args:
        ask: What became of a run; may take seconds. A FedkdError means that it cannot be known now.
        again_s: How long to wait before it is asked again; each time twice as long.
        longest_s: But no longer than this, since asking costs a process of Flower's.
    """

    def __init__(self, ask: Callable[[str], Fate], again_s: float = 3.0, longest_s: float = 8.0) -> None:
        self._ask = ask
        self._again_s = again_s
        self._longest_s = longest_s
        self._attending: Counter[str] = Counter()
        self._asking: dict[str, asyncio.Task[None]] = {}

    @asynccontextmanager
    async def of(self, run: str, abort: Callable[[str], None]) -> AsyncIterator[None]:
        """Attend a run for the time of the context.

        Args:
            run: Its name; empty attends none.
            abort: Called with the reason, if it turns out to have been stopped.
        """
        self._attending[run] += 1
        try:
            yield
        finally:
            self._attending[run] -= 1
            if run and not self._attending[run] and run not in self._asking:
                self._asking[run] = asyncio.ensure_future(self._find_out(run, abort))

    async def _find_out(self, run: str, abort: Callable[[str], None]) -> None:
        pause_s = self._again_s
        try:
            while not self._attending[run]:
                try:
                    fate = await asyncio.to_thread(self._ask, run)
                except FedkdError:
                    fate = Fate.GOES_ON
                if fate is Fate.STOPPED:
                    abort(f"run {run} was stopped")
                if fate is not Fate.GOES_ON:
                    return
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, self._longest_s)
        finally:
            del self._asking[run]


def unattended(run: str) -> Fate:
    """Where nobody can be asked."""
    return Fate.ENDED
