"""Worker processes that end with the process that started them, however that ends.

They hold one end of a pipe that nobody writes to. When the other end closes, because its owner closes it or is no
more, they end at once, whatever they are doing.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import threading
from contextlib import suppress
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
