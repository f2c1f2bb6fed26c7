"""The local runtime: everything in this machine's processes, cohorts vectorised. The default."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fedkd.errors import DeviceUnavailableError, WorkerDiedError
from fedkd.learning import Assignment, Executor, Learner, Outcome, Store
from fedkd.runtime.cores import cores
from fedkd.runtime.forks import warm_up, worker_context
from fedkd.runtime.heap import keep_heap
from fedkd.runtime.lifeline import Lifeline, deaf_to_interrupts, follow


@dataclass(frozen=True)
class LocalRuntime:
    """Settings of the local runtime.

    Attributes:
        cohort: Most sites that train in one vectorised program; 1 forces the loop. Sums in a cohort are
            ordered otherwise than in a loop, so the last bits differ between cohort sizes.
        processes: Worker processes that share the cohorts; 0 means one a core. The result does not depend on it.
        device: `cpu`, `cuda`, or `auto` for CUDA where there is one.
        threads: torch threads a process. More than one collapses when cores are contended.
    """

    cohort: int = 10
    processes: int = 0
    device: str = "cpu"
    threads: int = 1

    def __post_init__(self) -> None:
        if self.cohort < 1 or self.processes < 0 or self.threads < 1:
            raise ValueError("cohort and threads must be at least 1, processes at least 0")

    def resolved_device(self) -> str:
        """The torch device to use.

        Raises:
            DeviceUnavailableError: CUDA was asked for and is not there.
        """
        if self.device == "auto":
            return "cuda" if torch.cuda.is_available() else "cpu"
        if self.device not in ("cpu", "cuda") or (self.device == "cuda" and not torch.cuda.is_available()):
            raise DeviceUnavailableError(
                f"runtime.device={self.device} is not available on this machine",
                "use runtime.device=cpu or auto",
            )
        return self.device

    def executor(self, learner: Learner) -> Executor:
        """An executor: worker processes, or this process where one is enough."""
        wanted = self._wanted(learner.device)
        return InProcess(learner, self.threads) if wanted == 1 else Workers(learner, self.threads, wanted)

    def end(self) -> LocalRuntime:
        """The same in one process."""
        return replace(self, processes=1)

    def warm_up(self) -> None:
        """Let worker processes get ready while their owner does something else; returns at once."""
        if self._wanted(self.resolved_device()) > 1:
            warm_up()

    def _wanted(self, device: str) -> int:
        # One process owns the GPU; several would only wait for one another.
        return 1 if device == "cuda" else self.processes or cores()


class InProcess:
    """Runs assignments in this process.

    Args:
        learner: Does the work.
        threads: torch threads.
    """

    def __init__(self, learner: Learner, threads: int) -> None:
        self.learner = learner
        self.threads = threads
        self.store: Store = {}

    def start(self, store: Store) -> None:
        """Keep the arrays."""
        torch.set_num_threads(self.threads)
        keep_heap()
        self.store = store

    def run(self, assignments: Sequence[Assignment]) -> list[Outcome]:
        """Group after group."""
        groups = self.learner.groups(assignments)
        done = [self.learner.work([assignments[i] for i in group], self.store) for group in groups]
        return _in_order(groups, done)

    def close(self) -> None:
        """Nothing to let go of."""


class Workers:
    """Runs assignments in worker processes, one group at a time each.

    Args:
        learner: Does the work.
        threads: torch threads a worker.
        processes: Number of workers.
    """

    def __init__(self, learner: Learner, threads: int, processes: int) -> None:
        self.learner = learner
        self.threads = threads
        self.processes = processes
        self._pool: ProcessPoolExecutor | None = None
        self._lifeline = Lifeline()
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def start(self, store: Store) -> None:
        """Have the workers ready to start with the first work.

        They map the arrays from files, so that all share one copy. What a new process is handed must be small: if it
        dies early, as one does that runs an unguarded script again, a long message to it would block for ever.
        """
        warm_up()
        self._folder = tempfile.TemporaryDirectory(prefix="fedkd-", ignore_cleanup_errors=True)
        names = list(store)
        for i, name in enumerate(names):
            np.save(Path(self._folder.name) / f"{i}.npy", store[name], allow_pickle=False)
        self._pool = ProcessPoolExecutor(
            self.processes,
            mp_context=worker_context(),
            initializer=_adopt,
            initargs=(self.learner, names, self._folder.name, self.threads, self._lifeline.worker_end),
        )

    def run(self, assignments: Sequence[Assignment]) -> list[Outcome]:
        """All groups at once.

        Raises:
            WorkerDiedError: A worker process ended.
        """
        assert self._pool is not None, "start comes first"
        groups = self.learner.groups(assignments)
        # Long groups first, so that no worker is left with the longest at the end.
        order = sorted(range(len(groups)), key=lambda g: -len(groups[g]))
        try:
            with deaf_to_interrupts():
                futures = {g: self._pool.submit(_work, [assignments[i] for i in groups[g]]) for g in order}
            done = [futures[g].result() for g in range(len(groups))]
        except BrokenProcessPool as error:
            raise WorkerDiedError(
                "a worker process ended before its work was done (out of memory, killed, or started by a script "
                "that does not guard its own start with if __name__ == '__main__')",
                "resume the run, or start one with runtime.processes=1",
            ) from error
        except BaseException:
            # An error in one group, or Ctrl-C: nobody waits for the others.
            self._lifeline.cut()
            raise
        return _in_order(groups, done)

    def close(self) -> None:
        """End the workers."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._lifeline.close()
        if self._folder is not None:
            self._folder.cleanup()


def _in_order(groups: Sequence[Sequence[int]], done: Sequence[Sequence[Outcome]]) -> list[Outcome]:
    outcomes = {i: o for group, outs in zip(groups, done, strict=True) for i, o in zip(group, outs, strict=True)}
    return [outcomes[i] for i in range(len(outcomes))]


_held: dict[str, tuple[Learner, Store]] = {}


def _adopt(learner: Learner, names: list[str], folder: str, threads: int, alive: Connection) -> None:
    follow(alive, folder)
    store = {name: _mapped(Path(folder) / f"{i}.npy") for i, name in enumerate(names)}
    torch.set_num_threads(threads)
    keep_heap()
    _held["this"] = (learner, store)


def _mapped(path: Path) -> NDArray[Any]:
    # Copy on write: the arrays look writable, which torch wants, and what is never written is shared.
    try:
        mapped: NDArray[Any] = np.load(path, mmap_mode="c", allow_pickle=False)
    except ValueError:  # no numbers, nothing to map
        mapped = np.load(path, allow_pickle=False)
    return mapped


def _work(group: list[Assignment]) -> list[Outcome]:
    learner, store = _held["this"]
    return learner.work(group, store)
