"""Memory and processor time of a process and all that descend from it, by samples."""

from __future__ import annotations

from contextlib import suppress

import psutil


class Usage:
    """What a process and all that descend from it have taken so far.

    Attributes:
        peak_bytes: Most resident memory at one time.
    """

    def __init__(self, pid: int) -> None:
        self.peak_bytes = 0
        self._root = psutil.Process(pid)
        self._cpu_s: dict[tuple[int, float], float] = {}

    @property
    def cpu_s(self) -> float:
        """Processor seconds of all, those that ended included."""
        return sum(self._cpu_s.values())

    def sample(self) -> None:
        """Look at every process; those that end meanwhile count nothing."""
        held = 0
        with suppress(psutil.Error):
            for process in (self._root, *self._root.children(recursive=True)):
                with suppress(psutil.Error):
                    held += process.memory_info().rss
                    times = process.cpu_times()
                    # Numbers of processes come again, with another time of creation.
                    self._cpu_s[process.pid, process.create_time()] = times.user + times.system
        self.peak_bytes = max(self.peak_bytes, held)
