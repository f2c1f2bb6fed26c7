"""Worker processes that end with the process that started them, however that ends.

They hold one end of a pipe that nobody writes to. When the other end closes, because its owner closes it or is no
more, they end at once, whatever they are doing.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection


class Lifeline:
    """The end that the owner holds.

    Attributes:
        worker_end: To pass to workers, whose initialiser gives it to `follow`.
    """

    def __init__(self) -> None:
        self.worker_end, self._own_end = multiprocessing.Pipe(duplex=False)

    def cut(self) -> None:
        """End the workers now."""
        self._own_end.close()

    def close(self) -> None:
        """Let go of both ends."""
        self._own_end.close()
        self.worker_end.close()


def follow(worker_end: Connection, folder: str | None = None) -> None:
    """In a worker: end when the owner does.

    Args:
        worker_end: Of the owner's Lifeline.
        folder: Removed then, since an owner that was killed could not.
    """
    threading.Thread(target=_end_with, args=(worker_end, folder), daemon=True).start()


def _end_with(worker_end: Connection, folder: str | None) -> None:
    with suppress(EOFError, OSError):
        worker_end.recv_bytes()
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Processes that start meanwhile never hear Ctrl-C, which is for the process that started them.

    Where signals cannot be held back they hear it, and print where they were.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
