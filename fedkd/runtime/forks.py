"""Worker processes that are forked from one that has imported torch already.

A process that starts clean spends two seconds of CPU on imports. Where there is a fork server, one process spends
them, beside whatever its owner does meanwhile, and workers are forked from it in milliseconds; it holds no threads
and no results, so nothing but modules is inherited. It ends with its owner.
"""

from __future__ import annotations

import multiprocessing
import sys
from multiprocessing.context import ForkServerContext, SpawnContext

from fedkd.runtime.lifeline import deaf_to_interrupts

_PRELOADED = "fedkd.runtime.local"


def worker_context() -> ForkServerContext | SpawnContext:
    """How to start worker processes here."""
    # Elsewhere the system's own libraries do not take to forks.
    if sys.platform == "linux":
        return multiprocessing.get_context("forkserver")
    return multiprocessing.get_context("spawn")


def warm_up() -> None:
    """Begin to import what workers need, in the process that they will be forked from; returns at once."""
    if sys.platform == "linux":
        from multiprocessing import resource_tracker
        from multiprocessing.forkserver import ensure_running

        multiprocessing.set_forkserver_preload([_PRELOADED])
        # First, because it lets interrupts through again when it starts.
        resource_tracker.ensure_running()
        # Workers inherit that they do not hear Ctrl-C.
        with deaf_to_interrupts():
            ensure_running()
