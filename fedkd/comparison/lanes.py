"""Lanes: worker processes that do one run after another, each replaced when it dies."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from fedkd.errors import WorkerDiedError
from fedkd.runtime.lifeline import Lifeline, deaf_to_interrupts, follow


class Lanes:
    """A few worker processes, each apart from the others, so that one that dies takes its own run alone with it.

    Args:
        count: Runs at a time.
    """

    def __init__(self, count: int) -> None:
        self._lifeline = Lifeline()
        self._pools = {lane: self._pool() for lane in range(count)}

    def start(self, lane: int, work: Callable[..., None], *arguments: object) -> Future[None]:
        """Have an idle lane do some work."""
        with deaf_to_interrupts():
            return self._pools[lane].submit(work, *arguments)

    def failure(self, lane: int, future: Future[None]) -> BaseException | None:
        """What went wrong in finished work, or None; a lane whose process died gets another process."""
        error = future.exception()
        if not isinstance(error, BrokenProcessPool):
            return error
        self._pools[lane].shutdown()
        self._pools[lane] = self._pool()
        return WorkerDiedError(
            "the process of the run ended before its work was done (out of memory, or killed)",
            "start the comparison again, with fewer --processes where memory is short",
        )

    def cut(self) -> None:
        """End all work now."""
        self._lifeline.cut()

    def close(self) -> None:
        """End the processes."""
        for pool in self._pools.values():
            pool.shutdown(cancel_futures=True)
        self._lifeline.close()

    def _pool(self) -> ProcessPoolExecutor:
        spawn = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, spawn, initializer=follow, initargs=(self._lifeline.worker_end,))
