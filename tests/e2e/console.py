"""Starts the console script, waits for what it writes, and looks at what it leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

SCRIPT = Path(sysconfig.get_path("scripts")) / "fedkd"
PATIENCE_S = 120
"""A process that has not done by then what a test waits for never will."""


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the console script to its end."""
    return subprocess.run(
        [SCRIPT, *arguments],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


HEARING = (
    sys.executable,
    "-c",
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])",
)
"""Before a command: hears Ctrl-C, also where the tests run in the background and do not. It becomes the command.
No `preexec_fn` does it: where gRPC has threads in the tests' process, one child in twenty aborts of it."""


@dataclass
class Started:
    """A console script that runs, in a process group of its own."""

    process: subprocess.Popen[str]

    @classmethod
    def of(cls, *arguments: str, cwd: Path) -> Started:
        """Start it; what it prints goes to files beside the run, so that no pipe fills up."""
        with (cwd / "stdout").open("w") as out, (cwd / "stderr").open("w") as err:
            process = subprocess.Popen(
                [*HEARING, SCRIPT, *arguments],
                cwd=cwd,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        return cls(process)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so, while the process lives."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert self.process.poll() is None, "the process ended before its time"
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.002)

    def descendants(self) -> list[psutil.Process]:
        """Workers and helpers."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def kill(self) -> None:
        """End it alone, without any chance to tidy up."""
        self.process.kill()
        assert self.process.wait(PATIENCE_S) == -signal.SIGKILL

    def interrupt(self) -> int:
        """What a terminal does at Ctrl-C: the whole group hears it. Returns the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(PATIENCE_S)


def call(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str, str]:
    """Run the command line in this process; returns exit code, standard output and standard error."""
    from fedkd.cli import main

    monkeypatch.setattr(sys, "argv", ["fedkd", *arguments])
    capfd.readouterr()
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    return code, *capfd.readouterr()


def tree(folder: Path) -> dict[str, bytes | None]:
    """Everything below a folder: contents of files, None for folders."""
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))}


def rounds(run_: Path) -> int:
    """Whole rounds in a run's metrics.csv."""
    path = run_ / "metrics.csv"
    lines = path.read_text().splitlines() if path.is_file() else []
    return len({line.partition(",")[0] for line in lines[1:]})
