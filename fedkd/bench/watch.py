"""Watching a program from outside: when its rounds end, and what memory and processor time all of its processes take.

Every framework is measured like this, ours too, so that no clock or counter of its own enters the comparison.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from fedkd.bench.usage import Usage
from fedkd.errors import WorkerDiedError

SAMPLE_S = 0.1
"""Between two looks at the memory."""

LINGER_S = 5.0
"""For the last lines to arrive after the end of a program."""

LOG = "log.txt"


@dataclass(frozen=True)
class Watched:
    """What one run of a program looked like from outside.

    Attributes:
        round_ends_s: Seconds from the start of the process to the end of each round; at least two.
        wall_s: Seconds from the start of the process to its end.
        peak_bytes: Most resident memory that all of its processes held together, by samples. Pages that processes
            share count once for each.
        cpu_s: Processor seconds of all of its processes together, by the last sample of each.
        lines: Other lines that it printed, in words, such as ("accuracy", "0.87").
    """

    round_ends_s: tuple[float, ...]
    wall_s: float
    peak_bytes: int
    cpu_s: float
    lines: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        if len(self.round_ends_s) < 2:
            raise ValueError(f"{len(self.round_ends_s)} rounds were seen, but a round without start-up takes two")

    @property
    def round_s(self) -> float:
        """Median length of a round, the first left out."""
        return statistics.median(after - before for before, after in pairwise(self.round_ends_s))

    @property
    def start_up_s(self) -> float:
        """What the first round took from the start of the process beyond a usual round."""
        return max(self.round_ends_s[0] - self.round_s, 0.0)

    def said(self, word: str) -> tuple[str, ...]:
        """What stood after `word` on its last line that began so; nothing where there was none."""
        return next((line[1:] for line in reversed(self.lines) if line[0] == word), ())


def watch(command: Sequence[str], folder: Path, environment: Mapping[str, str], patience_s: float) -> Watched:
    """Run a program that prints `round N` at the end of each round.

    Args:
        command: The program and its arguments.
        folder: Where it runs; what it writes to standard error goes to its `log.txt`.
        environment: All of its environment variables.
        patience_s: It is ended after this time.

    Raises:
        WorkerDiedError: It failed, took too long, or saw fewer than two rounds.
    """
    with (folder / LOG).open("w") as log:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            # A group of its own, which can be ended as a whole.
            start_new_session=True,
        )
        lines: list[tuple[float, tuple[str, ...]]] = []
        reader = threading.Thread(target=_read, args=(process, lines, started), daemon=True)
        reader.start()
        try:
            usage = _attend(process, started + patience_s)
            wall_s = time.perf_counter() - started
        finally:
            _end(process)
        # What was started with a group of its own may outlive the program and hold the pipe.
        reader.join(LINGER_S)
        if process.stdout is not None:
            process.stdout.close()
    ends = tuple(at for at, words in lines if words[0] == "round")
    if process.returncode != 0 or len(ends) < 2:
        late = wall_s >= patience_s
        raise WorkerDiedError(
            f"{Path(command[1]).name} {'took too long' if late else f'ended with {process.returncode}'} after "
            f"{len(ends)} rounds: {_last_line(folder / LOG)}",
            "mend what it says, then measure again",
        )
    said = tuple(words for _, words in lines if words[0] != "round")
    return Watched(ends, wall_s, usage.peak_bytes, usage.cpu_s, said)


def _read(process: subprocess.Popen[str], lines: list[tuple[float, tuple[str, ...]]], started: float) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if words := tuple(line.split()):
            lines.append((time.perf_counter() - started, words))


def _attend(process: subprocess.Popen[str], deadline: float) -> Usage:
    usage = Usage(process.pid)
    while process.poll() is None and time.perf_counter() < deadline:
        usage.sample()
        with suppress(subprocess.TimeoutExpired):
            process.wait(SAMPLE_S)
    return usage


def _end(process: subprocess.Popen[str]) -> None:
    """End whatever is left of the program, helpers of its own included."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    process.wait()


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it wrote nothing"
